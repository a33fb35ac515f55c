/*
 * A connection to a socket of the monitor's, made by whoever bound it: ours is there before the
 * monitor runs, its own some time after. Tried until it is there, or LINK_GIVE_UP_MS are over.
 */
#ifndef VMSILO_BROKER_MONITOR_LINK_H
#define VMSILO_BROKER_MONITOR_LINK_H

#include <uv.h>

#define LINK_GIVE_UP_MS 30000 /* a monitor opens its sockets before it does anything slow */

struct link;

/* Called once, from the loop. fd: connected, the callee's; or a negative UV_E*. Then, or before
 * that to give it up, link_destroy(). */
typedef void (*link_cb)(void *data, int fd);

/* type: SOCK_STREAM, SOCK_SEQPACKET. */
int link_create(uv_loop_t *loop, const char *path, int type, link_cb on_done, void *data,
	struct link **ret);
void link_destroy(struct link *link);

#endif
