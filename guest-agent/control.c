#include "guest-agent/control.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guest-agent/system/clock.h"
#include "guest-agent/system/inhibitors.h"
#include "proto/base/boot-id.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/base/text.h"
#include "proto/common.pb-c.h"
#include "proto/io/channel.h"
#include "proto/io/dial.h"
#include "proto/wire/hello.h"
#include "proto/wire/message.h"

#define ACTIVITY_WITHIN_MS 20 /* a short program begins and ends in one packet */

enum phase { PHASE_WAITING, PHASE_DIALLING, PHASE_GREETING, PHASE_CONNECTED };

struct control {
	uv_loop_t *loop;
	const struct endpoint *host;
	uint64_t features;
	const struct control_callbacks *callbacks;
	void *data;
	enum phase phase;
	struct dial *dial;
	struct channel *channel;
	uint64_t backoff_ms;
	unsigned int sessions, windowed;
	uv_timer_t timer; /* lives as long as the agent does */
};

static void on_timer(uv_timer_t *timer);

static void retry(struct control *control)
{
	control->phase = PHASE_WAITING;
	uv_timer_start(&control->timer, on_timer, control->backoff_ms, 0);
	control->backoff_ms *= 2;
	if (control->backoff_ms > CONTROL_BACKOFF_MAX_MS)
		control->backoff_ms = CONTROL_BACKOFF_MAX_MS;
}

static void hello_send(struct control *control)
{
	char boot_id[BOOT_ID_SIZE];
	Vmsilo__Hello hello;

	boot_id_get(boot_id);
	hello_offer(&hello, "vmsilo-agent " VMSILO_VERSION, NULL);
	hello.features = control->features;
	hello.boot_id = boot_id;
	channel_send(control->channel, FRAME_HELLO, 0, &hello.base);
}

static int activity_send(struct control *control)
{
	Vmsilo__Control__Activity activity = VMSILO__CONTROL__ACTIVITY__INIT;

	activity.sessions = control->sessions;
	activity.windowed = control->windowed;
	/* The last one's end takes its beginning along. */
	return channel_send_soon(control->channel, control->sessions ? ACTIVITY_WITHIN_MS : 0,
		FRAME_ACTIVITY, 0, &activity.base);
}

static int on_hello(struct control *control, const Vmsilo__Hello *hello)
{
	struct error error = {0};

	if (control->phase != PHASE_GREETING)
		return UV_EPROTO;
	if (hello_accept(hello, "broker", &error) < 0) {
		log_error(NULL, "%s", error.text);
		return UV_EPROTO;
	}
	control->phase = PHASE_CONNECTED;
	control->backoff_ms = CONTROL_BACKOFF_FIRST_MS;
	log_info(NULL, "connected to %s", hello->software);
	return activity_send(control);
}

static int on_grant(struct control *control, const Vmsilo__Control__Grant *message)
{
	struct grant grant = {.port = message->port ? (uint16_t)message->port : PORT_SESSION,
		.services_only = message->services_only,
		.expires_ms = uv_now(control->loop) + message->ttl_ms};

	if (message->token.len != TOKEN_SIZE || message->port > UINT16_MAX ||
		(message->user[0] && !text_is_user_name(message->user)))
		return UV_EPROTO;
	memcpy(grant.token.bytes, message->token.data, TOKEN_SIZE);
	snprintf(grant.user, sizeof(grant.user), "%s", message->user);
	return control->callbacks->on_grant(control->data, &grant);
}

static int on_shutdown(struct control *control, const Vmsilo__Control__Shutdown *shutdown)
{
	Vmsilo__Control__ShutdownAck ack = VMSILO__CONTROL__SHUTDOWN_ACK__INIT;
	int code = channel_send(control->channel, FRAME_SHUTDOWN_ACK, 0, &ack.base);

	control->callbacks->on_shutdown(control->data, shutdown->grace_ms);
	return code;
}

static int on_clock(struct control *control, const Vmsilo__Control__Clock *message)
{
	Vmsilo__Control__Clock answer = VMSILO__CONTROL__CLOCK__INIT;
	struct timespec now;

	if (message->wall_ns > INT64_MAX || message->entropy.len > CLOCK_ENTROPY_MAX)
		return UV_EPROTO;
	answer.stepped_ms = control->callbacks->on_clock(control->data, message);
	clock_gettime(CLOCK_REALTIME, &now);
	answer.wall_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	return channel_send(control->channel, FRAME_CLOCK, 0, &answer.base);
}

static int on_report_wanted(struct control *control, const Vmsilo__Control__ReportWanted *message)
{
	control->callbacks->on_report_wanted(control->data, message->pressure);
	return 0;
}

/* The broker is about to stop this VM, since nothing seems to use it. */
static int on_idle(struct control *control)
{
	Vmsilo__Control__Idle idle = VMSILO__CONTROL__IDLE__INIT;

	idle.inhibitors = inhibitors_count(INHIBITORS_FOLDER);
	idle.programs = control->callbacks->left_programs(control->data);
	return channel_send(control->channel, FRAME_IDLE, 0, &idle.base);
}

static int on_message(struct control *control, uint16_t type, const ProtobufCMessage *message)
{
	if (type == FRAME_HELLO)
		return on_hello(control, (const Vmsilo__Hello *)message);
	if (type == FRAME_REJECT && control->phase == PHASE_GREETING) {
		log_error(NULL, "the broker rejected this agent: %s",
			((const Vmsilo__Reject *)message)->text);
		return UV_ECONNREFUSED;
	}
	if (control->phase != PHASE_CONNECTED)
		return UV_EPROTO;
	if (type == FRAME_GRANT)
		return on_grant(control, (const Vmsilo__Control__Grant *)message);
	if (type == FRAME_SHUTDOWN)
		return on_shutdown(control, (const Vmsilo__Control__Shutdown *)message);
	if (type == FRAME_REPORT_WANTED)
		return on_report_wanted(control, (const Vmsilo__Control__ReportWanted *)message);
	if (type == FRAME_CLOCK)
		return on_clock(control, (const Vmsilo__Control__Clock *)message);
	if (type == FRAME_IDLE)
		return on_idle(control);
	return control->callbacks->on_message(control->data, type, message);
}

static int on_frame(void *data, const struct frame *frame)
{
	ProtobufCMessage *message = message_unpack(frame);

	if (!message)
		return UV_EPROTO;
	int code = on_message(data, frame->type, message);
	message_free(message);
	return code;
}

static void on_close(void *data, int reason)
{
	struct control *control = data;

	if (control->phase == PHASE_CONNECTED)
		log_info(NULL, "the connection to the broker ended: %s",
			reason == 0 ? "end of file" : uv_strerror(reason));
	channel_destroy(control->channel);
	control->channel = NULL;
	control->callbacks->on_lost(control->data);
	retry(control);
}

static const struct channel_ops channel_ops = {.on_frame = on_frame, .on_close = on_close};

static void on_dial(void *data, int fd)
{
	struct control *control = data;

	control->dial = NULL;
	if (fd < 0 ||
		channel_create(control->loop, fd, &channel_ops, control, &control->channel) < 0) {
		retry(control);
		return;
	}
	control->phase = PHASE_GREETING;
	hello_send(control);
}

static void dial(struct control *control)
{
	control->phase = PHASE_DIALLING;
	if (dial_start(control->loop, control->host, PORT_CONTROL, DIAL_HOST,
		    CONTROL_DIAL_TIMEOUT_MS, on_dial, control, &control->dial) < 0)
		retry(control);
}

static void on_timer(uv_timer_t *timer)
{
	dial(timer->data);
}

int control_create(uv_loop_t *loop, const struct endpoint *host, uint64_t features,
	const struct control_callbacks *callbacks, void *data, struct control **ret)
{
	struct control *control = calloc(1, sizeof(*control));

	if (!control)
		return UV_ENOMEM;
	*control = (struct control){.loop = loop,
		.host = host,
		.features = features,
		.callbacks = callbacks,
		.data = data,
		.backoff_ms = CONTROL_BACKOFF_FIRST_MS};
	uv_timer_init(loop, &control->timer);
	control->timer.data = control;
	dial(control);
	*ret = control;
	return 0;
}

void control_activity(struct control *control, unsigned int sessions, unsigned int windowed)
{
	if (control->sessions == sessions && control->windowed == windowed)
		return;
	control->sessions = sessions;
	control->windowed = windowed;
	if (control->phase == PHASE_CONNECTED)
		activity_send(control);
}

void control_report(struct control *control, const Vmsilo__Control__Report *report)
{
	if (control->phase == PHASE_CONNECTED)
		channel_send(control->channel, FRAME_REPORT, 0, &report->base);
}

int control_tell(struct control *control, uint16_t type, const ProtobufCMessage *message)
{
	if (control->phase != PHASE_CONNECTED)
		return UV_ENOTCONN;
	return channel_send(control->channel, type, 0, message);
}
