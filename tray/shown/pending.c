#include "tray/shown/pending.h"

#include <string.h>

static void on_timer(uv_timer_t *timer);

static void timer_update(struct host_pending *pending)
{
	uint64_t now_ms = uv_now(pending->timer.loop);

	if (pending->count == 0) {
		uv_timer_stop(&pending->timer);
		return;
	}
	uint64_t deadline_ms = pending->list[0].deadline_ms;
	uv_timer_start(
		&pending->timer, on_timer, deadline_ms > now_ms ? deadline_ms - now_ms : 0, 0);
}

static void remove_at(struct host_pending *pending, size_t index)
{
	pending->count--;
	memmove(&pending->list[index], &pending->list[index + 1],
		(pending->count - index) * sizeof(pending->list[0]));
	timer_update(pending);
}

static void on_timer(uv_timer_t *timer)
{
	struct host_pending *pending = timer->data;
	uint64_t now_ms = uv_now(timer->loop);

	while (pending->count > 0 && pending->list[0].deadline_ms <= now_ms) {
		enum pending_kind kind = pending->list[0].kind;
		DBusMessage *call = pending->list[0].call;
		remove_at(pending, 0);
		pending->on_timeout(pending->data, kind, call);
		dbus_message_unref(call);
	}
	timer_update(pending);
}

void host_pending_init(struct host_pending *pending, uv_loop_t *loop, struct closer *closer,
	void (*on_timeout)(void *data, enum pending_kind kind, DBusMessage *call), void *data)
{
	pending->count = 0;
	pending->on_timeout = on_timeout;
	pending->data = data;
	uv_timer_init(loop, &pending->timer);
	pending->timer.data = pending;
	closer_add(closer);
}

void host_pending_finish(struct host_pending *pending, struct closer *closer)
{
	for (size_t i = 0; i < pending->count; i++)
		dbus_message_unref(pending->list[i].call);
	pending->count = 0;
	closer_close(closer, (uv_handle_t *)&pending->timer);
}

bool host_pending_add(
	struct host_pending *pending, enum pending_kind kind, uint32_t serial, DBusMessage *call)
{
	if (pending->count == TRAY_PENDING_MAX)
		return false;
	pending->list[pending->count].kind = kind;
	pending->list[pending->count].serial = serial;
	pending->list[pending->count].call = dbus_message_ref(call);
	pending->list[pending->count].deadline_ms =
		uv_now(pending->timer.loop) + PENDING_TIMEOUT_MS;
	pending->count++;
	timer_update(pending);
	return true;
}

DBusMessage *host_pending_take(
	struct host_pending *pending, enum pending_kind kind, uint32_t serial)
{
	for (size_t i = 0; i < pending->count; i++) {
		if (pending->list[i].kind != kind || pending->list[i].serial != serial)
			continue;
		DBusMessage *call = pending->list[i].call;
		remove_at(pending, i);
		return call;
	}
	return NULL;
}
