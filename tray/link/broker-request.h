/*
 * One request to the broker on the loop: greets, asks, and hands over every answer, with the
 * descriptor that came with it, until the broker has nothing more to say.
 */
#ifndef VMSILO_TRAY_LINK_BROKER_REQUEST_H
#define VMSILO_TRAY_LINK_BROKER_REQUEST_H

#include <protobuf-c/protobuf-c.h>
#include <uv.h>

struct broker_request;

struct broker_request_ops {
	/* fd: the callee's, or -1. May call broker_request_cancel(). */
	void (*on_answer)(void *data, uint16_t type, const ProtobufCMessage *message, int fd);
	/* The connection ended, by whomever: 0 or a negative UV_E*. The owner calls
	 * broker_request_cancel(). */
	void (*on_end)(void *data, int reason);
};

/* path: of the broker's socket. Errors of socket_connect(). */
int broker_request_start(uv_loop_t *loop, const char *path, uint16_t type,
	const ProtobufCMessage *message, const struct broker_request_ops *ops, void *data,
	struct broker_request **ret);
/* Ends it and frees it; sets *request to NULL; NULL already is no error. */
void broker_request_cancel(struct broker_request **request);

#endif
