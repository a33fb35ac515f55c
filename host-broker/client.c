#include "host-broker/client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host-broker/answer.h"
#include "host-broker/session-open.h"
#include "host-broker/vm.h"
#include "proto/channel.h"
#include "proto/cleanup.h"
#include "proto/closer.h"
#include "proto/common.pb-c.h"
#include "proto/hello.h"
#include "proto/log.h"
#include "proto/message.h"
#include "proto/socket.h"
#include "proto/text.h"

#define TIMING_MAX 8

enum client_phase { CLIENT_NEW, CLIENT_GREETED, CLIENT_WAITING };

struct client {
	struct broker *broker;
	struct vm *only;
	void (*on_gone)(void *data, struct client *client);
	void *data;

	enum client_phase phase;
	struct channel *channel;
	int fd;        /* the channel's own; for GRANTED, which carries a descriptor */
	struct vm *vm; /* of the request */
	bool waiting;  /* waiter is on the VM's list */
	bool wants_session;
	struct waiter waiter;
	struct session_open *open;
	uint64_t requested_ns;
	Vmsilo__Broker__Progress timing[TIMING_MAX];
	size_t timing_count;

	struct closer closer;
	uv_timer_t timer; /* for the request to come */
};

static void client_free(void *data)
{
	free(data);
}

/* Everything but the channel. */
static void client_release(struct client *client)
{
	if (client->waiting)
		vm_wait_cancel(client->vm, &client->waiter);
	client->waiting = false;
	if (client->open)
		session_open_cancel(client->open);
	client->open = NULL;
	closer_close(&client->closer, (uv_handle_t *)&client->timer);
	closer_finish(&client->closer);
}

void client_destroy(struct client *client)
{
	channel_destroy(client->channel);
	client_release(client);
}

static void client_drop(struct client *client)
{
	client->on_gone(client->data, client);
	client_destroy(client);
}

/* The answer is queued: flush it and be gone. */
static void client_finish(struct client *client)
{
	client->on_gone(client->data, client);
	channel_finish(client->channel, CLIENT_FLUSH_TIMEOUT_MS);
	client_release(client);
}

static void fail(struct client *client, const struct failure *failure)
{
	answer_failure(client->channel, failure);
	client_finish(client);
}

static void fail_text(struct client *client, Vmsilo__Broker__Failure__Code code, const char *format,
	...) __attribute__((format(printf, 3, 4)));

static void fail_text(
	struct client *client, Vmsilo__Broker__Failure__Code code, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fail(client, &(const struct failure){.code = code, .text = text, .monitor = ""});
}

/* ---- progress and answers ---- */

static void timing_add(struct client *client, Vmsilo__Broker__Stage stage)
{
	if (client->timing_count == TIMING_MAX)
		return;
	Vmsilo__Broker__Progress *progress = &client->timing[client->timing_count++];
	vmsilo__broker__progress__init(progress);
	progress->stage = stage;
	progress->at_us = (uv_hrtime() - client->requested_ns) / 1000;
}

static void timing_point(struct client *client, Vmsilo__Broker__Progress **pointers)
{
	for (size_t i = 0; i < client->timing_count; i++)
		pointers[i] = &client->timing[i];
}

static void on_progress(void *data, Vmsilo__Broker__Stage stage)
{
	struct client *client = data;

	timing_add(client, stage);
	channel_send(
		client->channel, FRAME_PROGRESS, 0, &client->timing[client->timing_count - 1].base);
}

static void answer_done(struct client *client)
{
	Vmsilo__Broker__Done done = VMSILO__BROKER__DONE__INIT;
	Vmsilo__Broker__Progress *pointers[TIMING_MAX];

	timing_point(client, pointers);
	done.timing = pointers;
	done.n_timing = client->timing_count;
	channel_send(client->channel, FRAME_DONE, 0, &done.base);
	client_finish(client);
}

/* One sendmsg(2), so that the descriptor rides on the frame's first byte. A client that has not
 * even read its progress has no room for it, and is dropped. */
static int granted_send(struct client *client, int session_fd, const struct token *token)
{
	Vmsilo__Broker__Granted granted = VMSILO__BROKER__GRANTED__INIT;
	Vmsilo__Broker__Progress *pointers[TIMING_MAX];
	uint8_t bytes[FRAME_HEADER_SIZE + FRAME_TEXT_MAX];

	timing_point(client, pointers);
	granted.token.data = (uint8_t *)token->bytes;
	granted.token.len = TOKEN_SIZE;
	granted.timing = pointers;
	granted.n_timing = client->timing_count;
	size_t length = vmsilo__broker__granted__get_packed_size(&granted);
	if (length > FRAME_TEXT_MAX || channel_queued(client->channel) > 0)
		return UV_ENOBUFS;
	frame_encode_header(bytes, FRAME_GRANTED, 0, (uint32_t)length);
	vmsilo__broker__granted__pack(&granted, bytes + FRAME_HEADER_SIZE);

	ssize_t sent = socket_send_fd(client->fd, bytes, FRAME_HEADER_SIZE + length, session_fd);
	if (sent < 0)
		return (int)sent;
	return (size_t)sent == FRAME_HEADER_SIZE + length ? 0 : UV_ENOBUFS;
}

static void on_session_open(void *data, int session_fd, const struct token *token)
{
	struct client *client = data;
	_cleanup_close_ int fd = session_fd;

	client->open = NULL;
	if (fd < 0) {
		fail_text(client, VMSILO__BROKER__FAILURE__CODE__INTERNAL,
			"vm \"%s\": cannot connect to its agent: %s",
			vm_configuration(client->vm)->name, uv_strerror(fd));
		return;
	}
	timing_add(client, VMSILO__BROKER__STAGE__STAGE_SESSION);
	int code = granted_send(client, fd, token);
	if (code < 0)
		client_drop(client);
	else
		client_finish(client);
}

static void session_start(struct client *client)
{
	int code = session_open_start(
		broker_loop(client->broker), client->vm, on_session_open, client, &client->open);

	if (code < 0)
		fail_text(client, VMSILO__BROKER__FAILURE__CODE__INTERNAL,
			"vm \"%s\": cannot grant a session: %s", vm_configuration(client->vm)->name,
			uv_strerror(code));
}

static void on_waited(void *data)
{
	struct client *client = data;

	client->waiting = false;
	if (client->wants_session)
		session_start(client);
	else
		answer_done(client);
}

static void on_wait_failed(void *data, const struct failure *failure)
{
	struct client *client = data;

	client->waiting = false;
	fail(client, failure);
}

static void wait_for(struct client *client, enum wait wanted)
{
	client->waiter = (struct waiter){
		.wanted = wanted,
		.on_progress = on_progress,
		.on_done = on_waited,
		.on_failed = on_wait_failed,
		.data = client,
	};
	client->waiting = true;
	vm_wait(client->vm, &client->waiter);
}

/* ---- requests ---- */

/* The VM that the request names; answers the failure itself when there is none. */
static struct vm *vm_named(struct client *client, const char *untrusted_name)
{
	struct vm *vm = text_is_vm_name(untrusted_name)
				? broker_find(client->broker, untrusted_name)
				: NULL;
	char printable[128];

	if (vm && client->only && vm != client->only) {
		fail_text(client, VMSILO__BROKER__FAILURE__CODE__NOT_PERMITTED,
			"this socket serves the VM \"%s\" alone",
			vm_configuration(client->only)->name);
		return NULL;
	}
	if (vm)
		return vm;
	text_escape(printable, sizeof(printable), untrusted_name, strlen(untrusted_name));
	fail_text(client, VMSILO__BROKER__FAILURE__CODE__NO_SUCH_VM,
		"no VM \"%s\" is configured; vmsilo list shows those that are", printable);
	return NULL;
}

static void on_stop_request(struct client *client, const Vmsilo__Broker__StopVm *request)
{
	client->vm = vm_named(client, request->vm);
	if (!client->vm)
		return;
	vm_stop(client->vm, request->force, request->timeout_ms);
	wait_for(client, WAIT_STOPPED);
}

static void on_run_request(struct client *client, const char *untrusted_name, bool session)
{
	client->vm = vm_named(client, untrusted_name);
	if (!client->vm)
		return;
	client->wants_session = session;
	wait_for(client, WAIT_RUNNING);
}

static void on_list_request(struct client *client, const Vmsilo__Broker__List *request)
{
	struct vm *only = client->only;

	if (request->vm[0] && !(only = vm_named(client, request->vm)))
		return;
	answer_list(client->channel, client->broker, only);
	client_finish(client);
}

/* The request's protobuf message is freed by the caller, client may be gone when this returns. */
static void on_request(struct client *client, uint16_t type, const ProtobufCMessage *message)
{
	client->phase = CLIENT_WAITING;
	client->requested_ns = uv_hrtime();
	uv_timer_stop(&client->timer);
	switch (type) {
	case FRAME_START:
		on_run_request(client, ((const Vmsilo__Broker__Start *)message)->vm, false);
		break;
	case FRAME_SESSION:
		on_run_request(client, ((const Vmsilo__Broker__Session *)message)->vm, true);
		break;
	case FRAME_STOP_VM:
		on_stop_request(client, (const Vmsilo__Broker__StopVm *)message);
		break;
	default:
		on_list_request(client, (const Vmsilo__Broker__List *)message);
		break;
	}
}

static int on_hello(struct client *client, const Vmsilo__Hello *message)
{
	const struct hello offer = {.version_min = message->version_min,
		.version_max = message->version_max,
		.features = message->features};
	Vmsilo__Reject reject = VMSILO__REJECT__INIT;
	Vmsilo__Hello hello = VMSILO__HELLO__INIT;
	struct error error = {0};
	struct hello answer;

	if (hello_negotiate(&offer, "client", &answer, &error) < 0) {
		reject.reason = VMSILO__REJECT__REASON__VERSION;
		reject.text = error.text;
		channel_send(client->channel, FRAME_REJECT, 0, &reject.base);
		client_finish(client);
		return 0;
	}
	client->phase = CLIENT_GREETED;
	hello.version_min = answer.version_min;
	hello.version_max = answer.version_max;
	hello.features = answer.features;
	hello.software = "vmsilo-broker " VMSILO_VERSION;
	return channel_send(client->channel, FRAME_HELLO, 0, &hello.base);
}

static bool is_request(uint16_t type)
{
	return type == FRAME_START || type == FRAME_STOP_VM || type == FRAME_SESSION ||
	       type == FRAME_LIST;
}

static int on_frame(void *data, const struct frame *frame)
{
	struct client *client = data;
	bool hello = frame->type == FRAME_HELLO && client->phase == CLIENT_NEW;
	int code = 0;

	if (!hello && !(client->phase == CLIENT_GREETED && is_request(frame->type)))
		return UV_EPROTO;
	ProtobufCMessage *message = message_unpack(frame);
	if (!message)
		return UV_EPROTO;
	if (hello)
		code = on_hello(client, (const Vmsilo__Hello *)message);
	else
		on_request(client, frame->type, message);
	message_free(message);
	return code;
}

static void on_close(void *data, int reason)
{
	struct client *client = data;

	if (reason == UV_EPROTO || reason == UV_EMSGSIZE)
		log_warning(NULL, "a client broke the protocol; its connection is closed");
	client_drop(client);
}

static const struct channel_ops client_ops = {.on_frame = on_frame, .on_close = on_close};

static void on_timeout(uv_timer_t *timer)
{
	struct client *client = timer->data;

	log_warning(NULL, "a client sent no request in time; its connection is closed");
	client_drop(client);
}

int client_create(struct broker *broker, int fd, struct vm *only,
	void (*on_gone)(void *data, struct client *client), void *data, struct client **ret)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client) {
		close(fd);
		return UV_ENOMEM;
	}
	client->broker = broker;
	client->only = only;
	client->on_gone = on_gone;
	client->data = data;
	client->fd = fd;
	int code = channel_create(broker_loop(broker), fd, &client_ops, client, &client->channel);
	if (code < 0) {
		free(client);
		return code;
	}
	closer_init(&client->closer, client_free, client);
	uv_timer_init(broker_loop(broker), &client->timer);
	client->timer.data = client;
	closer_add(&client->closer);
	uv_timer_start(&client->timer, on_timeout, CLIENT_REQUEST_TIMEOUT_MS, 0);
	*ret = client;
	return 0;
}
