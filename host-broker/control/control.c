#include "host-broker/control/control.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/system/pace.h"
#include "proto/base/log.h"
#include "proto/base/rate.h"
#include "proto/base/text.h"
#include "proto/common.pb-c.h"
#include "proto/control.pb-c.h"
#include "proto/io/channel.h"
#include "proto/io/closer.h"
#include "proto/io/listen.h"
#include "proto/wire/hello.h"
#include "proto/wire/message.h"

#define FINISH_TIMEOUT_MS 1000
#define SOFTWARE_SIZE 65

/* A connection from the guest. Lives until its stream and its timer are closed. */
struct peer {
	struct control *control;
	struct channel *channel;
	int fd;            /* the channel's own */
	uint64_t number;   /* in the order of coming */
	uint64_t features; /* of both sides, once it said hello */
	struct closer closer;
	uv_timer_t hello_timer;
};

struct control {
	uv_loop_t *loop;
	const char *name;
	const struct control_callbacks *callbacks;
	void *data;
	struct listener *listener; /* NULL: its agent comes by the gate */
	struct vsock_gate *gate;
	struct vsock_gate_entry entry;
	struct peer *peers[CONTROL_PEERS_MAX];
	struct peer *agent; /* the one that said hello */
	uint64_t arrived;   /* peers so far */
	struct pace arrivals;
	struct pace messages;
	struct rate activity;
	unsigned int sessions, windowed; /* told when activity_timer ends */
	uv_timer_t activity_timer;
	struct closer closer;
};

static const struct allowance_limits arrivals_limits = {
	.per_second = CONTROL_ARRIVALS_RATE,
	.burst = CONTROL_ARRIVALS_BURST,
	.bytes_per_second = 1, /* none are counted */
	.bytes_burst = 1,
};

static const struct allowance_limits messages_limits = {
	.per_second = CONTROL_MESSAGES_RATE,
	.burst = CONTROL_MESSAGES_BURST,
	.bytes_per_second = CONTROL_BYTES_RATE,
	.bytes_burst = CONTROL_BYTES_BURST,
};

static void peer_free(void *data)
{
	free(data);
}

/* Takes the peer off the table. The channel must be gone, or be handed to channel_finish(). */
static void peer_remove(struct peer *peer)
{
	struct control *control = peer->control;

	for (size_t i = 0; i < CONTROL_PEERS_MAX; i++)
		if (control->peers[i] == peer)
			control->peers[i] = NULL;
	if (control->agent == peer) {
		control->agent = NULL;
		uv_timer_stop(&control->activity_timer);
	}
	closer_close(&peer->closer, (uv_handle_t *)&peer->hello_timer);
	closer_finish(&peer->closer);
}

static void peer_destroy(struct peer *peer)
{
	channel_destroy(peer->channel);
	peer_remove(peer);
}

static void on_peer_close(void *data, int reason)
{
	struct peer *peer = data;
	struct control *control = peer->control;
	bool agent = control->agent == peer;

	if (reason == UV_EPROTO || reason == UV_EMSGSIZE)
		log_guest_warning(
			control->name, "the agent broke the protocol: closed its connection");
	peer_destroy(peer);
	if (agent)
		control->callbacks->on_lost(control->data, reason);
}

static void on_hello_timeout(uv_timer_t *timer)
{
	struct peer *peer = timer->data;

	log_guest_warning(peer->control->name,
		"closed a connection to the control port that sent no hello in time");
	peer_destroy(peer);
}

/* Answers REJECT and lets the channel flush it. */
static int peer_reject(struct peer *peer, Vmsilo__Reject__Reason reason, const char *text)
{
	channel_reject(peer->channel, reason, text, FINISH_TIMEOUT_MS);
	peer_remove(peer);
	return 0;
}

static int peer_accept(
	struct peer *peer, const Vmsilo__Hello *answer, const char *untrusted_software)
{
	struct control *control = peer->control;
	char software[SOFTWARE_SIZE];

	int code = channel_send(peer->channel, FRAME_HELLO, 0, &answer->base);
	if (code < 0)
		return code;

	uv_timer_stop(&peer->hello_timer);
	control->agent = peer;
	peer->features = answer->features;
	if (pace_holds(&control->messages))
		channel_pause(peer->channel);
	text_escape(software, sizeof(software), untrusted_software, strlen(untrusted_software));
	control->callbacks->on_connected(control->data, software);
	return 0;
}

/* One that has to wait with what it said may be gone for long when that is read. */
static bool peer_hung_up(const struct peer *peer)
{
	struct pollfd poll_fd = {.fd = peer->fd, .events = POLLRDHUP};

	return poll(&poll_fd, 1, 0) > 0;
}

static int on_hello(struct peer *peer, const Vmsilo__Hello *untrusted_hello)
{
	struct control *control = peer->control;
	struct error error = {0};
	Vmsilo__Hello answer;

	if (control->agent == peer)
		return UV_EPROTO;
	if (control->agent && peer_hung_up(control->agent))
		on_peer_close(control->agent, UV_ECONNRESET);
	if (control->agent)
		return peer_reject(
			peer, VMSILO__REJECT__REASON__LIMIT, "another agent is already connected");
	if (hello_answer(untrusted_hello, "agent", "vmsilo-broker " VMSILO_VERSION, &answer,
		    &error) < 0) {
		peer_reject(peer, VMSILO__REJECT__REASON__VERSION, error.text);
		control->callbacks->on_rejected(control->data, error.text);
		return 0;
	}
	return peer_accept(peer, &answer, untrusted_hello->software);
}

static void on_activity_timer(uv_timer_t *timer)
{
	struct control *control = timer->data;

	rate_take(&control->activity, 1, uv_now(control->loop));
	control->callbacks->on_activity(control->data, control->sessions, control->windowed);
}

static int on_activity(struct control *control, const Vmsilo__Control__Activity *untrusted_activity)
{
	uint64_t now_ms = uv_now(control->loop);

	if (untrusted_activity->sessions > SESSIONS_MAX ||
		untrusted_activity->windowed > untrusted_activity->sessions)
		return UV_EPROTO;
	control->sessions = untrusted_activity->sessions;
	control->windowed = untrusted_activity->windowed;
	if (uv_is_active((uv_handle_t *)&control->activity_timer))
		return 0;
	if (rate_take(&control->activity, 1, now_ms))
		control->callbacks->on_activity(
			control->data, control->sessions, control->windowed);
	else
		uv_timer_start(&control->activity_timer, on_activity_timer,
			rate_wait_ms(&control->activity, 1, now_ms), 0);
	return 0;
}

static int on_agent_message(
	struct control *control, uint16_t type, const ProtobufCMessage *untrusted_message)
{
	switch (type) {
	case FRAME_ACTIVITY:
		return on_activity(control, (const Vmsilo__Control__Activity *)untrusted_message);
	case FRAME_SHUTDOWN_ACK:
		return 0;
	default:
		return control->callbacks->on_message(control->data, type, untrusted_message);
	}
}

/* Paid before it is acted on, since the peer may be gone after. */
static void frame_pay(const struct peer *peer, const struct frame *frame)
{
	struct control *control = peer->control;

	if (control->agent == peer)
		pace_spend(&control->messages, 1, FRAME_HEADER_SIZE + frame->length);
	else
		pace_spend(&control->arrivals, CONTROL_HELLO_COST, 0);
}

static int on_peer_frame(void *data, const struct frame *frame)
{
	struct peer *peer = data;
	bool greets = frame->type == FRAME_HELLO;

	frame_pay(peer, frame);
	if (!greets && (peer->control->agent != peer || frame->type > FRAME_CONTROL_LAST))
		return UV_EPROTO;
	ProtobufCMessage *message = message_unpack(frame);
	if (!message)
		return UV_EPROTO;
	int code = greets ? on_hello(peer, (const Vmsilo__Hello *)message)
			  : on_agent_message(peer->control, frame->type, message);
	message_free(message);
	return code;
}

static const struct channel_ops peer_ops = {
	.on_frame = on_peer_frame,
	.on_close = on_peer_close,
};

/* Of those who have not said hello the one that came first. */
static struct peer *peer_oldest(const struct control *control)
{
	struct peer *oldest = NULL;

	for (size_t i = 0; i < CONTROL_PEERS_MAX; i++) {
		struct peer *peer = control->peers[i];
		if (peer && peer != control->agent && (!oldest || peer->number < oldest->number))
			oldest = peer;
	}
	return oldest;
}

static struct peer **peer_slot(struct control *control)
{
	for (int tries = 0; tries < 2; tries++) {
		for (size_t i = 0; i < CONTROL_PEERS_MAX; i++)
			if (!control->peers[i])
				return &control->peers[i];
		peer_destroy(peer_oldest(control));
	}
	return NULL;
}

static void on_accept(void *data, int fd, uint16_t port, uint32_t peer_cid)
{
	struct control *control = data;
	/* Only the gate, which is others' as well, brings somebody meanwhile. */
	struct peer *peer = pace_holds(&control->arrivals) ? NULL : calloc(1, sizeof(*peer));
	struct peer **slot = peer ? peer_slot(control) : NULL;

	(void)port;
	(void)peer_cid;
	if (!slot) {
		free(peer);
		close(fd);
		return;
	}
	pace_spend(&control->arrivals, 1, 0);
	peer->control = control;
	peer->fd = fd;
	peer->number = ++control->arrived;
	closer_init(&peer->closer, peer_free, peer);
	if (channel_create(control->loop, fd, &peer_ops, peer, &peer->channel) < 0) {
		free(peer);
		return;
	}
	uv_timer_init(control->loop, &peer->hello_timer);
	peer->hello_timer.data = peer;
	closer_add(&peer->closer);
	uv_timer_start(&peer->hello_timer, on_hello_timeout, CONTROL_HELLO_TIMEOUT_MS, 0);
	*slot = peer;
}

static int control_listen(struct control *control, const struct endpoint *endpoint)
{
	static const uint16_t port = PORT_CONTROL;

	if (endpoint->kind == ENDPOINT_UNIX)
		return listen_create(control->loop, endpoint, &port, 1, LISTEN_HOST, on_accept,
			control, &control->listener);
	control->entry = (struct vsock_gate_entry){
		.cid = endpoint->cid, .on_accept = on_accept, .data = control};
	return vsock_gate_add(control->gate, &control->entry);
}

static void on_arrivals_hold(void *data, bool hold)
{
	struct control *control = data;

	if (control->listener)
		(hold ? listen_pause : listen_resume)(control->listener);
}

static void on_messages_hold(void *data, bool hold)
{
	struct control *control = data;

	if (control->agent)
		(hold ? channel_pause : channel_resume)(control->agent->channel);
}

static void paces_init(struct control *control)
{
	closer_init(&control->closer, free, control);
	pace_init(&control->arrivals, control->loop,
		&(const struct pace_options){.limits = &arrivals_limits,
			.on_hold = on_arrivals_hold,
			.data = control,
			.vm = control->name,
			.what = "the guest's connections to the control port"},
		&control->closer);
	pace_init(&control->messages, control->loop,
		&(const struct pace_options){.limits = &messages_limits,
			.on_hold = on_messages_hold,
			.data = control,
			.vm = control->name,
			.what = "its agent"},
		&control->closer);
	rate_init(&control->activity, CONTROL_ACTIVITY_RATE, CONTROL_ACTIVITY_BURST,
		uv_now(control->loop));
	uv_timer_init(control->loop, &control->activity_timer);
	control->activity_timer.data = control;
	closer_add(&control->closer);
}

static void control_close(struct control *control)
{
	pace_close(&control->arrivals);
	pace_close(&control->messages);
	closer_close(&control->closer, (uv_handle_t *)&control->activity_timer);
	closer_finish(&control->closer);
}

int control_create(uv_loop_t *loop, const char *name, const struct endpoint *endpoint,
	struct vsock_gate *gate, const struct control_callbacks *callbacks, void *data,
	struct control **ret)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control)
		return UV_ENOMEM;
	*control = (struct control){
		.loop = loop, .name = name, .callbacks = callbacks, .data = data, .gate = gate};
	paces_init(control);
	int code = control_listen(control, endpoint);
	if (code < 0) {
		control_close(control);
		return code;
	}
	*ret = control;
	return 0;
}

void control_destroy(struct control *control)
{
	for (size_t i = 0; i < CONTROL_PEERS_MAX; i++)
		if (control->peers[i])
			peer_destroy(control->peers[i]);
	if (control->listener)
		listen_destroy(control->listener);
	else
		vsock_gate_remove(control->gate, &control->entry);
	control_close(control);
}

void control_drop(struct control *control)
{
	if (control->agent)
		on_peer_close(control->agent, UV_ETIMEDOUT);
}

bool control_connected(const struct control *control)
{
	return control->agent;
}

bool control_agent_has(const struct control *control, uint64_t feature)
{
	return control->agent && control->agent->features & feature;
}

int control_tell(struct control *control, uint16_t type, const ProtobufCMessage *message)
{
	return control->agent ? channel_send(control->agent->channel, type, 0, message)
			      : UV_ENOTCONN;
}

int control_grant(struct control *control, const struct control_grant *grant)
{
	Vmsilo__Control__Grant message = VMSILO__CONTROL__GRANT__INIT;

	message.token.data = (uint8_t *)grant->token->bytes;
	message.token.len = TOKEN_SIZE;
	message.ttl_ms = GRANT_TTL_MS;
	message.user = (char *)grant->user;
	message.port = grant->port;
	message.services_only = grant->services_only;
	return control_tell(control, FRAME_GRANT, &message.base);
}

int control_shutdown(struct control *control, uint32_t grace_ms)
{
	Vmsilo__Control__Shutdown shutdown = VMSILO__CONTROL__SHUTDOWN__INIT;

	shutdown.grace_ms = grace_ms;
	return control_tell(control, FRAME_SHUTDOWN, &shutdown.base);
}
