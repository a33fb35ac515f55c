/* The kernel's log of what rules refused, of one network namespace: to us, and in no log of the
 * host's. */
#ifndef VMSILO_BROKER_NET_REFUSED_LOG_H
#define VMSILO_BROKER_NET_REFUSED_LOG_H

#include "host-broker/net/refused/packet.h"
#include "proto/limits.h"

#define REFUSED_GROUP 77 /* of the rules' statement "log group" */

struct refused {
	char vm[VM_NAME_MAX + 1]; /* the statement's prefix */
	struct refused_packet packet;
};

/* In the namespace where we are now. A descriptor, non-blocking; or a negative UV_E*: the kernel
 * has no such log. */
int refused_log_open(void);
/* False: nothing is there, or it is none. */
bool refused_log_take(int fd, struct refused *ret);

#endif
