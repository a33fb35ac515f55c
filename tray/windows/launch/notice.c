#include "tray/windows/launch/notice.h"

#include <inttypes.h>
#include <stdio.h>

#include "proto/base/log.h"
#include "proto/windows.pb-c.h"
#include "tray/bus/names.h"
#include "tray/bus/value.h"

static void on_lost(void *data)
{
	struct notice *notice = data;

	bus_call_cancel(&notice->call);
	bus_close(notice->bus);
	notice->bus = NULL;
}

static const struct bus_ops bus_ops = {.on_lost = on_lost};

void notice_init(struct notice *notice, uv_loop_t *loop)
{
	*notice = (struct notice){.loop = loop};
}

/* Only who has something to say connects. */
static bool bus_ready(struct notice *notice)
{
	struct error error = {0};

	if (!notice->bus && bus_open(notice->loop, &bus_ops, notice, &notice->bus, &error) < 0)
		log_debug(NULL, "no notifications: %s", error.text);
	return notice->bus;
}

void notice_finish(struct notice *notice)
{
	bus_call_cancel(&notice->call);
	if (notice->bus)
		bus_close(notice->bus);
	notice->bus = NULL;
}

static void on_reply(void *data, DBusMessage *reply)
{
	struct notice *notice = data;

	dbus_message_get_args(reply, NULL, DBUS_TYPE_UINT32, &notice->last, DBUS_TYPE_INVALID);
}

/* Notify(app_name, replaces, icon, summary, body, actions, hints, timeout) */
static DBusMessage *notify_make(uint32_t replaces, const char *summary, const char *body)
{
	DBusMessage *call = dbus_message_new_method_call(
		NOTIFICATIONS_NAME, NOTIFICATIONS_PATH, NOTIFICATIONS_INTERFACE, "Notify");
	const char *name = "vmsilo", *icon = "";
	const dbus_int32_t timeout = -1;
	DBusMessageIter to, inner;

	if (!call)
		return NULL;
	dbus_message_iter_init_append(call, &to);
	value_put_string(&to, name);
	dbus_message_iter_append_basic(&to, DBUS_TYPE_UINT32, &replaces);
	value_put_string(&to, icon);
	value_put_string(&to, summary);
	value_put_string(&to, body);
	dbus_message_iter_open_container(&to, DBUS_TYPE_ARRAY, "s", &inner);
	dbus_message_iter_close_container(&to, &inner);
	dbus_message_iter_open_container(&to, DBUS_TYPE_ARRAY, "{sv}", &inner);
	dbus_message_iter_close_container(&to, &inner);
	dbus_message_iter_append_basic(&to, DBUS_TYPE_INT32, &timeout);
	return call;
}

void notice_show(struct notice *notice, const char *summary, const char *body)
{
	if (!bus_ready(notice))
		return;
	bus_call_cancel(&notice->call);
	bus_call(notice->bus, notify_make(notice->last, summary, body), on_reply, notice,
		&notice->call);
}

static const char *kind_text(uint32_t kind)
{
	return kind == VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_TEXT  ? "text"
	       : kind == VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_PNG ? "a picture"
									: "nothing";
}

void notice_crossed_text(const char *vm, const Vmsilo__Desk__Crossed *untrusted_crossed,
	char summary[NOTICE_TEXT_SIZE], char body[NOTICE_TEXT_SIZE])
{
	const bool in = untrusted_crossed->to_guest;
	const bool empty = untrusted_crossed->kind == 0;

	if (untrusted_crossed->too_large)
		snprintf(summary, NOTICE_TEXT_SIZE, "Clipboard: too large to cross");
	else if (empty)
		snprintf(summary, NOTICE_TEXT_SIZE, "Clipboard: nothing to copy");
	else
		snprintf(summary, NOTICE_TEXT_SIZE, "Clipboard: %s copied %s %s",
			kind_text(untrusted_crossed->kind), in ? "to" : "from", vm);
	if (empty && !untrusted_crossed->too_large)
		snprintf(body, NOTICE_TEXT_SIZE, "%s clipboard has neither text nor a picture.",
			in ? "Your" : "Its");
	else
		snprintf(body, NOTICE_TEXT_SIZE, "%" PRIu64 " bytes, from %s to %s",
			untrusted_crossed->bytes, in ? "your clipboard" : vm,
			in ? vm : "your clipboard");
}
