#include "host-broker/vm/stream-open.h"

#include <stdlib.h>

#include "proto/base/cleanup.h"
#include "proto/io/dial.h"

struct stream_open {
	struct dial *dial;
	struct token token;
	stream_open_cb on_done;
	void *data;
};

static void on_dial(void *data, int fd)
{
	struct stream_open *open = data;
	struct stream_open done = *open;

	free(open);
	done.on_done(done.data, fd, &done.token);
}

int stream_open_start(uv_loop_t *loop, struct vm *vm, uint16_t port, const char *user,
	stream_open_cb on_done, void *data, struct stream_open **ret)
{
	_cleanup_free_ struct stream_open *open = calloc(1, sizeof(*open));
	struct endpoint endpoint;

	if (!open)
		return UV_ENOMEM;
	open->on_done = on_done;
	open->data = data;
	int code = token_make(&open->token);
	if (code == 0)
		code = vm_grant(vm, &open->token, port, user, &endpoint);
	if (code == 0)
		code = dial_start(loop, &endpoint, port, DIAL_GUEST, STREAM_CONNECT_TIMEOUT_MS,
			on_dial, open, &open->dial);
	if (code == 0)
		*ret = steal_pointer(&open);
	return code;
}

void stream_open_cancel(struct stream_open *open)
{
	dial_cancel(open->dial);
	free(open);
}
