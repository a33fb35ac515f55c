#include "tray/guest/guest.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/common.pb-c.h"
#include "proto/wire/hello.h"
#include "proto/wire/message.h"
#include "tray/guest/notify.h"
#include "tray/guest/watcher.h"

#define PACE_MS 50 /* until what the host's limits held back is tried again */

enum guest_phase { GUEST_NO_HOST, GUEST_GREETING, GUEST_GREETED, GUEST_OPEN };

struct guest {
	const struct guest_options *options;
	uv_loop_t loop;
	enum guest_phase phase;
	struct bus *bus;
	struct icon_theme *icons;
	struct guest_stream stream; /* its channel is set in GUEST_OPEN */
	struct channel *channel;
	struct guest_watcher *watcher;
	struct guest_notify *notify;
	struct guest_link link;
	uv_timer_t pace;
	uv_signal_t signals[2];
	bool owns_watcher, owns_notifications; /* or waits for the name */
	int code;
};

/* ---- to the host ---- */

static void on_pace(uv_timer_t *timer);

static void guest_flush(struct guest *guest)
{
	if (guest->phase != GUEST_OPEN)
		return;
	int items = guest_watcher_flush(guest->watcher);
	int notices = guest_notify_flush(guest->notify);
	if ((items == UV_EAGAIN || notices == UV_EAGAIN) && channel_writable(guest->channel))
		uv_timer_start(&guest->pace, on_pace, PACE_MS, 0);
}

static void on_pace(uv_timer_t *timer)
{
	guest_flush(timer->data);
}

static void on_wake(void *data)
{
	guest_flush(data);
}

/* ---- from the host ---- */

static void name_want(struct guest *guest, bool wanted, bool *owned, const char *name)
{
	if (wanted && !*owned)
		bus_request_name(guest->bus, name, 0);
	else if (!wanted && *owned)
		bus_release_name(guest->bus, name);
	*owned = wanted;
}

static int on_settings(struct guest *guest, const Vmsilo__Tray__Settings *settings)
{
	if (!guest_stream_settings(&guest->stream, settings))
		return UV_EPROTO;
	guest->phase = GUEST_OPEN;
	guest->stream.channel = guest->channel;
	guest_notify_settings(guest->notify, settings);
	name_want(guest, guest->stream.items > 0, &guest->owns_watcher, WATCHER_NAME);
	name_want(guest, guest->stream.notices, &guest->owns_notifications, NOTIFICATIONS_NAME);
	guest_flush(guest);
	return 0;
}

static int on_hello(struct guest *guest, const Vmsilo__Hello *message)
{
	struct error error = {0};
	Vmsilo__Hello hello;

	int code = hello_answer(
		message, "host's tray", "vmsilo-guest-tray " VMSILO_VERSION, &hello, &error);
	if (code < 0) {
		log_error(NULL, "%s", error.text);
		return code;
	}
	guest->phase = GUEST_GREETED;
	return channel_send(guest->channel, FRAME_HELLO, 0, &hello.base);
}

/* About an item that may be gone by now. */
static void on_item_message(struct guest *guest, uint16_t type, const ProtobufCMessage *message)
{
	/* The item's number is the first field of all of them. */
	uint32_t number = ((const Vmsilo__Tray__MenuFollow *)message)->item;
	struct guest_item *item = guest_watcher_item(guest->watcher, number);

	if (!item)
		return;
	struct guest_menu *menu = guest_item_menu(item);
	if (type == FRAME_TRAY_ITEM_EVENT) {
		guest_item_event(item, (const Vmsilo__Tray__ItemEvent *)message);
	} else if (type == FRAME_TRAY_MENU_FOLLOW) {
		guest_menu_follow(menu);
	} else if (type == FRAME_TRAY_MENU_SHOW) {
		const Vmsilo__Tray__MenuShow *show = (const Vmsilo__Tray__MenuShow *)message;
		guest_menu_show(menu, show->serial, show->entry);
	} else {
		const Vmsilo__Tray__MenuEvent *event = (const Vmsilo__Tray__MenuEvent *)message;
		guest_menu_event(menu, event->entry, event->action);
	}
}

static int on_message(struct guest *guest, uint16_t type, const ProtobufCMessage *message)
{
	switch (type) {
	case FRAME_HELLO:
		return on_hello(guest, (const Vmsilo__Hello *)message);
	case FRAME_TRAY_SETTINGS:
		return on_settings(guest, (const Vmsilo__Tray__Settings *)message);
	case FRAME_TRAY_NOTIFY_INVOKED:
		guest_notify_invoked(guest->notify, (const Vmsilo__Tray__NotifyInvoked *)message);
		return 0;
	case FRAME_TRAY_NOTIFY_CLOSED:
		guest_notify_closed(guest->notify, (const Vmsilo__Tray__NotifyClosed *)message);
		return 0;
	default:
		on_item_message(guest, type, message);
		return 0;
	}
}

static bool is_expected(enum guest_phase phase, uint16_t type)
{
	switch (type) {
	case FRAME_HELLO:
		return phase == GUEST_GREETING;
	case FRAME_TRAY_SETTINGS:
		return phase == GUEST_GREETED || phase == GUEST_OPEN;
	case FRAME_TRAY_ITEM_EVENT:
	case FRAME_TRAY_MENU_FOLLOW:
	case FRAME_TRAY_MENU_SHOW:
	case FRAME_TRAY_MENU_EVENT:
	case FRAME_TRAY_NOTIFY_INVOKED:
	case FRAME_TRAY_NOTIFY_CLOSED:
		return phase == GUEST_OPEN;
	default:
		return false;
	}
}

static int on_frame(void *data, const struct frame *frame)
{
	struct guest *guest = data;

	if (!is_expected(guest->phase, frame->type))
		return UV_EPROTO;
	ProtobufCMessage *message = message_unpack(frame);
	if (!message)
		return UV_EPROTO;
	int code = on_message(guest, frame->type, message);
	message_free(message);
	return code;
}

static void host_drop(struct guest *guest)
{
	if (guest->channel)
		channel_destroy(guest->channel);
	guest->channel = guest->stream.channel = NULL;
	guest->phase = GUEST_NO_HOST;
	uv_timer_stop(&guest->pace);
	guest_watcher_forget(guest->watcher);
}

static void on_close(void *data, int reason)
{
	log_info(NULL, "the connection to the host's tray ended: %s",
		reason < 0 ? uv_strerror(reason) : "closed");
	host_drop(data);
}

static void on_drain(void *data)
{
	guest_flush(data);
}

static const struct channel_ops channel_ops = {
	.on_frame = on_frame, .on_close = on_close, .on_drain = on_drain};

/* The newest stream is the one: the host's tray may have been started anew. */
static void on_stream(void *data, int fd, int beside_fd, bool greeted)
{
	struct guest *guest = data;

	if (beside_fd >= 0)
		close(beside_fd); /* a tray's has none */
	host_drop(guest);
	int code = channel_create(&guest->loop, fd, &channel_ops, guest, &guest->channel);
	if (code < 0) {
		guest->channel = NULL;
		log_error(NULL, "no stream to the host: %s", uv_strerror(code));
		return;
	}
	guest->phase = greeted ? GUEST_GREETED : GUEST_GREETING;
}

/* ---- life ---- */

static void guest_stop(struct guest *guest)
{
	host_drop(guest);
	guest_notify_destroy(guest->notify);
	guest_watcher_destroy(guest->watcher);
	bus_close(guest->bus);
	guest_link_finish(&guest->link);
	uv_close((uv_handle_t *)&guest->pace, NULL);
	for (size_t i = 0; i < 2; i++)
		uv_close((uv_handle_t *)&guest->signals[i], NULL);
}

static void on_bus_signal(void *data, DBusMessage *signal)
{
	guest_watcher_signal(((struct guest *)data)->watcher, signal);
}

static void on_bus_lost(void *data)
{
	struct guest *guest = data;

	log_error(NULL, "the connection to the session's D-Bus ended");
	guest->code = UV_ECONNRESET;
	guest_stop(guest);
}

static const struct bus_ops bus_ops = {.on_signal = on_bus_signal, .on_lost = on_bus_lost};

static void on_end_signal(uv_signal_t *handle, int number)
{
	(void)number;
	guest_stop(handle->data);
}

static void handles_start(struct guest *guest)
{
	static const int ends[] = {SIGTERM, SIGINT};

	signal(SIGPIPE, SIG_IGN);
	uv_timer_init(&guest->loop, &guest->pace);
	guest->pace.data = guest;
	for (size_t i = 0; i < 2; i++) {
		uv_signal_init(&guest->loop, &guest->signals[i]);
		guest->signals[i].data = guest;
		uv_signal_start(&guest->signals[i], on_end_signal, ends[i]);
	}
}

static int parts_create(struct guest *guest)
{
	int code = icon_theme_create(guest->options->theme, &guest->icons);

	if (code == 0)
		code = guest_watcher_create(
			guest->bus, &guest->stream, guest->icons, &guest->watcher);
	if (code == 0)
		code = guest_notify_create(
			guest->bus, &guest->stream, guest->icons, &guest->notify);
	return code;
}

static int guest_start(struct guest *guest)
{
	const struct guest_options *options = guest->options;
	struct error error = {0};

	guest->stream = (struct guest_stream){.loop = &guest->loop, .wake = on_wake, .data = guest};
	int code = bus_open(&guest->loop, &bus_ops, guest, &guest->bus, &error);
	if (code < 0) {
		log_error(NULL, "%s", error.text);
		return code;
	}
	code = parts_create(guest);
	if (code < 0)
		return code;
	handles_start(guest);
	code = guest_link_start(&guest->link, &guest->loop, &options->link, on_stream, guest);
	if (code < 0) {
		log_error(NULL, "cannot listen on %s: %s", options->link.listen, uv_strerror(code));
		guest_stop(guest);
		guest->code = code;
	}
	return 0;
}

int guest_run(const struct guest_options *options)
{
	struct guest *guest = calloc(1, sizeof(*guest));

	if (!guest)
		return UV_ENOMEM;
	guest->options = options;
	int code = uv_loop_init(&guest->loop);
	if (code == 0)
		code = guest_start(guest);
	if (code < 0)
		return code; /* the program ends */
	uv_run(&guest->loop, UV_RUN_DEFAULT);
	code = guest->code;
	uv_loop_close(&guest->loop);
	icon_theme_destroy(guest->icons);
	dbus_shutdown();
	free(guest);
	return code;
}
