#include "host-broker/access/polkit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "host-broker/system/process.h"
#include "proto/base/log.h"
#include "proto/io/bus.h"

#define AUTHORITY_NAME "org.freedesktop.PolicyKit1"
#define AUTHORITY_PATH "/org/freedesktop/PolicyKit1/Authority"
#define AUTHORITY_INTERFACE "org.freedesktop.PolicyKit1.Authority"
#define ALLOW_USER_INTERACTION 1u
#define CANCELLATION_SIZE 32

struct polkit_check {
	TAILQ_ENTRY(polkit_check) link; /* in polkit.checks */
	struct polkit *polkit;
	char cancellation[CANCELLATION_SIZE];
	DBusPendingCall *call;
	void (*on_answer)(void *data, bool allowed);
	void *data;
};

struct polkit {
	uv_loop_t *loop;
	struct bus *bus; /* NULL: not connected */
	bool told;       /* that it cannot be */
	uint64_t serial; /* of the next check */
	TAILQ_HEAD(polkit_check_list, polkit_check) checks;
};

/* ---- answers ---- */

static void check_end(struct polkit_check *check)
{
	bus_call_cancel(&check->call);
	TAILQ_REMOVE(&check->polkit->checks, check, link);
	free(check);
}

static void check_answer(struct polkit_check *check, bool allowed)
{
	void (*on_answer)(void *data, bool allowed) = check->on_answer;
	void *data = check->data;

	check_end(check);
	on_answer(data, allowed);
}

/* (bba{ss}): is authorised, a challenge was possible, details. */
static bool reply_parse(DBusMessage *reply, bool *ret_allowed)
{
	DBusMessageIter iterator, result;
	dbus_bool_t allowed;

	if (dbus_message_get_type(reply) != DBUS_MESSAGE_TYPE_METHOD_RETURN ||
		strcmp(dbus_message_get_signature(reply), "(bba{ss})") != 0 ||
		!dbus_message_iter_init(reply, &iterator))
		return false;
	dbus_message_iter_recurse(&iterator, &result);
	dbus_message_iter_get_basic(&result, &allowed);
	*ret_allowed = allowed;
	return true;
}

static void on_reply(void *data, DBusMessage *reply)
{
	bool allowed = false;

	if (!reply_parse(reply, &allowed))
		log_warning(NULL, "polkit refused to answer: %s",
			dbus_message_get_error_name(reply) ? dbus_message_get_error_name(reply)
							   : "malformed reply");
	check_answer(data, allowed);
}

static void on_lost(void *data)
{
	struct polkit *polkit = data;
	struct polkit_check *check;
	size_t count = 0;

	log_warning(NULL, "the connection to the system's D-Bus ended");
	TAILQ_FOREACH (check, &polkit->checks, link) {
		bus_call_cancel(&check->call);
		count++;
	}
	bus_close(polkit->bus);
	polkit->bus = NULL;
	/* Each answer may bring a question, at the list's end. */
	while (count-- > 0 && (check = TAILQ_FIRST(&polkit->checks)))
		check_answer(check, false);
}

static const struct bus_ops bus_ops = {.on_lost = on_lost};

/* ---- questions ---- */

static bool entry_add(
	DBusMessageIter *dict, const char *key, int type, const char *signature, const void *value)
{
	DBusMessageIter entry, variant;

	return dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry) &&
	       dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key) &&
	       dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, signature, &variant) &&
	       dbus_message_iter_append_basic(&variant, type, value) &&
	       dbus_message_iter_close_container(&entry, &variant) &&
	       dbus_message_iter_close_container(dict, &entry);
}

/* ("unix-process", {pid, start-time, uid}). With the uid that the kernel told when the peer
 * connected, a process that took its number, or became somebody else, gains nothing. */
static bool subject_add(DBusMessageIter *message, pid_t pid, uint64_t start_time, uid_t uid)
{
	const char *kind = "unix-process";
	const dbus_uint32_t number = (dbus_uint32_t)pid;
	const dbus_uint64_t start = start_time;
	const dbus_int32_t user = (dbus_int32_t)uid;
	DBusMessageIter subject, dict;

	return dbus_message_iter_open_container(message, DBUS_TYPE_STRUCT, NULL, &subject) &&
	       dbus_message_iter_append_basic(&subject, DBUS_TYPE_STRING, &kind) &&
	       dbus_message_iter_open_container(&subject, DBUS_TYPE_ARRAY, "{sv}", &dict) &&
	       entry_add(&dict, "pid", DBUS_TYPE_UINT32, "u", &number) &&
	       entry_add(&dict, "start-time", DBUS_TYPE_UINT64, "t", &start) &&
	       entry_add(&dict, "uid", DBUS_TYPE_INT32, "i", &user) &&
	       dbus_message_iter_close_container(&subject, &dict) &&
	       dbus_message_iter_close_container(message, &subject);
}

static bool details_add(DBusMessageIter *message, const char *vm)
{
	const char *key = "vm";
	DBusMessageIter dict, entry;

	return dbus_message_iter_open_container(message, DBUS_TYPE_ARRAY, "{ss}", &dict) &&
	       dbus_message_iter_open_container(&dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry) &&
	       dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key) &&
	       dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &vm) &&
	       dbus_message_iter_close_container(&dict, &entry) &&
	       dbus_message_iter_close_container(message, &dict);
}

static DBusMessage *authority_call(const char *method)
{
	return dbus_message_new_method_call(
		AUTHORITY_NAME, AUTHORITY_PATH, AUTHORITY_INTERFACE, method);
}

/* NULL without memory. */
static DBusMessage *question(const struct polkit_check *check, struct process_id process, uid_t uid,
	enum access wanted, const char *vm, bool interactive)
{
	const char *action = wanted == ACCESS_USE ? "org.vmsilo.use" : "org.vmsilo.manage";
	const char *cancellation = check->cancellation;
	const dbus_uint32_t flags = interactive ? ALLOW_USER_INTERACTION : 0;
	DBusMessage *message = authority_call("CheckAuthorization");
	DBusMessageIter iterator;

	if (!message)
		return NULL;
	dbus_message_iter_init_append(message, &iterator);
	if (subject_add(&iterator, process.pid, process.start_time, uid) &&
		dbus_message_iter_append_basic(&iterator, DBUS_TYPE_STRING, &action) &&
		details_add(&iterator, vm) &&
		dbus_message_iter_append_basic(&iterator, DBUS_TYPE_UINT32, &flags) &&
		dbus_message_iter_append_basic(&iterator, DBUS_TYPE_STRING, &cancellation))
		return message;
	dbus_message_unref(message);
	return NULL;
}

static int connect_once(struct polkit *polkit)
{
	struct error error = {0};

	if (polkit->bus)
		return 0;
	int code = bus_open_system(polkit->loop, &bus_ops, polkit, &polkit->bus, &error);
	if (code < 0 && !polkit->told)
		log_warning(NULL, "cannot ask polkit: %s", error.text);
	polkit->told = code < 0;
	return code;
}

int polkit_check_start(struct polkit *polkit, pid_t pid, uid_t uid, enum access wanted,
	const char *vm, bool interactive, void (*on_answer)(void *data, bool allowed), void *data,
	struct polkit_check **ret)
{
	struct process_id process = {.pid = pid};
	int code = process_start_time(pid, &process.start_time);

	if (code == 0)
		code = connect_once(polkit);
	if (code < 0)
		return code;
	struct polkit_check *check = calloc(1, sizeof(*check));
	if (!check)
		return UV_ENOMEM;
	*check = (struct polkit_check){.polkit = polkit, .on_answer = on_answer, .data = data};
	snprintf(check->cancellation, sizeof(check->cancellation), "vmsilo-%" PRIu64,
		polkit->serial++);
	bus_call_within(polkit->bus, question(check, process, uid, wanted, vm, interactive),
		POLKIT_ANSWER_TIMEOUT_MS, on_reply, check, &check->call);
	if (!check->call) {
		free(check);
		return UV_ENOMEM;
	}
	TAILQ_INSERT_TAIL(&polkit->checks, check, link);
	*ret = check;
	return 0;
}

/* So that no dialog is left on somebody's screen. */
void polkit_check_cancel(struct polkit_check *check)
{
	DBusMessage *message = authority_call("CancelCheckAuthorization");
	const char *cancellation = check->cancellation;

	if (message) {
		dbus_message_set_no_reply(message, TRUE);
		dbus_message_append_args(
			message, DBUS_TYPE_STRING, &cancellation, DBUS_TYPE_INVALID);
	}
	if (check->polkit->bus)
		bus_send(check->polkit->bus, message);
	check_end(check);
}

int polkit_create(uv_loop_t *loop, struct polkit **ret)
{
	struct polkit *polkit = calloc(1, sizeof(*polkit));

	if (!polkit)
		return UV_ENOMEM;
	polkit->loop = loop;
	TAILQ_INIT(&polkit->checks);
	*ret = polkit;
	return 0;
}

void polkit_destroy(struct polkit *polkit)
{
	if (polkit->bus)
		bus_close(polkit->bus);
	free(polkit);
}
