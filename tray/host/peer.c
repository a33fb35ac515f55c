#include "tray/host/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/base/rate.h"
#include "proto/common.pb-c.h"
#include "proto/io/closer.h"
#include "proto/wire/hello.h"
#include "proto/wire/message.h"
#include "tray/model/convert.h"
#include "tray/notices/notices.h"
#include "tray/shown/item.h"

enum peer_phase { PEER_GREETING, PEER_OPEN, PEER_OVER };

struct host_peer {
	const struct host_peer_ops *ops;
	void *data;
	enum peer_phase phase;
	struct tray_settings settings;
	struct host_stream stream;
	struct host_item *items[TRAY_ITEMS_MAX];
	size_t items_count;
	struct host_notices notices;
	struct rate updates, notifications;
	struct error violation;
	struct closer closer;
	uv_timer_t timer; /* for the guest's HELLO */
};

/* ---- items ---- */

static struct host_item **item_place(struct host_peer *peer, uint32_t number)
{
	for (size_t i = 0; i < peer->items_count; i++)
		if (host_item_number(peer->items[i]) == number)
			return &peer->items[i];
	return NULL;
}

/* The item that a frame is about; a violation when there is none. */
static struct host_item *item_find(struct host_peer *peer, uint32_t untrusted_number)
{
	struct host_item **place = item_place(peer, untrusted_number);

	if (!place)
		error_set(&peer->violation, UV_EPROTO,
			"a frame about item %u, which does not exist", untrusted_number);
	return place ? *place : NULL;
}

static void items_changed(struct host_peer *peer)
{
	if (peer->ops->on_items)
		peer->ops->on_items(peer->data, peer->items_count);
}

static int item_add(
	struct host_peer *peer, uint32_t untrusted_number, const struct item_state *state)
{
	struct error error = {0};

	if (untrusted_number == 0 || peer->items_count >= peer->settings.items)
		return error_set(&peer->violation, UV_EPROTO, "more than the %u items allowed",
			peer->settings.items);
	int code = host_item_create(
		&peer->stream, untrusted_number, state, &peer->items[peer->items_count], &error);
	if (code < 0) {
		log_error(peer->stream.vm, "an item cannot be shown: %s", error.text);
		return code;
	}
	peer->items_count++;
	items_changed(peer);
	return 0;
}

static int on_item(struct host_peer *peer, const Vmsilo__Tray__Item *message)
{
	struct host_item **place = item_place(peer, message->item);
	struct item_state state;
	int code = item_from_message(message, &state, &peer->violation);

	if (code < 0)
		return code;
	if (!place)
		return item_add(peer, message->item, &state);
	host_item_update(*place, &state);
	return 0;
}

static int on_icon(struct host_peer *peer, const Vmsilo__Tray__Icon *message)
{
	struct host_item *item = item_find(peer, message->item);
	struct picture picture;
	enum item_icon icon;
	int code;

	if (!item)
		return UV_EPROTO;
	code = icon_from_message(message, &icon, &picture, &peer->violation);
	if (code == 0)
		host_item_icon(item, icon, &picture);
	return code;
}

static int on_item_gone(struct host_peer *peer, const Vmsilo__Tray__ItemGone *message)
{
	struct host_item **place = item_place(peer, message->item);

	if (!item_find(peer, message->item))
		return UV_EPROTO;
	host_item_destroy(*place);
	*place = peer->items[--peer->items_count];
	items_changed(peer);
	return 0;
}

/* An answer that comes too late, or of an item that is gone, means nothing. */
static int on_reply(struct host_peer *peer, const Vmsilo__Tray__Reply *message)
{
	for (size_t i = 0; i < peer->items_count; i++)
		if (host_item_reply(peer->items[i], message->serial, message->ok))
			break;
	return 0;
}

static int on_menu(struct host_peer *peer, const Vmsilo__Tray__Menu *message)
{
	struct host_item *item = item_find(peer, message->item);
	struct menu menu;

	if (!item)
		return UV_EPROTO;
	int code = menu_from_message(message, &menu, &peer->violation);
	return code < 0 ? code : host_item_menu(item, &menu, &peer->violation);
}

static int on_menu_update(struct host_peer *peer, const Vmsilo__Tray__MenuUpdate *message)
{
	struct host_item *item = item_find(peer, message->item);
	struct menu update;

	if (!item)
		return UV_EPROTO;
	int code = menu_update_from_message(message, &update, &peer->violation);
	return code < 0 ? code : host_item_menu_update(item, &update, &peer->violation);
}

/* ---- notifications ---- */

static int on_notify(struct host_peer *peer, const Vmsilo__Tray__Notify *message)
{
	struct notification notification;

	if (peer->settings.notifications_per_minute == 0 ||
		!rate_take(&peer->notifications, 60, uv_now(peer->stream.loop)))
		return error_set(&peer->violation, UV_EPROTO,
			"more than the %u notifications allowed per minute",
			peer->settings.notifications_per_minute);
	int code = notification_from_message(message, &notification, &peer->violation);
	if (code == 0)
		host_notices_notify(&peer->notices, &notification);
	return code;
}

static int on_notify_close(struct host_peer *peer, const Vmsilo__Tray__NotifyClose *message)
{
	host_notices_close(&peer->notices, message->id);
	return 0;
}

/* ---- the stream ---- */

void host_peer_settings(struct host_peer *peer)
{
	Vmsilo__Tray__Settings message = VMSILO__TRAY__SETTINGS__INIT;
	char *names[CAPABILITIES_MAX];
	const struct host_service *service = peer->notices.service;

	if (peer->phase != PEER_OPEN)
		return;
	message.items = peer->settings.items;
	message.updates_per_second = peer->updates.per_second;
	message.updates_burst = peer->updates.burst;
	message.notifications_per_minute = peer->settings.notifications_per_minute;
	message.notifications_burst = TRAY_NOTIFICATIONS_BURST;
	for (size_t i = 0; i < service->capabilities_count; i++)
		names[i] = (char *)service->capabilities[i];
	message.capabilities = names;
	message.n_capabilities = service->capabilities_count;
	host_stream_send(&peer->stream, FRAME_TRAY_SETTINGS, &message.base);
}

static int on_hello(struct host_peer *peer, const Vmsilo__Hello *message)
{
	int code = hello_accept(message, "guest's tray", &peer->violation);

	if (code < 0)
		return code;
	peer->phase = PEER_OPEN;
	uv_timer_stop(&peer->timer);
	host_peer_settings(peer);
	return 0;
}

static int on_reject(struct host_peer *peer, const Vmsilo__Reject *message)
{
	log_info(peer->stream.vm, "the agent refused a tray stream: %s", message->text);
	return UV_ECONNREFUSED;
}

static int on_message(struct host_peer *peer, uint16_t type, const ProtobufCMessage *message)
{
	switch (type) {
	case FRAME_HELLO:
		return on_hello(peer, (const Vmsilo__Hello *)message);
	case FRAME_REJECT:
		return on_reject(peer, (const Vmsilo__Reject *)message);
	case FRAME_TRAY_ITEM:
		return on_item(peer, (const Vmsilo__Tray__Item *)message);
	case FRAME_TRAY_ICON:
		return on_icon(peer, (const Vmsilo__Tray__Icon *)message);
	case FRAME_TRAY_ITEM_GONE:
		return on_item_gone(peer, (const Vmsilo__Tray__ItemGone *)message);
	case FRAME_TRAY_REPLY:
		return on_reply(peer, (const Vmsilo__Tray__Reply *)message);
	case FRAME_TRAY_MENU:
		return on_menu(peer, (const Vmsilo__Tray__Menu *)message);
	case FRAME_TRAY_MENU_UPDATE:
		return on_menu_update(peer, (const Vmsilo__Tray__MenuUpdate *)message);
	case FRAME_TRAY_NOTIFY:
		return on_notify(peer, (const Vmsilo__Tray__Notify *)message);
	default:
		return on_notify_close(peer, (const Vmsilo__Tray__NotifyClose *)message);
	}
}

static bool is_expected(enum peer_phase phase, uint16_t type)
{
	switch (type) {
	case FRAME_HELLO:
	case FRAME_REJECT:
		return phase == PEER_GREETING;
	case FRAME_TRAY_ITEM:
	case FRAME_TRAY_ICON:
	case FRAME_TRAY_ITEM_GONE:
	case FRAME_TRAY_REPLY:
	case FRAME_TRAY_MENU:
	case FRAME_TRAY_MENU_UPDATE:
	case FRAME_TRAY_NOTIFY:
	case FRAME_TRAY_NOTIFY_CLOSE:
		return phase == PEER_OPEN;
	default:
		return false;
	}
}

static int on_frame(void *data, const struct frame *frame)
{
	struct host_peer *peer = data;
	uint32_t cost = 1 + frame->length / TRAY_COST_BYTES;

	if (!is_expected(peer->phase, frame->type))
		return error_set(&peer->violation, UV_EPROTO, "an unexpected %s",
			frame_type_name(frame->type));
	if (!rate_take(&peer->updates, cost, uv_now(peer->stream.loop)))
		return error_set(&peer->violation, UV_EPROTO,
			"more than the %u updates allowed per second",
			peer->settings.updates_per_second);
	ProtobufCMessage *message = message_unpack(frame);
	if (!message)
		return error_set(&peer->violation, UV_EPROTO, "a malformed %s message",
			frame_type_name(frame->type));
	int code = on_message(peer, frame->type, message);
	message_free(message);
	return code;
}

static void peer_over(struct host_peer *peer, bool violated)
{
	peer->phase = PEER_OVER;
	uv_timer_stop(&peer->timer);
	peer->ops->on_gone(peer->data, violated);
}

static void on_close(void *data, int reason)
{
	struct host_peer *peer = data;
	bool violated = peer->violation.code < 0 || reason == UV_EMSGSIZE || reason == UV_EPROTO;
	const char *text = peer->violation.code < 0 ? peer->violation.text
			   : reason == UV_EMSGSIZE  ? "a frame larger than its type allows"
						    : "a frame of a type that it must not send";

	if (violated)
		log_warning(peer->stream.vm,
			"the guest broke the tray's rules: %s; closed its stream", text);
	peer_over(peer, violated);
}

static const struct channel_ops channel_ops = {.on_frame = on_frame, .on_close = on_close};

static void on_hello_timeout(uv_timer_t *timer)
{
	struct host_peer *peer = timer->data;

	log_info(peer->stream.vm, "the guest's tray does not answer");
	peer_over(peer, false);
}

/* ---- life ---- */

static void hello_send(struct host_peer *peer, const struct token *token)
{
	Vmsilo__Hello hello;

	hello_offer(&hello, "vmsilo-tray " VMSILO_VERSION, token);
	host_stream_send(&peer->stream, FRAME_HELLO, &hello.base);
}

static void peer_free(void *data)
{
	free(data);
}

int host_peer_create(uv_loop_t *loop, struct host_service *service, const char *vm,
	const struct tray_settings *settings, int fd, const struct token *token,
	const struct host_peer_ops *ops, void *data, struct host_peer **ret)
{
	struct host_peer *peer = calloc(1, sizeof(*peer));
	uint64_t now_ms = uv_now(loop);

	if (!peer) {
		close(fd);
		return UV_ENOMEM;
	}
	int code = channel_create(loop, fd, &channel_ops, peer, &peer->stream.channel);
	if (code < 0) {
		free(peer);
		return code;
	}
	peer->ops = ops;
	peer->data = data;
	peer->settings = *settings;
	peer->stream.loop = loop;
	peer->stream.on_use = ops->on_use;
	peer->stream.data = data;
	peer->stream.colour = settings->colour;
	snprintf(peer->stream.vm, sizeof(peer->stream.vm), "%s", vm);
	host_notices_init(&peer->notices, &peer->stream, service);
	rate_init(&peer->updates, settings->updates_per_second,
		settings->updates_per_second * TRAY_UPDATES_BURST_SECONDS, now_ms);
	/* In sixtieths of a notification. */
	rate_init(&peer->notifications, settings->notifications_per_minute,
		TRAY_NOTIFICATIONS_BURST * 60, now_ms);
	closer_init(&peer->closer, peer_free, peer);
	uv_timer_init(loop, &peer->timer);
	peer->timer.data = peer;
	closer_add(&peer->closer);
	uv_timer_start(&peer->timer, on_hello_timeout, HELLO_TIMEOUT_MS, 0);
	hello_send(peer, token);
	*ret = peer;
	return 0;
}

void host_peer_destroy(struct host_peer *peer)
{
	for (size_t i = 0; i < peer->items_count; i++)
		host_item_destroy(peer->items[i]);
	host_notices_finish(&peer->notices);
	channel_destroy(peer->stream.channel);
	closer_close(&peer->closer, (uv_handle_t *)&peer->timer);
	closer_finish(&peer->closer);
}

void host_peer_signal(struct host_peer *peer, DBusMessage *signal)
{
	host_notices_signal(&peer->notices, signal);
}
