/*
 * A VM's tray on the desktop as a hostile guest meets it: the real peer, items, menus and
 * notifications of vmsilo-tray on a real channel, with a desktop that is played. The input is a
 * list of steps: frames of the guest, whole or cut, and what panels, watchers and the notification
 * service do meanwhile.
 *
 * Covers: tray/host/peer.c tray/shown/item.c tray/shown/menu.c tray/notices/notices.c
 * Leaves out: the bus itself
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/wire/frame.h"
#include "tests/lib/bus-desk.h"
#include "tray/host/peer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS_MAX 64

enum step {
	STEP_RAW,
	STEP_ANSWER,
	STEP_REFUSE,
	STEP_PROPERTIES,
	STEP_EVENT,
	STEP_SCROLL,
	STEP_LAYOUT,
	STEP_GROUP,
	STEP_ABOUT,
	STEP_CLICK,
	STEP_CLOSED,
	STEP_INVOKED,
	STEP_WATCHER,
	STEP_CAPABILITIES,
	STEP_END,
	STEP_FRAME = 32, /* and above: a frame of type 112 + the rest, or HELLO */
};

struct input {
	const uint8_t *at;
	size_t left;
};

static uv_loop_t loop;
static struct host_service service;
static struct bus *bus;
static struct host_peer *peer;
static bool over;
static int guest_fd;

static uint8_t take(struct input *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->at++;
}

/* -128 to 127 */
static dbus_int32_t number_take(struct input *input)
{
	dbus_int32_t value = take(input);

	return value < 128 ? value : value - 256;
}

static void on_gone(void *data, bool violated)
{
	(void)data;
	(void)violated;
	over = true;
}

static void on_items(void *data, size_t count)
{
	(void)data;
	if (count > TRAY_ITEMS_MAX)
		abort();
}

static const struct host_peer_ops peer_ops = {.on_gone = on_gone, .on_items = on_items};

static void on_capabilities(void *data)
{
	(void)data;
	if (peer && !over)
		host_peer_settings(peer);
}

static const struct bus_ops bus_ops = {.on_signal = NULL};

static void nowhere(enum log_level level, const char *vm, const char *text)
{
	(void)level;
	(void)vm;
	(void)text;
}

static void set_up(void)
{
	struct error error;

	log_set_sink(nowhere);
	if (uv_loop_init(&loop) < 0 || bus_open(&loop, &bus_ops, NULL, &bus, &error) < 0)
		abort();
}

/* ---- the guest ---- */

static void guest_write(const void *bytes, size_t length)
{
	if (send(guest_fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return; /* the peer is gone, or does not read: no matter */
}

static void frame_put(struct input *input, uint8_t step)
{
	uint16_t type = step == 0xff ? FRAME_HELLO : (uint16_t)(FRAME_TRAY_SETTINGS + step % 16);
	size_t length = take(input) | (size_t)take(input) << 8;
	uint8_t header[FRAME_HEADER_SIZE];

	if (length > input->left)
		length = input->left;
	frame_encode_header(header, type, 0, (uint32_t)length);
	guest_write(header, sizeof(header));
	guest_write(input->at, length);
	input->at += length;
	input->left -= length;
}

static void raw_put(struct input *input)
{
	size_t length = take(input);

	if (length > input->left)
		length = input->left;
	guest_write(input->at, length);
	input->at += length;
	input->left -= length;
}

/* ---- the desktop ---- */

static DBusMessage *method(const char *interface, const char *name)
{
	return dbus_message_new_method_call(":1.1", "/x", interface, name);
}

static void call_item(struct input *input, const char *name)
{
	const dbus_int32_t x = take(input), y = -1;
	DBusMessage *call = method(ITEM_INTERFACE, name);

	dbus_message_append_args(call, DBUS_TYPE_INT32, &x, DBUS_TYPE_INT32, &y, DBUS_TYPE_INVALID);
	desk_call(take(input), call);
}

static void event_step(struct input *input)
{
	static const char *const names[] = {"Activate", "SecondaryActivate", "ContextMenu"};
	const char *token = "token";
	uint8_t which = take(input);

	if (which & 4) {
		DBusMessage *call = method(ITEM_INTERFACE, "ProvideXdgActivationToken");
		dbus_message_append_args(call, DBUS_TYPE_STRING, &token, DBUS_TYPE_INVALID);
		desk_call(take(input), call);
	}
	call_item(input, names[which % 3]);
}

static void scroll_step(struct input *input)
{
	const dbus_int32_t delta = number_take(input);
	const char *orientation = delta & 1 ? "horizontal" : "vertical";
	DBusMessage *call = method(ITEM_INTERFACE, "Scroll");

	dbus_message_append_args(
		call, DBUS_TYPE_INT32, &delta, DBUS_TYPE_STRING, &orientation, DBUS_TYPE_INVALID);
	desk_call(take(input), call);
}

static void layout_step(struct input *input)
{
	const dbus_int32_t parent = number_take(input), depth = number_take(input);
	static const char *const names[] = {"label", "icon-data"};
	const char *const *names_at = names;
	DBusMessage *call = method(MENU_INTERFACE, "GetLayout");

	dbus_message_append_args(call, DBUS_TYPE_INT32, &parent, DBUS_TYPE_INT32, &depth,
		DBUS_TYPE_ARRAY, DBUS_TYPE_STRING, &names_at, take(input) % 3, DBUS_TYPE_INVALID);
	desk_call(take(input), call);
}

static void group_step(struct input *input)
{
	const dbus_int32_t ids[] = {0, number_take(input), 1};
	const dbus_int32_t *ids_at = ids;
	const char *name = "label", *const *names_at = &name;
	DBusMessage *call = method(MENU_INTERFACE, "GetGroupProperties");
	DBusMessage *one = method(MENU_INTERFACE, "GetProperty");

	dbus_message_append_args(call, DBUS_TYPE_ARRAY, DBUS_TYPE_INT32, &ids_at, take(input) % 4,
		DBUS_TYPE_ARRAY, DBUS_TYPE_STRING, &names_at, take(input) % 2, DBUS_TYPE_INVALID);
	desk_call(take(input), call);
	dbus_message_append_args(
		one, DBUS_TYPE_INT32, &ids[1], DBUS_TYPE_STRING, &name, DBUS_TYPE_INVALID);
	desk_call(take(input), one);
}

static void about_step(struct input *input)
{
	const dbus_int32_t ids[] = {number_take(input), 0};
	const dbus_int32_t *ids_at = ids;
	DBusMessage *call = method(MENU_INTERFACE, "AboutToShow");
	DBusMessage *group = method(MENU_INTERFACE, "AboutToShowGroup");

	dbus_message_append_args(call, DBUS_TYPE_INT32, &ids[0], DBUS_TYPE_INVALID);
	desk_call(take(input), call);
	dbus_message_append_args(
		group, DBUS_TYPE_ARRAY, DBUS_TYPE_INT32, &ids_at, 2, DBUS_TYPE_INVALID);
	desk_call(take(input), group);
}

static void click_step(struct input *input)
{
	static const char *const names[] = {"clicked", "opened", "closed", "hovered"};
	const dbus_int32_t id = number_take(input), none = 0;
	const dbus_uint32_t now = 0;
	const char *name = names[take(input) % 4];
	DBusMessage *call = method(MENU_INTERFACE, "Event");
	DBusMessageIter to, variant;

	dbus_message_iter_init_append(call, &to);
	dbus_message_iter_append_basic(&to, DBUS_TYPE_INT32, &id);
	dbus_message_iter_append_basic(&to, DBUS_TYPE_STRING, &name);
	dbus_message_iter_open_container(&to, DBUS_TYPE_VARIANT, "i", &variant);
	dbus_message_iter_append_basic(&variant, DBUS_TYPE_INT32, &none);
	dbus_message_iter_close_container(&to, &variant);
	dbus_message_iter_append_basic(&to, DBUS_TYPE_UINT32, &now);
	desk_call(take(input), call);
}

static void notice_signal(struct input *input, const char *name)
{
	DBusMessage *signal =
		dbus_message_new_signal(NOTIFICATIONS_PATH, NOTIFICATIONS_INTERFACE, name);
	const dbus_uint32_t id = take(input), reason = take(input);
	const char *key = reason & 1 ? "default" : "token";

	if (strcmp(name, "NotificationClosed") == 0)
		dbus_message_append_args(signal, DBUS_TYPE_UINT32, &id, DBUS_TYPE_UINT32, &reason,
			DBUS_TYPE_INVALID);
	else
		dbus_message_append_args(
			signal, DBUS_TYPE_UINT32, &id, DBUS_TYPE_STRING, &key, DBUS_TYPE_INVALID);
	if (!over)
		host_peer_signal(peer, signal);
	dbus_message_unref(signal);
}

static void watcher_step(void)
{
	const char *name = WATCHER_NAME, *none = "", *owner = ":1.9";
	DBusMessage *signal =
		dbus_message_new_signal(DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, "NameOwnerChanged");

	dbus_message_append_args(signal, DBUS_TYPE_STRING, &name, DBUS_TYPE_STRING, &none,
		DBUS_TYPE_STRING, &owner, DBUS_TYPE_INVALID);
	desk_signal(signal);
}

static void answer_step(struct input *input)
{
	const dbus_uint32_t id = take(input);

	if (desk_calls() > 0)
		desk_answer(take(input), DBUS_TYPE_UINT32, &id, DBUS_TYPE_INVALID);
}

static void capabilities_step(struct input *input)
{
	static const char *const names[] = {"body", "body-markup", "actions"};
	const char *const *names_at = names;
	const char *name = NOTIFICATIONS_NAME, *none = "", *owner = ":1.8";
	DBusMessage *signal =
		dbus_message_new_signal(DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, "NameOwnerChanged");

	dbus_message_append_args(signal, DBUS_TYPE_STRING, &name, DBUS_TYPE_STRING, &none,
		DBUS_TYPE_STRING, &owner, DBUS_TYPE_INVALID);
	host_service_signal(&service, signal);
	dbus_message_unref(signal);
	desk_answer(desk_calls() - 1, DBUS_TYPE_ARRAY, DBUS_TYPE_STRING, &names_at, take(input) % 4,
		DBUS_TYPE_INVALID);
}

static void panel_step(struct input *input, uint8_t step)
{
	switch (step) {
	case STEP_PROPERTIES:
		desk_call(take(input), method(DBUS_INTERFACE_PROPERTIES, "GetAll"));
		break;
	case STEP_EVENT:
		event_step(input);
		break;
	case STEP_SCROLL:
		scroll_step(input);
		break;
	case STEP_LAYOUT:
		layout_step(input);
		break;
	case STEP_GROUP:
		group_step(input);
		break;
	case STEP_ABOUT:
		about_step(input);
		break;
	case STEP_CLICK:
		click_step(input);
		break;
	default:
		break;
	}
}

static void step_run(struct input *input)
{
	uint8_t step = take(input);

	if (step >= STEP_FRAME)
		frame_put(input, step);
	else if (step == STEP_RAW)
		raw_put(input);
	else if (step == STEP_ANSWER)
		answer_step(input);
	else if (step == STEP_REFUSE && desk_calls() > 0)
		desk_refuse(take(input));
	else if (step == STEP_CLOSED)
		notice_signal(input, "NotificationClosed");
	else if (step == STEP_INVOKED)
		notice_signal(input, take(input) & 1 ? "ActionInvoked" : "ActivationToken");
	else if (step == STEP_WATCHER)
		watcher_step();
	else if (step == STEP_CAPABILITIES)
		capabilities_step(input);
	else if (step == STEP_END)
		shutdown(guest_fd, SHUT_WR);
	else if (desk_objects() > 0)
		panel_step(input, step);
}

/* The guest reads what it is sent, as an honest one would. */
static void guest_read(void)
{
	char bytes[65536];

	while (recv(guest_fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		continue;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct tray_settings settings = {.colour = {255, 0, 0},
		.items = 8,
		.updates_per_second = TRAY_UPDATES_DEFAULT,
		.notifications_per_minute = 600};
	struct input input = {.at = data, .left = size};
	int fds[2];

	if (!bus)
		set_up();
	over = false;
	host_service_init(&service, bus, on_capabilities, NULL);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) < 0 ||
		host_peer_create(&loop, &service, "untrusted", &settings, fds[0], NULL, &peer_ops,
			NULL, &peer) < 0)
		abort();
	guest_fd = fds[1];
	for (int i = 0; i < STEPS_MAX && input.left > 0 && !over; i++) {
		step_run(&input);
		uv_run(&loop, UV_RUN_NOWAIT);
		guest_read();
	}
	host_peer_destroy(peer);
	peer = NULL;
	close(guest_fd);
	host_service_finish(&service);
	uv_run(&loop, UV_RUN_DEFAULT);
	if (uv_loop_alive(&loop) || desk_buses() != 1 || desk_objects() != 0 || desk_calls() != 0)
		abort();
	return 0;
}
