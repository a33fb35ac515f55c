/*
 * Connects a stream to a port of an endpoint, in either direction, without blocking the loop.
 */
#ifndef VMSILO_PROTO_IO_DIAL_H
#define VMSILO_PROTO_IO_DIAL_H

#include <uv.h>

#include "proto/wire/address.h"

enum dial_direction {
	DIAL_GUEST, /* host to guest: kernel vsock, or PATH with CONNECT and OK */
	DIAL_HOST,  /* guest to host: kernel vsock, or PATH_PORT (an agent under test without a VM)
		     */
};

/* fd >= 0: connected, non-blocking, close-on-exec, the callee's own; nothing beyond the OK line has
 * been read from it. fd < 0: a negative UV_E* (UV_ETIMEDOUT at the deadline, UV_ECONNRESET when no
 * OK came: nobody listens). */
typedef void (*dial_cb)(void *data, int fd);

struct dial;

/* Starts. on_done is called once, never from inside dial_start, unless dial_cancel comes first. */
int dial_start(uv_loop_t *loop, const struct endpoint *endpoint, uint32_t port,
	enum dial_direction direction, uint64_t timeout_ms, dial_cb on_done, void *data,
	struct dial **ret);
/* Ends it without a callback. The pointer is dead after it, and after on_done. */
void dial_cancel(struct dial *dial);

#endif
