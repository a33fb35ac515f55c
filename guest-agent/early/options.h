/* Which root the host wants, on the kernel's command line. Pure. */
#ifndef VMSILO_AGENT_EARLY_OPTIONS_H
#define VMSILO_AGENT_EARLY_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/base/error.h"

#define USER_UID 1000 /* unless the host says another */

struct early_options {
	uint32_t user_uid;   /* vmsilo.user_uid=NUMBER, of the VM's user */
	bool layer_on_disk;  /* vmsilo.layer=disk; else memory */
	uint64_t layer_size; /* vmsilo.layer_size=BYTES, of the layer in memory; 0: half of the RAM
			      */
};

/* line: the command line. UV_EINVAL for a value that is none, since what follows from another would
 * be a root that its owner did not ask for. */
int early_options_parse(const char *line, struct early_options *ret, struct error *error);

#endif
