#include "host-broker/vsock-device/watch.h"

#include <stdlib.h>
#include <unistd.h>

#define ALL (UV_READABLE | UV_WRITABLE | UV_PRIORITIZED)

struct watch {
	uv_poll_t poll;
	int fd;
	int events;
	watch_cb callback;
	void *data;
};

static void on_poll(uv_poll_t *handle, int status, int events)
{
	struct watch *watch = handle->data;

	/* libuv stops the handle after an error. */
	if (status < 0) {
		watch->events = 0;
		events = ALL;
	}
	watch->callback(watch->data, events);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

int watch_create(uv_loop_t *loop, int fd, watch_cb callback, void *data, struct watch **ret)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return UV_ENOMEM;
	int code = uv_poll_init(loop, &watch->poll, fd);
	if (code < 0) {
		free(watch);
		return code;
	}
	watch->poll.data = watch;
	watch->fd = fd;
	watch->callback = callback;
	watch->data = data;
	*ret = watch;
	return 0;
}

void watch_set(struct watch *watch, int events)
{
	if (events == watch->events)
		return;
	watch->events = events;
	if (events)
		uv_poll_start(&watch->poll, events, on_poll);
	else
		uv_poll_stop(&watch->poll);
}

int watch_fd(const struct watch *watch)
{
	return watch->fd;
}

void watch_destroy(struct watch *watch)
{
	uv_close((uv_handle_t *)&watch->poll, on_closed);
	close(watch->fd);
}
