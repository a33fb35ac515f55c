#include "host-broker/vm/stream-open.h"

#include <stdlib.h>

#include "proto/base/cleanup.h"
#include "proto/io/dial.h"

struct stream_open {
	struct vm *vm;
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
	vm_stream_count(done.vm, -1);
	done.on_done(done.data, fd, &done.token);
}

int stream_open_start(uv_loop_t *loop, struct vm *vm, uint16_t port, const char *user,
	stream_open_cb on_done, void *data, struct stream_open **ret)
{
	_cleanup_free_ struct stream_open *open = calloc(1, sizeof(*open));
	struct endpoint endpoint;

	if (!open)
		return UV_ENOMEM;
	open->vm = vm;
	open->on_done = on_done;
	open->data = data;
	int code = token_make(&open->token);
	if (code == 0)
		code = vm_grant(vm, &open->token, port, user, &endpoint);
	if (code == 0)
		code = dial_start(loop, &endpoint, port, DIAL_GUEST, STREAM_CONNECT_TIMEOUT_MS,
			on_dial, open, &open->dial);
	if (code < 0)
		return code;
	vm_stream_count(vm, 1);
	*ret = steal_pointer(&open);
	return 0;
}

void stream_open_cancel(struct stream_open *open)
{
	dial_cancel(open->dial);
	vm_stream_count(open->vm, -1);
	free(open);
}
