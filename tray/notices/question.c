#include "tray/notices/question.h"

#include <string.h>

#include "proto/base/log.h"
#include "proto/base/text.h"
#include "tray/bus/value.h"
#include "tray/model/markup.h"

#define BUTTON "button"
#define SUMMARY_SIZE 256 /* bytes of the summary, and of the button's label */
#define BODY_SIZE 1024

void host_question_init(struct host_question *question, struct host_service *service,
	const struct host_question_ops *ops, void *data)
{
	*question = (struct host_question){.service = service, .ops = ops, .data = data};
}

static void forget(struct host_question *question)
{
	bus_call_cancel(&question->call);
	host_question_init(question, question->service, question->ops, question->data);
}

static void closed(struct host_question *question)
{
	forget(question);
	question->ops->on_closed(question->data);
}

/* ---- to the service ---- */

/* What a device or a VM calls itself may be among the words. */
static void put_plain(DBusMessageIter *to, const char *text)
{
	char clean[SUMMARY_SIZE], plain[SUMMARY_SIZE * MARKUP_DEFUSE_FACTOR];

	text_strip(clean, sizeof(clean), text, false);
	markup_defuse(plain, sizeof(plain), clean);
	value_put_string(to, plain);
}

/* It goes when it is no longer true, not before. */
static DBusMessage *notify_call(
	const struct host_question *question, const struct host_question_words *words)
{
	const dbus_uint32_t replaces = question->host_id;
	const dbus_int32_t never = 0;
	DBusMessage *call = dbus_message_new_method_call(
		NOTIFICATIONS_NAME, NOTIFICATIONS_PATH, NOTIFICATIONS_INTERFACE, "Notify");
	char body[BODY_SIZE];
	DBusMessageIter to, list;

	if (!call)
		return NULL;
	dbus_message_iter_init_append(call, &to);
	value_put_string(&to, "vmsilo");
	dbus_message_iter_append_basic(&to, DBUS_TYPE_UINT32, &replaces);
	value_put_string(&to, "");
	put_plain(&to, words->summary);
	text_strip(body, sizeof(body), words->body, false);
	host_service_put_body(question->service, &to, body);
	dbus_message_iter_open_container(&to, DBUS_TYPE_ARRAY, "s", &list);
	if (words->button) {
		value_put_string(&list, BUTTON);
		put_plain(&list, words->button);
	}
	dbus_message_iter_close_container(&to, &list);
	dbus_message_iter_open_container(&to, DBUS_TYPE_ARRAY, "{sv}", &list);
	dbus_message_iter_close_container(&to, &list);
	dbus_message_iter_append_basic(&to, DBUS_TYPE_INT32, &never);
	return call;
}

static void on_notified(void *data, DBusMessage *reply)
{
	struct host_question *question = data;
	dbus_uint32_t host_id = 0;

	if (!dbus_message_get_args(reply, NULL, DBUS_TYPE_UINT32, &host_id, DBUS_TYPE_INVALID)) {
		log_debug(NULL, "the desktop refused a notification of ours: %s",
			dbus_message_get_error_name(reply));
		closed(question);
		return;
	}
	question->host_id = host_id;
	if (question->close)
		host_question_close(question);
}

/* ---- the face ---- */

void host_question_show(struct host_question *question, const struct host_question_words *words)
{
	question->close = false;
	if (question->call)
		return;
	bus_call(question->service->bus, notify_call(question, words), on_notified, question,
		&question->call);
	question->shown = question->call != NULL;
}

void host_question_close(struct host_question *question)
{
	if (!question->shown)
		return;
	if (question->call) {
		question->close = true;
		return;
	}
	host_service_close(question->service, question->host_id);
	closed(question);
}

void host_question_finish(struct host_question *question)
{
	forget(question);
}

void host_question_signal(struct host_question *question, DBusMessage *signal)
{
	const char *key = "";
	dbus_uint32_t host_id = 0;

	if (question->host_id == 0 ||
		!dbus_message_has_interface(signal, NOTIFICATIONS_INTERFACE) ||
		!dbus_message_get_args(
			signal, NULL, DBUS_TYPE_UINT32, &host_id, DBUS_TYPE_INVALID) ||
		host_id != question->host_id)
		return;
	if (dbus_message_has_member(signal, "NotificationClosed")) {
		closed(question);
	} else if (dbus_message_has_member(signal, "ActionInvoked") &&
		   dbus_message_get_args(signal, NULL, DBUS_TYPE_UINT32, &host_id, DBUS_TYPE_STRING,
			   &key, DBUS_TYPE_INVALID) &&
		   strcmp(key, BUTTON) == 0) {
		question->ops->on_button(question->data);
	}
}
