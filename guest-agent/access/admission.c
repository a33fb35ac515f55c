#include "guest-agent/access/admission.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/common.pb-c.h"
#include "proto/io/closer.h"
#include "proto/wire/hello.h"
#include "proto/wire/message.h"

#define LAST_LOOK_MS 1 /* 0 would be before it, too */

struct admission {
	struct admissions *admissions;
	TAILQ_ENTRY(admission) link; /* in admissions.list */
	struct channel *channel;
	uint16_t port;
	bool parked; /* said HELLO; its grant has not come */
	bool late;   /* its time was up; what has come until then is looked at */
	struct token token;
	Vmsilo__Hello answer;
	struct closer closer;
	uv_timer_t timer;
};

static void admission_free(void *data)
{
	free(data);
}

/* Everything but the channel. */
static void admission_release(struct admission *admission)
{
	TAILQ_REMOVE(&admission->admissions->list, admission, link);
	admission->admissions->pending--;
	closer_close(&admission->closer, (uv_handle_t *)&admission->timer);
	closer_finish(&admission->closer);
}

static void admission_drop(struct admission *admission)
{
	channel_destroy(admission->channel);
	admission_release(admission);
}

static void reject(struct admission *admission, Vmsilo__Reject__Reason reason, const char *text)
{
	channel_reject(admission->channel, reason, text, ADMISSION_REJECT_FLUSH_MS);
	admission_release(admission);
}

static void admit(struct admission *admission, const struct grant *grant)
{
	struct admissions *admissions = admission->admissions;
	struct channel *channel = admission->channel;

	channel_send(channel, FRAME_HELLO, 0, &admission->answer.base);
	admission_release(admission);
	admissions->on_admitted(admissions->data, channel, grant);
}

/* Grants do not grow older while sessions are held. */
static uint64_t grants_now(const struct admissions *admissions)
{
	return admissions->held ? 0 : uv_now(admissions->loop);
}

static bool grant_take(struct admission *admission, struct grant *ret)
{
	struct admissions *admissions = admission->admissions;

	if (admissions->held && admission->port == PORT_SESSION)
		return false;
	return grants_take(&admissions->grants, &admission->token, admission->port,
		grants_now(admissions), ret);
}

static int on_hello(struct admission *admission, const Vmsilo__Hello *untrusted_hello)
{
	struct error error = {0};
	struct grant grant;

	if (untrusted_hello->token.len != TOKEN_SIZE)
		return UV_EPROTO;
	memcpy(admission->token.bytes, untrusted_hello->token.data, TOKEN_SIZE);
	if (hello_answer(untrusted_hello, "client", "vmsilo-agent " VMSILO_VERSION,
		    &admission->answer, &error) < 0) {
		reject(admission, VMSILO__REJECT__REASON__VERSION, error.text);
	} else if (admission->admissions->draining) {
		reject(admission, VMSILO__REJECT__REASON__DRAINING, "the guest is shutting down");
	} else if (grant_take(admission, &grant)) {
		admit(admission, &grant);
	} else {
		/* It may still be on its way, on another stream. */
		admission->parked = true;
		channel_pause(admission->channel);
	}
	return 0;
}

static int on_frame(void *data, const struct frame *frame)
{
	if (frame->type != FRAME_HELLO)
		return UV_EPROTO;
	ProtobufCMessage *message = message_unpack(frame);
	if (!message)
		return UV_EPROTO;
	int code = on_hello(data, (const Vmsilo__Hello *)message);
	message_free(message);
	return code;
}

static void on_close(void *data, int reason)
{
	if (reason == UV_EPROTO || reason == UV_EMSGSIZE)
		log_warning(NULL, "closed a stream that did not begin as the protocol requires");
	admission_drop(data);
}

static const struct channel_ops channel_ops = {.on_frame = on_frame, .on_close = on_close};

/* Timers come before what has come: an agent that was busy with others for so long, or that had no
 * processor, has not read it yet. */
static void on_timeout(uv_timer_t *timer)
{
	struct admission *admission = timer->data;

	if (!admission->late) {
		admission->late = true;
		uv_timer_start(timer, on_timeout, LAST_LOOK_MS, 0);
	} else if (admission->parked && admission->admissions->held &&
		   admission->port == PORT_SESSION) {
		admission->late = false;
		uv_timer_start(timer, on_timeout, ADMISSION_TIMEOUT_MS, 0);
	} else if (admission->parked) {
		reject(admission, VMSILO__REJECT__REASON__TOKEN,
			"the stream's token is unknown, already used, or expired");
	} else {
		admission_drop(admission);
	}
}

void admissions_init(struct admissions *admissions, uv_loop_t *loop,
	void (*on_admitted)(void *data, struct channel *channel, const struct grant *grant),
	void *data)
{
	*admissions = (struct admissions){.loop = loop, .on_admitted = on_admitted, .data = data};
	grants_init(&admissions->grants);
	TAILQ_INIT(&admissions->list);
}

void admissions_accept(struct admissions *admissions, int fd, uint16_t port)
{
	bool full = admissions->pending >= SESSIONS_PENDING_MAX;
	struct admission *admission = full ? NULL : calloc(1, sizeof(*admission));

	if (!admission) {
		close(fd);
		return;
	}
	admission->admissions = admissions;
	admission->port = port;
	if (channel_create(admissions->loop, fd, &channel_ops, admission, &admission->channel) <
		0) {
		free(admission);
		return;
	}
	closer_init(&admission->closer, admission_free, admission);
	uv_timer_init(admissions->loop, &admission->timer);
	admission->timer.data = admission;
	closer_add(&admission->closer);
	uv_timer_start(&admission->timer, on_timeout, ADMISSION_TIMEOUT_MS, 0);
	TAILQ_INSERT_TAIL(&admissions->list, admission, link);
	admissions->pending++;
}

static void parked_admit(struct admissions *admissions)
{
	struct admission *admission, *next;
	struct grant taken;

	for (admission = TAILQ_FIRST(&admissions->list); admission; admission = next) {
		next = TAILQ_NEXT(admission, link);
		if (admission->parked && grant_take(admission, &taken))
			admit(admission, &taken);
	}
}

int admissions_grant(struct admissions *admissions, const struct grant *grant)
{
	int code = grants_add(&admissions->grants, grant, grants_now(admissions));

	if (code == 0)
		parked_admit(admissions);
	return code;
}

void admissions_hold(struct admissions *admissions, bool hold)
{
	bool released = admissions->held && !hold;

	admissions->held = hold;
	if (!released)
		return;
	grants_renew(&admissions->grants, uv_now(admissions->loop) + GRANT_TTL_MS);
	parked_admit(admissions);
}
