/*
 * Opens a session stream into a running VM: makes a token, announces it to the agent, connects to
 * the guest's session port. What comes out belongs to the client that asked.
 */
#ifndef VMSILO_BROKER_SESSION_OPEN_H
#define VMSILO_BROKER_SESSION_OPEN_H

#include <uv.h>

#include "host-broker/vm.h"
#include "proto/error.h"
#include "proto/token.h"

#define SESSION_CONNECT_TIMEOUT_MS 10000

struct session_open;

/* fd >= 0: the connected stream, the callee's own, and the token to say in its HELLO. fd < 0: a
 * negative UV_E*. */
typedef void (*session_open_cb)(void *data, int fd, const struct token *token);

/* on_done is called once, never from inside, unless session_open_cancel() comes first. */
int session_open_start(uv_loop_t *loop, struct vm *vm, session_open_cb on_done, void *data,
	struct session_open **ret);
void session_open_cancel(struct session_open *open);

#endif
