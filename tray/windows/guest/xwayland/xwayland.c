#include "tray/windows/guest/xwayland/xwayland.h"

#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wlr/xwayland.h>

#include "proto/base/log.h"

#define START_MS 60000 /* until it answers, also on a machine that has too much to do */
#define END_MS 5000    /* until its process has ended as well */

static void on_door(uv_poll_t *door, int status, int events);
static void on_timer(uv_timer_t *timer);

/* ---- states ---- */

static const uint64_t patience_ms[] = {
	[XWAYLAND_STARTING] = START_MS, [XWAYLAND_READY] = 0, [XWAYLAND_ENDING] = END_MS};

static void doors_watch(struct xwayland *xwayland, bool on)
{
	for (size_t i = 0; i < 2; i++) {
		if (on)
			uv_poll_start(&xwayland->doors[i], UV_READABLE, on_door);
		else
			uv_poll_stop(&xwayland->doors[i]);
	}
}

static void state_set(struct xwayland *xwayland, enum xwayland_state state, uint64_t ms)
{
	xwayland->state = state;
	doors_watch(xwayland, state == XWAYLAND_WAITING || state == XWAYLAND_RESTING);
	if (ms > 0)
		uv_timer_start(&xwayland->timer, on_timer, ms, 0);
	else
		uv_timer_stop(&xwayland->timer);
}

static void state_enter(struct xwayland *xwayland, enum xwayland_state state)
{
	state_set(xwayland, state, patience_ms[state]);
}

/* ---- it ends ---- */

static void client_forget(struct xwayland *xwayland)
{
	wl_list_remove(&xwayland->client_gone.link);
	wl_list_init(&xwayland->client_gone.link);
	manager_forget(&xwayland->manager);
}

static void current_drop(struct xwayland *xwayland)
{
	struct manager *manager = &xwayland->manager;
	struct wl_client *client = manager->server->client;

	if (manager->current)
		xwayland->ops->on_use(xwayland->data, NULL);
	client_forget(xwayland);
	if (client)
		wl_client_destroy(client);
	manager_destroy(manager);
}

/* Of a series of failures the first is said, and that there is a pause. */
static void failure_say(const struct xwayland *xwayland, int64_t exit_status, int signal)
{
	const char *when = xwayland->ready_at == 0 ? "does not start" : "has ended";

	if (xwayland->ends.count == 1)
		log_warning(NULL, "Xwayland %s (%s %d): it is tried again", when,
			signal ? "signal" : "exit code", signal ? signal : (int)exit_status);
	else if (xwayland->ends.count == X11_ENDS_MAX + 1)
		log_warning(NULL,
			"Xwayland %s, time after time (%s %d): X11 programs are refused for %d "
			"to %d seconds, then it is tried again",
			when, signal ? "signal" : "exit code", signal ? signal : (int)exit_status,
			X11_PAUSE_MS / 1000, X11_PAUSE_MAX_MS / 1000);
}

/* Without programs it ends by itself, but not at once. */
static bool was_useless(const struct xwayland *xwayland)
{
	return xwayland->ready_at == 0 ||
	       uv_now(xwayland->loop) - xwayland->ready_at < (uint64_t)XWAYLAND_TERMINATE_S * 1000;
}

static void failed(struct xwayland *xwayland, int64_t exit_status, int signal)
{
	uint64_t pause = x11_pause(&xwayland->ends, uv_now(xwayland->loop));

	failure_say(xwayland, exit_status, signal);
	current_drop(xwayland);
	state_set(xwayland, pause > 0 ? XWAYLAND_RESTING : XWAYLAND_WAITING, pause);
}

static void on_end(void *data, int64_t exit_status, int signal)
{
	struct xwayland *xwayland = data;

	if (exit_status != 0 || signal != 0 || was_useless(xwayland)) {
		failed(xwayland, exit_status, signal);
		return;
	}
	xwayland->ends.count = 0;
	current_drop(xwayland);
	state_set(xwayland, XWAYLAND_WAITING, 0);
}

static void on_client_gone(struct wl_listener *listener, void *data)
{
	struct xwayland *xwayland = wl_container_of(listener, xwayland, client_gone);

	(void)data;
	client_forget(xwayland);
	if (xwayland->state == XWAYLAND_READY)
		state_enter(xwayland, XWAYLAND_ENDING);
}

static void on_timer(uv_timer_t *timer)
{
	struct xwayland *xwayland = timer->data;

	if (xwayland->state == XWAYLAND_RESTING)
		state_set(xwayland, XWAYLAND_WAITING, 0);
	else
		xwayland_process_kill(&xwayland->process, SIGKILL);
}

/* ---- it begins ---- */

static void on_ready(void *data)
{
	struct xwayland *xwayland = data;
	int fd = xwayland_process_take(&xwayland->process.fds.manager);

	xwayland->ready_at = uv_now(xwayland->loop);
	state_enter(xwayland, XWAYLAND_READY);
	if (manager_begin(&xwayland->manager, fd))
		xwayland->ops->on_ready(xwayland->data);
	else
		state_enter(xwayland, XWAYLAND_ENDING);
}

static const struct xwayland_process_ops process_ops = {.on_ready = on_ready, .on_end = on_end};

static bool client_begin(struct xwayland *xwayland)
{
	struct manager *manager = &xwayland->manager;
	struct wl_client *client = wl_client_create(
		manager->display, xwayland_process_take(&xwayland->process.fds.wayland));

	if (!client)
		return false;
	wl_client_add_destroy_listener(client, &xwayland->client_gone);
	if (!manager_create(manager, client)) {
		client_forget(xwayland);
		wl_client_destroy(client);
		return false;
	}
	xwayland->ops->on_use(xwayland->data, manager->current);
	return true;
}

static void start(struct xwayland *xwayland)
{
	xwayland->ready_at = 0;
	state_enter(xwayland, XWAYLAND_STARTING);
	if (xwayland_process_start(
		    &xwayland->process, xwayland->name, xwayland->manager.server->x_fd) < 0)
		failed(xwayland, 1, 0);
	else if (!client_begin(xwayland))
		xwayland_process_kill(&xwayland->process, SIGKILL);
}

static void refuse(int door)
{
	int fd = accept4(door, NULL, NULL, SOCK_CLOEXEC);

	if (fd >= 0)
		close(fd);
}

static void on_door(uv_poll_t *door, int status, int events)
{
	struct xwayland *xwayland = door->data;

	(void)status;
	(void)events;
	if (xwayland->state == XWAYLAND_RESTING)
		refuse(xwayland->manager.server->x_fd[door - xwayland->doors]);
	else
		start(xwayland);
}

/* ---- life ---- */

static void handles_init(struct xwayland *xwayland)
{
	uv_timer_init(xwayland->loop, &xwayland->timer);
	xwayland->timer.data = xwayland;
	for (size_t i = 0; i < 2; i++) {
		uv_poll_init(
			xwayland->loop, &xwayland->doors[i], xwayland->manager.server->x_fd[i]);
		xwayland->doors[i].data = xwayland;
	}
}

bool xwayland_init(struct xwayland *xwayland, uv_loop_t *loop, struct wl_display *display,
	struct wlr_compositor *compositor, const struct xwayland_ops *ops, void *data)
{
	*xwayland = (struct xwayland){.loop = loop, .ops = ops, .data = data};
	xwayland->client_gone.notify = on_client_gone;
	wl_list_init(&xwayland->client_gone.link);
	xwayland_process_init(&xwayland->process, loop, &process_ops, xwayland);
	if (!manager_init(&xwayland->manager, display, compositor)) {
		log_warning(NULL, "X11 programs are not shown: Xwayland cannot be used");
		return false;
	}
	snprintf(xwayland->name, sizeof(xwayland->name), "%s",
		xwayland->manager.server->display_name);
	handles_init(xwayland);
	state_set(xwayland, XWAYLAND_WAITING, 0);
	return true;
}

void xwayland_finish(struct xwayland *xwayland)
{
	if (xwayland->state == XWAYLAND_NONE)
		return;
	xwayland->state = XWAYLAND_NONE;
	current_drop(xwayland);
	xwayland_process_finish(&xwayland->process);
	uv_close((uv_handle_t *)&xwayland->timer, NULL);
	for (size_t i = 0; i < 2; i++)
		uv_close((uv_handle_t *)&xwayland->doors[i], NULL);
	manager_finish(&xwayland->manager);
}

bool xwayland_is(const struct xwayland *xwayland, const struct wl_client *client)
{
	return client && xwayland->state != XWAYLAND_NONE &&
	       xwayland->manager.server->client == client;
}

int xwayland_connection_take(struct xwayland *xwayland)
{
	return xwayland_process_take(&xwayland->process.fds.program);
}
