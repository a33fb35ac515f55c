/*
 * The user's menu follows the broker's VMs: vmsilo-menu writes it again when what a list says of
 * their programs is not what the last one said. It runs by itself, since it reads and writes files.
 */
#ifndef VMSILO_TRAY_HOST_PROGRAMS_H
#define VMSILO_TRAY_HOST_PROGRAMS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "proto/broker.pb-c.h"

struct host_programs {
	uv_loop_t *loop;
	const char *broker;    /* the path of its socket */
	uint64_t seen;         /* a sum of what was said last */
	uv_process_t *process; /* that writes; NULL: none does */
	bool again;            /* there is something new since it began */
};

void host_programs_init(struct host_programs *menu, uv_loop_t *loop, const char *broker);
void host_programs_see(struct host_programs *menu, const Vmsilo__Broker__VmList *list);
/* What runs is left to itself. */
void host_programs_finish(struct host_programs *menu);

#endif
