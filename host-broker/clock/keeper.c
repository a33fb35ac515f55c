#include "host-broker/clock/keeper.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "host-broker/clock/change.h"
#include "host-broker/vm/vm.h"
#include "proto/base/log.h"
#include "proto/control.pb-c.h"
#include "proto/io/closer.h"
#include "proto/wire/frame.h"

/* What is known of one VM: its slot. */
struct agent {
	bool connected;          /* the rest counts */
	TAILQ_ENTRY(agent) link; /* in clock_keeper.agents */
	struct vm *vm;
	bool due;         /* is to be told */
	bool asked;       /* an answer is awaited, */
	bool rests;       /* and by no time, since the VM is paused */
	uint64_t told_ms; /* when it was last */
	uint64_t answer_by_ms;
};

TAILQ_HEAD(agents, agent);

struct clock_keeper {
	struct vm_environment *environment;
	struct vm_watcher watcher;
	struct agents agents; /* connected */
	int fd;
	struct closer closer;
	uv_poll_t poll;
	uv_timer_t timer; /* for what is due, and for answers */
};

static void on_timer(uv_timer_t *timer);

static uint64_t now_ms(const struct clock_keeper *keeper)
{
	return uv_now(keeper->environment->loop);
}

static struct agent *agent_of(const struct clock_keeper *keeper, const struct vm *vm)
{
	return vm_slot(vm, &keeper->watcher);
}

/* The timer follows what is due and awaited. */
static void timer_update(struct clock_keeper *keeper)
{
	uint64_t next_ms = UINT64_MAX;
	struct agent *agent;

	TAILQ_FOREACH (agent, &keeper->agents, link) {
		if (agent->rests)
			continue;
		/* An agent that has not answered yet is not sent the time again. */
		if (agent->asked && agent->answer_by_ms < next_ms)
			next_ms = agent->answer_by_ms;
		else if (agent->due && !agent->asked)
			next_ms = 0;
	}
	if (next_ms == UINT64_MAX)
		uv_timer_stop(&keeper->timer);
	else
		uv_timer_start(&keeper->timer, on_timer,
			next_ms > now_ms(keeper) ? next_ms - now_ms(keeper) : 0, 0);
}

static void agent_tell(struct clock_keeper *keeper, struct agent *agent)
{
	Vmsilo__Control__Clock clock = VMSILO__CONTROL__CLOCK__INIT;
	uint8_t entropy[CLOCK_ENTROPY];
	struct timespec now;

	agent->due = false;
	clock.entropy.data = entropy;
	clock.entropy.len =
		getrandom(entropy, sizeof(entropy), 0) == CLOCK_ENTROPY ? CLOCK_ENTROPY : 0;
	clock_gettime(CLOCK_REALTIME, &now);
	clock.wall_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	if (vm_tell(agent->vm, FRAME_CLOCK, &clock.base) == 0) {
		agent->told_ms = now_ms(keeper);
		agent->asked = true;
		agent->answer_by_ms = now_ms(keeper) + CLOCK_ANSWER_MS;
	}
	explicit_bzero(entropy, sizeof(entropy));
}

/* One whose time is up; NULL when there is none. */
static struct agent *agent_dead(const struct clock_keeper *keeper)
{
	struct agent *agent;

	TAILQ_FOREACH (agent, &keeper->agents, link)
		if (agent->asked && !agent->rests && agent->answer_by_ms <= now_ms(keeper))
			return agent;
	return NULL;
}

static void on_timer(uv_timer_t *timer)
{
	struct clock_keeper *keeper = timer->data;
	struct agent *agent;

	/* on_change() takes it off the list. */
	while ((agent = agent_dead(keeper)))
		vm_agent_lost(agent->vm, "the agent does not answer: closed its connection");
	TAILQ_FOREACH (agent, &keeper->agents, link)
		if (agent->due && !agent->asked && !agent->rests)
			agent_tell(keeper, agent);
	timer_update(keeper);
}

static void on_jump(uv_poll_t *poll, int status, int events)
{
	struct clock_keeper *keeper = poll->data;
	struct agent *agent;

	(void)events;
	if (status < 0) {
		uv_poll_stop(poll);
		return;
	}
	if (!clock_change_take(keeper->fd))
		return;
	log_info(NULL, "the host's clock jumped: informing the guests");
	TAILQ_FOREACH (agent, &keeper->agents, link)
		agent->due = true;
	timer_update(keeper);
}

static int on_message(
	void *data, struct vm *vm, uint16_t type, const ProtobufCMessage *untrusted_message)
{
	struct clock_keeper *keeper = data;
	struct agent *agent = agent_of(keeper, vm);
	int64_t untrusted_ms = ((const Vmsilo__Control__Clock *)untrusted_message)->stepped_ms;

	(void)type;
	if (!agent->connected || !agent->asked)
		return UV_EPROTO;
	agent->asked = false;
	timer_update(keeper);
	if (untrusted_ms)
		log_guest_info(vm_configuration(vm)->name,
			"its clock was stepped by %" PRId64 " ms", untrusted_ms);
	/* What was said before a pause is not the time after it. */
	if (!agent->due)
		vm_settled(vm);
	return 0;
}

static void agent_add(struct clock_keeper *keeper, struct vm *vm)
{
	struct agent *agent = agent_of(keeper, vm);

	if (agent->connected)
		return;
	*agent = (struct agent){.connected = true, .vm = vm, .due = true};
	TAILQ_INSERT_TAIL(&keeper->agents, agent, link);
}

static void agent_remove(struct clock_keeper *keeper, struct vm *vm)
{
	struct agent *agent = agent_of(keeper, vm);

	if (!agent->connected)
		return;
	TAILQ_REMOVE(&keeper->agents, agent, link);
	agent->connected = false;
}

/* What it owes it has had no time to say. */
static void agent_go_on(const struct clock_keeper *keeper, struct agent *agent)
{
	agent->due = true;
	agent->rests = false;
	agent->answer_by_ms = now_ms(keeper) + CLOCK_ANSWER_MS;
}

static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	struct clock_keeper *keeper = data;

	(void)from;
	if (vm_is_off(vm))
		agent_remove(keeper, vm);
	else if (vm_state(vm) == VM_STATE_PAUSED)
		agent_of(keeper, vm)->rests = true;
	timer_update(keeper);
}

static void on_end(void *data, struct vm *vm)
{
	agent_remove(data, vm);
}

static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	struct clock_keeper *keeper = data;
	struct agent *agent = agent_of(keeper, vm);

	switch (change) {
	case VM_CHANGE_AGENT:
		agent_add(keeper, vm);
		break;
	case VM_CHANGE_AGENT_LOST:
		agent_remove(keeper, vm);
		break;
	case VM_CHANGE_RESUMED:
		agent_go_on(keeper, agent);
		break;
	case VM_CHANGE_SESSIONS:
		agent->due |= now_ms(keeper) - agent->told_ms > CLOCK_FRESH_MS;
		break;
	default:
		break;
	}
	timer_update(keeper);
}

static void keeper_free(void *data)
{
	struct clock_keeper *keeper = data;

	close(keeper->fd);
	free(keeper);
}

int clock_keeper_create(struct vm_environment *environment, struct clock_keeper **ret)
{
	struct clock_keeper *keeper = calloc(1, sizeof(*keeper));

	if (!keeper)
		return UV_ENOMEM;
	keeper->environment = environment;
	keeper->watcher = (struct vm_watcher){
		.slot_size = sizeof(struct agent),
		.on_end = on_end,
		.on_state = on_state,
		.on_change = on_change,
		.on_message = on_message,
		.first_type = FRAME_CLOCK,
		.last_type = FRAME_CLOCK,
		.data = keeper,
	};
	TAILQ_INIT(&keeper->agents);
	keeper->fd = clock_change_open();
	int code = keeper->fd < 0 ? keeper->fd
				  : uv_poll_init(environment->loop, &keeper->poll, keeper->fd);
	if (code < 0) {
		if (keeper->fd >= 0)
			close(keeper->fd);
		free(keeper);
		return code;
	}
	closer_init(&keeper->closer, keeper_free, keeper);
	closer_add(&keeper->closer);
	keeper->poll.data = keeper;
	uv_poll_start(&keeper->poll, UV_READABLE, on_jump);
	uv_timer_init(environment->loop, &keeper->timer);
	closer_add(&keeper->closer);
	keeper->timer.data = keeper;
	*ret = keeper;
	return vm_watchers_add(environment->watchers, &keeper->watcher);
}

void clock_keeper_destroy(struct clock_keeper *keeper)
{
	closer_close(&keeper->closer, (uv_handle_t *)&keeper->poll);
	closer_close(&keeper->closer, (uv_handle_t *)&keeper->timer);
	closer_finish(&keeper->closer);
}
