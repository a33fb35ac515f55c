/* Limits the log lines about a guest or its monitor, whatever they do. */
#ifndef VMSILO_BROKER_VSOCK_DEVICE_COMPLAINT_H
#define VMSILO_BROKER_VSOCK_DEVICE_COMPLAINT_H

#include <uv.h>

#include "proto/base/rate.h"

struct complaints {
	uv_loop_t *loop;
	const char *name; /* the VM's; borrowed */
	struct rate rate;
};

void complaints_init(struct complaints *complaints, uv_loop_t *loop, const char *name);
/* A warning in the log, unless there were too many of late. */
void complain(struct complaints *complaints, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
