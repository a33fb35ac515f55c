#include "host-broker/monitor/qemu/qmp-codec.h"

#include <jansson.h>
#include <string.h>
#include <uv.h>

#include "proto/base/text.h"

/* A member that is a string, as one printable line; "" when there is none. */
static void copy_member(const json_t *object, const char *key, char *out, size_t size)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_string_value(value);

	text_escape(out, size, text ? text : "", text ? strlen(text) : 0);
}

static int64_t actual_of(const json_t *object)
{
	const json_t *value = json_object_get(object, "actual");

	return json_is_integer(value) && json_integer_value(value) >= 0 ? json_integer_value(value)
									: -1;
}

int qmp_decode(const char *line, size_t length, struct qmp_message *ret)
{
	struct qmp_message message = {.kind = QMP_OTHER, .actual = -1};
	json_t *root = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);

	if (!json_is_object(root)) {
		json_decref(root);
		return UV_EPROTO;
	}
	if (json_object_get(root, "QMP")) {
		message.kind = QMP_GREETING;
	} else if (json_object_get(root, "return")) {
		message.kind = QMP_RETURN;
		message.actual = actual_of(json_object_get(root, "return"));
		copy_member(json_object_get(root, "return"), "status", message.status,
			sizeof(message.status));
	} else if (json_object_get(root, "error")) {
		message.kind = QMP_ERROR;
		copy_member(
			json_object_get(root, "error"), "desc", message.text, sizeof(message.text));
	} else if (json_object_get(root, "event")) {
		message.kind = QMP_EVENT;
		copy_member(root, "event", message.name, sizeof(message.name));
		copy_member(json_object_get(root, "data"), "reason", message.reason,
			sizeof(message.reason));
		message.actual = actual_of(json_object_get(root, "data"));
		copy_member(json_object_get(root, "data"), "action", message.action,
			sizeof(message.action));
		message.no_space =
			json_is_true(json_object_get(json_object_get(root, "data"), "nospace"));
	}
	copy_member(root, "id", message.id, sizeof(message.id));
	json_decref(root);
	*ret = message;
	return 0;
}

/* ShutdownCause in QEMU's qapi/run-state.json. */
enum monitor_end qmp_end_of(const char *reason)
{
	static const struct {
		const char *reason;
		enum monitor_end end;
	} causes[] = {
		{"guest-shutdown", MONITOR_END_POWERED_OFF},
		{"guest-reset", MONITOR_END_RESET},
		{"subsystem-reset", MONITOR_END_RESET},
		{"host-qmp-system-reset", MONITOR_END_RESET},
		{"snapshot-load", MONITOR_END_RESET},
		{"guest-panic", MONITOR_END_PANICKED},
		{"host-signal", MONITOR_END_SIGNAL},
		{"host-qmp-quit", MONITOR_END_QUIT},
		{"host-ui", MONITOR_END_QUIT},
		{"host-error", MONITOR_END_ERROR},
		{"none", MONITOR_END_UNKNOWN},
	};

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++)
		if (strcmp(causes[i].reason, reason) == 0)
			return causes[i].end;
	return MONITOR_END_UNKNOWN;
}
