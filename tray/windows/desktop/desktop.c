#include "tray/windows/desktop/desktop.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "tray/windows/desktop/context.h"
#include "tray/windows/desktop/registry.h"

static void on_poll(uv_poll_t *poll, int status, int events);

static void poll_update(struct desktop *desktop)
{
	if (desktop->polling)
		uv_poll_start(&desktop->poll, UV_READABLE | (desktop->blocked ? UV_WRITABLE : 0),
			on_poll);
}

/* libwayland's words for what the compositor says by wl_display.error; others are the socket's. */
static bool is_refusal(int code)
{
	return code == EPROTO || code == EINVAL || code == EFAULT || code == ENOMEM;
}

/* What a person should know of it: a request that the compositor did not like is our fault. */
static void end_tell(struct desktop *desktop)
{
	const struct wl_interface *interface = NULL;
	char why[256];
	uint32_t id;
	int code = wl_display_get_error(desktop->display);

	if (desktop->ended)
		return;
	desktop->ended = true;
	uv_poll_stop(&desktop->poll);
	uv_prepare_stop(&desktop->prepare);
	desktop->polling = false;
	if (code == EPROTO) {
		uint32_t number = wl_display_get_protocol_error(desktop->display, &interface, &id);
		snprintf(why, sizeof(why), "the compositor refused a request: error %u of %s",
			number, interface ? interface->name : "?");
	} else if (is_refusal(code)) {
		snprintf(why, sizeof(why), "the compositor refused a request: %s",
			uv_strerror(-code));
	} else {
		snprintf(why, sizeof(why), "the compositor has gone: %s",
			uv_strerror(code ? -code : UV_EOF));
	}
	desktop->ops->on_end(desktop->data, is_refusal(code), why);
}

bool desktop_flush(struct desktop *desktop)
{
	if (desktop->ended)
		return true;
	int code = wl_display_flush(desktop->display);
	bool blocked = code < 0 && errno == EAGAIN;
	if (blocked != desktop->blocked) {
		desktop->blocked = blocked;
		poll_update(desktop);
	}
	return !blocked;
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct desktop *desktop = prepare->data;

	/* Events that a roundtrip left in the queue. */
	if (wl_display_dispatch_pending(desktop->display) < 0) {
		end_tell(desktop);
		return;
	}
	desktop->ops->on_heard(desktop->data);
	desktop_flush(desktop);
}

/* Nobody else reads this connection, so there is never somebody to wait for. */
static int events_read(struct desktop *desktop)
{
	while (wl_display_prepare_read(desktop->display) < 0)
		if (wl_display_dispatch_pending(desktop->display) < 0)
			return -1;
	if (wl_display_read_events(desktop->display) < 0)
		return -1;
	return wl_display_dispatch_pending(desktop->display);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct desktop *desktop = poll->data;

	if (status < 0 || ((events & UV_READABLE) && events_read(desktop) < 0)) {
		end_tell(desktop);
		return;
	}
	if (!desktop->ended)
		desktop->ops->on_heard(desktop->data);
	if (!desktop->ended && (events & UV_WRITABLE) && desktop_flush(desktop))
		desktop->ops->on_flushed(desktop->data);
}

static int display_open(struct desktop *desktop, int fd, struct error *error)
{
	*desktop = (struct desktop){.clock = CLOCK_MONOTONIC};
	desktop->display = fd >= 0 ? wl_display_connect_to_fd(fd) : wl_display_connect(NULL);
	if (!desktop->display)
		return error_set(error, -errno,
			"cannot connect to a Wayland compositor (WAYLAND_DISPLAY): %s",
			uv_strerror(-errno));
	outputs_init(&desktop->outputs);
	registry_listen(desktop);
	return 0;
}

static int display_wait(struct desktop *desktop, struct error *error)
{
	if (wl_display_roundtrip(desktop->display) < 0)
		return error_set(
			error, -errno, "the compositor does not answer: %s", uv_strerror(-errno));
	return 0;
}

/* Where the compositor knows of such: the same again, on a connection that it restricts. */
static int display_restrict(
	struct desktop *desktop, const char *vm, int *ret_close_fd, struct error *error)
{
	struct error why = {0};

	if (!desktop->security)
		return 0;
	int fd = context_connect(desktop, vm, ret_close_fd, &why);
	if (fd < 0) {
		log_warning(vm, "the compositor does not restrict its windows' view: %s", why.text);
		return 0;
	}
	desktop_finish(desktop);
	int code = display_open(desktop, fd, error);
	return code < 0 ? code : display_wait(desktop, error);
}

int desktop_connect(struct desktop *desktop, int fd, const char *vm, struct error *error)
{
	_cleanup_close_ int close_fd = -1;
	int code = display_open(desktop, fd, error);

	/* Globals; then what these say of themselves; then what xdg-output says of outputs. */
	if (code == 0)
		code = display_wait(desktop, error);
	if (code == 0)
		code = display_restrict(desktop, vm, &close_fd, error);
	for (int i = 0; code == 0 && i < 2; i++)
		code = display_wait(desktop, error);
	return code < 0 ? code : registry_check(desktop, error);
}

static void on_outputs(void *data)
{
	struct desktop *desktop = data;

	desktop->ops->on_outputs(desktop->data);
}

int desktop_start(
	struct desktop *desktop, uv_loop_t *loop, const struct desktop_ops *ops, void *data)
{
	desktop->loop = loop;
	desktop->ops = ops;
	desktop->data = data;
	int code = uv_poll_init(loop, &desktop->poll, wl_display_get_fd(desktop->display));
	if (code < 0)
		return code;
	uv_prepare_init(loop, &desktop->prepare);
	desktop->poll.data = desktop;
	desktop->prepare.data = desktop;
	uv_prepare_start(&desktop->prepare, on_prepare);
	desktop->polling = true;
	poll_update(desktop);
	outputs_watch(&desktop->outputs, on_outputs, desktop);
	if (desktop->seat)
		ops->on_seat(data, desktop->seat, desktop->seat_capabilities);
	return 0;
}

void desktop_finish(struct desktop *desktop)
{
	if (!desktop->display)
		return;
	if (desktop->loop) {
		uv_close((uv_handle_t *)&desktop->poll, NULL);
		uv_close((uv_handle_t *)&desktop->prepare, NULL);
	}
	outputs_finish(&desktop->outputs);
	registry_finish(desktop);
	wl_display_flush(desktop->display);
	wl_display_disconnect(desktop->display);
	desktop->display = NULL;
}
