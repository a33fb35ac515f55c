#include "host-broker/session-open.h"

#include <stdlib.h>

#include "proto/cleanup.h"
#include "proto/dial.h"

struct session_open {
	struct dial *dial;
	struct token token;
	session_open_cb on_done;
	void *data;
};

static void on_dial(void *data, int fd)
{
	struct session_open *open = data;
	struct session_open done = *open;

	free(open);
	done.on_done(done.data, fd, &done.token);
}

int session_open_start(uv_loop_t *loop, struct vm *vm, session_open_cb on_done, void *data,
	struct session_open **ret)
{
	_cleanup_free_ struct session_open *open = calloc(1, sizeof(*open));
	struct endpoint endpoint;

	if (!open)
		return UV_ENOMEM;
	open->on_done = on_done;
	open->data = data;
	int code = token_make(&open->token);
	if (code == 0)
		code = vm_grant(vm, &open->token, &endpoint);
	if (code == 0)
		code = dial_start(loop, &endpoint, PORT_SESSION, DIAL_GUEST,
			SESSION_CONNECT_TIMEOUT_MS, on_dial, open, &open->dial);
	if (code == 0)
		*ret = steal_pointer(&open);
	return code;
}

void session_open_cancel(struct session_open *open)
{
	dial_cancel(open->dial);
	free(open);
}
