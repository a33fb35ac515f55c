#include "usb/uv-libusb.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/queue.h>

struct watch {
	TAILQ_ENTRY(watch) link; /* in uv_libusb.watches */
	libusb_context *context;
	int fd;
	int events;
	uv_poll_t poll;
};

struct uv_libusb {
	uv_loop_t *loop;
	libusb_context *context;
	TAILQ_HEAD(watch_list, watch) watches;
};

/* An error is libusb's to see as well: a device that is gone shows itself so. */
static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct watch *watch = poll->data;
	struct timeval now = {0};

	(void)status;
	(void)events;
	libusb_handle_events_timeout_completed(watch->context, &now, NULL);
}

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static int watch_add(struct uv_libusb *events, int fd, short wanted)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return UV_ENOMEM;
	watch->context = events->context;
	watch->fd = fd;
	watch->events = (wanted & POLLIN ? UV_READABLE : 0) | (wanted & POLLOUT ? UV_WRITABLE : 0);
	int code = uv_poll_init(events->loop, &watch->poll, fd);
	if (code < 0) {
		free(watch);
		return code;
	}
	watch->poll.data = watch;
	TAILQ_INSERT_TAIL(&events->watches, watch, link);
	return uv_poll_start(&watch->poll, watch->events, on_poll);
}

static void watch_remove(struct uv_libusb *events, struct watch *watch)
{
	TAILQ_REMOVE(&events->watches, watch, link);
	uv_close((uv_handle_t *)&watch->poll, on_closed);
}

static void LIBUSB_CALL on_added(int fd, short wanted, void *data)
{
	/* Without it a transfer would never end; the guest then sees a device that hangs. */
	watch_add(data, fd, wanted);
}

static void LIBUSB_CALL on_removed(int fd, void *data)
{
	struct uv_libusb *events = data;
	struct watch *watch;

	TAILQ_FOREACH (watch, &events->watches, link)
		if (watch->fd == fd) {
			watch_remove(events, watch);
			return;
		}
}

int uv_libusb_create(uv_loop_t *loop, libusb_context *context, struct uv_libusb **ret)
{
	struct uv_libusb *events = calloc(1, sizeof(*events));
	int code = 0;

	if (!events)
		return UV_ENOMEM;
	if (!libusb_pollfds_handle_timeouts(context)) {
		free(events);
		return UV_ENOTSUP;
	}
	events->loop = loop;
	events->context = context;
	TAILQ_INIT(&events->watches);
	const struct libusb_pollfd **fds = libusb_get_pollfds(context);
	for (size_t i = 0; code == 0 && fds && fds[i]; i++)
		code = watch_add(events, fds[i]->fd, fds[i]->events);
	if (!fds)
		code = UV_ENOMEM;
	libusb_free_pollfds(fds);
	if (code < 0) {
		uv_libusb_destroy(events);
		return code;
	}
	libusb_set_pollfd_notifiers(context, on_added, on_removed, events);
	*ret = events;
	return 0;
}

void uv_libusb_destroy(struct uv_libusb *events)
{
	struct watch *watch;

	libusb_set_pollfd_notifiers(events->context, NULL, NULL, NULL);
	while ((watch = TAILQ_FIRST(&events->watches)))
		watch_remove(events, watch);
	free(events);
}
