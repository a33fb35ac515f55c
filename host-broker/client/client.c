#include "host-broker/client/client.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host-broker/access/guard.h"
#include "host-broker/client/answer.h"
#include "host-broker/client/request.h"
#include "host-broker/vm/table.h"
#include "proto/base/log.h"
#include "proto/base/text.h"
#include "proto/common.pb-c.h"
#include "proto/io/channel.h"
#include "proto/io/closer.h"
#include "proto/wire/hello.h"
#include "proto/wire/message.h"

enum client_phase { CLIENT_NEW, CLIENT_GREETED, CLIENT_ASKED };

struct client {
	const struct services *services;
	struct vm *only;
	struct access_peer peer;
	gid_t *groups; /* peer's */
	pid_t pid;
	void (*on_gone)(void *data, struct client *client);
	void *data;

	enum client_phase phase;
	struct channel *channel; /* NULL: it is not heard yet */
	int fd;                  /* the channel's own, if any; -1: closed */
	uint64_t asked_ns;
	void (*give_up)(void *data); /* the request is pending */
	void *request;

	/* While polkit is asked. */
	struct polkit_check *check;
	const struct request_handler *handler;
	ProtobufCMessage *message;
	bool filters;
	const struct vm *granted; /* by polkit, for this request */
	bool sees_all;            /* likewise */
	const struct vm *subject; /* that the request named; NULL: none */

	struct closer closer;
	uv_timer_t timer; /* for the request to come */
};

static void client_free(void *data)
{
	struct client *client = data;

	free(client->groups);
	free(client);
}

/* Everything but the channel. */
static void client_release(struct client *client)
{
	void (*give_up)(void *) = client->give_up;

	client->give_up = NULL;
	if (give_up)
		give_up(client->request);
	closer_close(&client->closer, (uv_handle_t *)&client->timer);
	closer_finish(&client->closer);
}

void client_destroy(struct client *client)
{
	if (client->channel)
		channel_destroy(client->channel);
	else if (client->fd >= 0)
		close(client->fd);
	client_release(client);
}

void client_drop(struct client *client)
{
	client->on_gone(client->data, client);
	client_destroy(client);
}

/* ---- what handlers ask ---- */

const struct services *client_services(const struct client *client)
{
	return client->services;
}

struct vm *client_only(const struct client *client)
{
	return client->only;
}

const struct access_peer *client_peer(const struct client *client)
{
	return &client->peer;
}

pid_t client_pid(const struct client *client)
{
	return client->pid;
}

bool client_may(const struct client *client, const struct vm *vm, enum access wanted)
{
	if (vm == client->granted || (client->sees_all && wanted == ACCESS_USE))
		return true;
	return guard_allows(client->services->guard, &client->peer, vm_configuration(vm), wanted);
}

void client_user_name(uid_t uid, char ret[CLIENT_WHO_SIZE])
{
	struct passwd entry, *found = NULL;
	char buffer[4096];

	if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) == 0 && found)
		text_escape(ret, CLIENT_WHO_SIZE, entry.pw_name, strlen(entry.pw_name));
	else
		snprintf(ret, CLIENT_WHO_SIZE, "uid %u", uid);
}

void client_who(const struct client *client, char ret[CLIENT_WHO_SIZE])
{
	client_user_name(client->peer.uid, ret);
}

uint64_t client_asked_ns(const struct client *client)
{
	return client->asked_ns;
}

void client_fail_no_vm(struct client *client, const char *untrusted_name)
{
	char printable[128];

	text_escape(printable, sizeof(printable), untrusted_name, strlen(untrusted_name));
	client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__NO_SUCH_VM,
		"no VM \"%s\" is configured; for those that are, run: vmsilo list", printable);
}

/* Answers the failure itself, and returns NULL, when there is none or this connection may not speak
 * of it. */
static struct vm *vm_named(struct client *client, const char *untrusted_name)
{
	struct vm *vm = text_is_vm_name(untrusted_name)
				? vm_table_find(client->services->vms, untrusted_name)
				: NULL;

	if (vm && client->only && vm != client->only) {
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__NOT_PERMITTED,
			"this socket serves the VM \"%s\" alone",
			vm_configuration(client->only)->name);
		return NULL;
	}
	client->subject = vm;
	if (vm)
		return vm;
	client_fail_no_vm(client, untrusted_name);
	return NULL;
}

void client_pend(struct client *client, void (*give_up)(void *data), void *data)
{
	client->give_up = give_up;
	client->request = data;
}

/* ---- answers ---- */

/* The answer is queued: flush it and be gone. */
static void client_finish(struct client *client)
{
	client->give_up = NULL;
	client->on_gone(client->data, client);
	channel_finish(client->channel, CLIENT_FLUSH_TIMEOUT_MS);
	client_release(client);
}

int client_send(struct client *client, uint16_t type, const ProtobufCMessage *message)
{
	return channel_send(client->channel, type, 0, message);
}

int client_send_fd(struct client *client, uint16_t type, const ProtobufCMessage *message, int fd)
{
	return channel_send_fd(client->channel, type, message, fd);
}

size_t client_queued(const struct client *client)
{
	return channel_queued(client->channel);
}

void client_answer(struct client *client, uint16_t type, const ProtobufCMessage *message)
{
	client_send(client, type, message);
	client_finish(client);
}

void client_answer_fd(struct client *client, uint16_t type, const ProtobufCMessage *message, int fd)
{
	if (channel_send_fd(client->channel, type, message, fd) == 0) {
		client_finish(client);
		return;
	}
	client->give_up = NULL;
	client_drop(client);
}

void client_fail(struct client *client, const struct failure *failure)
{
	answer_failure(client->channel,
		client->subject ? vm_configuration(client->subject)->name : "", failure);
	client_finish(client);
}

void client_fail_text(
	struct client *client, Vmsilo__Broker__Failure__Code code, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	client_fail(client, &(const struct failure){.code = code, .text = text, .monitor = ""});
}

/* ---- the conversation ---- */

static int on_hello(struct client *client, const Vmsilo__Hello *message)
{
	Vmsilo__Reject reject = VMSILO__REJECT__INIT;
	struct error error = {0};
	Vmsilo__Hello hello;

	if (hello_answer(message, "client", "vmsilo-broker " VMSILO_VERSION, &hello, &error) < 0) {
		reject.reason = VMSILO__REJECT__REASON__VERSION;
		reject.text = error.text;
		client_answer(client, FRAME_REJECT, &reject.base);
		return 0;
	}
	client->phase = CLIENT_GREETED;
	return client_send(client, FRAME_HELLO, &hello.base);
}

/* Of which VM the request speaks; "" for none. */
static const char *request_vm(
	const struct request_handler *handler, const ProtobufCMessage *message)
{
	if (handler->vm_offset == 0)
		return "";
	return *(const char *const *)((const char *)message + handler->vm_offset);
}

static void request_handle(struct client *client, const struct request_handler *handler,
	struct vm *vm, const ProtobufCMessage *message)
{
	if (handler->needs_vm && !vm)
		client_fail_no_vm(client, "");
	else
		handler->handle(client, vm, message);
}

static void client_refuse(struct client *client, const struct vm_config *vm, enum access wanted)
{
	char who[CLIENT_WHO_SIZE];

	guard_refused(&client->peer, vm, access_name(wanted));
	client_who(client, who);
	if (vm)
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__NOT_PERMITTED,
			"user %s may not %s the VM \"%s\"; see \"access\" in its configuration",
			who, access_name(wanted), vm->name);
	else
		client_fail_text(client, VMSILO__BROKER__FAILURE__CODE__NOT_PERMITTED,
			"user %s may not manage this broker", who);
}

/* ---- whom the configuration does not name: polkit ---- */

static void on_asking_given_up(void *data)
{
	struct client *client = data;

	polkit_check_cancel(client->check);
	client->check = NULL;
	message_free(client->message);
	client->message = NULL;
}

/* The VM may have gone while somebody typed his password. */
static void on_polkit_answer(void *data, bool allowed)
{
	struct client *client = data;
	ProtobufCMessage *message = client->message;
	const char *untrusted_name = request_vm(client->handler, message);
	struct vm *vm = NULL;

	client->check = NULL;
	client->message = NULL;
	client->give_up = NULL;
	if (untrusted_name[0])
		vm = vm_named(client, untrusted_name);
	if (untrusted_name[0] && !vm) {
		message_free(message);
		return;
	}
	if (allowed || client->filters) {
		client->granted = vm;
		client->sees_all = allowed && client->filters;
		request_handle(client, client->handler, vm, message);
	} else {
		client_refuse(client, vm ? vm_configuration(vm) : NULL, client->handler->access);
	}
	message_free(message);
}

/* filters: of all VMs those are told that he may see; who is not allowed all is not bothered, and
 * sees those that name him. True when the answer will come, and the message is the client's until
 * then. */
static bool polkit_ask(struct client *client, const struct request_handler *handler,
	ProtobufCMessage *message, bool filters)
{
	struct polkit *polkit = client->services->guard->polkit;

	if (!polkit || polkit_check_start(polkit, client->pid, client->peer.uid, handler->access,
			       request_vm(handler, message), !filters, on_polkit_answer, client,
			       &client->check) < 0)
		return false;
	client->handler = handler;
	client->message = message;
	client->filters = filters;
	client_pend(client, on_asking_given_up, client);
	return true;
}

/* ---- the request ---- */

/* Takes the message; client may be gone when this returns. */
static void request_decide(
	struct client *client, const struct request_handler *handler, ProtobufCMessage *message)
{
	const char *untrusted_name = request_vm(handler, message);
	struct vm *vm = NULL;

	if (untrusted_name[0] && !(vm = vm_named(client, untrusted_name))) {
		message_free(message);
		return;
	}
	const struct vm_config *config = vm ? vm_configuration(vm) : NULL;
	bool allowed =
		guard_allows(client->services->guard, &client->peer, config, handler->access);
	bool filters = !allowed && !vm && handler->access == ACCESS_USE;

	if (!allowed && polkit_ask(client, handler, message, filters))
		return;
	if (allowed || filters)
		request_handle(client, handler, vm, message);
	else
		client_refuse(client, config, handler->access);
	message_free(message);
}

static void on_request(
	struct client *client, const struct request_handler *handler, ProtobufCMessage *message)
{
	client->phase = CLIENT_ASKED;
	client->asked_ns = uv_hrtime();
	uv_timer_stop(&client->timer);
	/* HELLO goes with the stream. Who asks for something else learns by it that he was heard:
	 * what may not be done twice is not asked for again then, when the broker dies over it. */
	if (handler->type == FRAME_SESSION)
		channel_hold(client->channel, CLIENT_HELLO_WITHIN_MS);
	request_decide(client, handler, message);
}

static int on_frame(void *data, const struct frame *frame)
{
	struct client *client = data;
	bool hello = frame->type == FRAME_HELLO && client->phase == CLIENT_NEW;
	const struct request_handler *handler =
		client->phase == CLIENT_GREETED ? request_find(frame->type) : NULL;
	int code = 0;

	if (!hello && !handler)
		return UV_EPROTO;
	ProtobufCMessage *message = message_unpack(frame);
	if (!message)
		return UV_EPROTO;
	if (!hello) {
		on_request(client, handler, message);
		return 0;
	}
	code = on_hello(client, (const Vmsilo__Hello *)message);
	message_free(message);
	return code;
}

static void on_close(void *data, int reason)
{
	struct client *client = data;

	if (reason == UV_EPROTO || reason == UV_EMSGSIZE)
		log_user_warning(client->peer.uid, NULL,
			"closed a connection of user %u that broke the protocol", client->peer.uid);
	client_drop(client);
}

static const struct channel_ops client_ops = {.on_frame = on_frame, .on_close = on_close};

static void on_timeout(uv_timer_t *timer)
{
	struct client *client = timer->data;

	log_user_warning(client->peer.uid, NULL,
		"closed a connection of user %u that sent no request in time", client->peer.uid);
	client_drop(client);
}

static int client_hear(struct client *client)
{
	int code = channel_create(
		client->services->loop, client->fd, &client_ops, client, &client->channel);

	if (code < 0)
		client->fd = -1;
	else
		uv_timer_start(&client->timer, on_timeout, CLIENT_REQUEST_TIMEOUT_MS, 0);
	return code;
}

static bool has_gone_unheard(const struct client *client)
{
	char byte;

	return recv(client->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

static void on_turn(uv_timer_t *timer)
{
	struct client *client = timer->data;

	if (has_gone_unheard(client) || client_hear(client) < 0)
		client_drop(client);
}

int client_create(const struct services *services, int fd, const struct client_options *options,
	void (*on_gone)(void *data, struct client *client), void *data, struct client **ret)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client) {
		free(options->groups);
		close(fd);
		return UV_ENOMEM;
	}
	client->services = services;
	client->only = options->only;
	client->peer = options->peer;
	client->groups = options->groups;
	client->pid = options->pid;
	client->on_gone = on_gone;
	client->data = data;
	client->fd = fd;
	closer_init(&client->closer, client_free, client);
	uv_timer_init(services->loop, &client->timer);
	client->timer.data = client;
	closer_add(&client->closer);
	int code = 0;
	/* A waiting connection uses as little memory as possible: there can be many. */
	if (options->wait_ms > 0)
		uv_timer_start(&client->timer, on_turn, options->wait_ms, 0);
	else
		code = client_hear(client);
	if (code < 0)
		client_destroy(client);
	else
		*ret = client;
	return code;
}
