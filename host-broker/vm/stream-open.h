/*
 * Opens a stream into a running VM: makes a token, announces it to the agent, connects to the
 * guest's port. What comes out belongs to whoever asked.
 */
#ifndef VMSILO_BROKER_VM_STREAM_OPEN_H
#define VMSILO_BROKER_VM_STREAM_OPEN_H

#include <uv.h>

#include "host-broker/vm/vm.h"
#include "proto/base/error.h"
#include "proto/wire/token.h"

#define STREAM_CONNECT_TIMEOUT_MS 10000

struct stream_open;

/* fd >= 0: the connected stream, the callee's own, and the token to say in its HELLO. fd < 0: a
 * negative UV_E*. */
typedef void (*stream_open_cb)(void *data, int fd, const struct token *token);

/* user: of a session's program; "" for the agent's own. port: PORT_SESSION, PORT_TRAY, PORT_USB.
 * on_done is called once, never from inside, unless stream_open_cancel() comes first. */
int stream_open_start(uv_loop_t *loop, struct vm *vm, uint16_t port, const char *user,
	stream_open_cb on_done, void *data, struct stream_open **ret);
void stream_open_cancel(struct stream_open *open);

#endif
