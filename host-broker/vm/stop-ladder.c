#include "host-broker/vm/stop-ladder.h"

#include <stdio.h>

#include "host-broker/system/cpu-time.h"

struct stop_times stop_ladder_times(uint32_t total_ms)
{
	return (struct stop_times){
		.grace_ms = total_ms / 4,
		.agent_ms = total_ms / 2,
		.button_ms = total_ms - total_ms / 2,
	};
}

bool stop_is_work(uint64_t used_ms, uint64_t within_ms)
{
	return within_ms > 0 && used_ms * 100 >= within_ms * STOP_WORK_PERCENT;
}

static void on_time(uv_timer_t *timer);

/* 0 where nobody can tell. */
static uint64_t monitor_used_ms(const struct stop_ladder *ladder)
{
	uint64_t used_ms;

	return cpu_time_read(run_monitor_pid(ladder->run), &used_ms) < 0 ? 0 : used_ms;
}

static void step_set(struct stop_ladder *ladder, enum stop_step step, uint32_t timeout_ms,
	const char *before, const char *action, const char *after)
{
	char text[160];

	ladder->step = step;
	ladder->looked_ms = uv_now(ladder->timer.loop);
	ladder->used_ms = monitor_used_ms(ladder);
	snprintf(text, sizeof(text), "%s%s%s", before, before[0] ? ": " : "", action);
	if (after[0])
		snprintf(text, sizeof(text), "%s%s%s; in %u.%u s: %s", before,
			before[0] ? ": " : "", action, timeout_ms / 1000, timeout_ms / 100 % 10,
			after);
	ladder->on_note(ladder->data, text);
	if (after[0])
		uv_timer_start(&ladder->timer, on_time, timeout_ms, 0);
}

static void button_press(struct stop_ladder *ladder, const char *before, uint32_t timeout_ms)
{
	if (ladder->run->monitor)
		monitor_power_button(ladder->run->monitor);
	step_set(
		ladder, STOP_BUTTON, timeout_ms, before, "pressing the power button", "killing it");
}

static bool is_at_work(const struct stop_ladder *ladder)
{
	uint64_t used_ms = monitor_used_ms(ladder);

	return !ladder->exact && ladder->extensions > 0 && used_ms > ladder->used_ms &&
	       stop_is_work(
		       used_ms - ladder->used_ms, uv_now(ladder->timer.loop) - ladder->looked_ms);
}

static void on_time(uv_timer_t *timer)
{
	struct stop_ladder *ladder = timer->data;

	if (ladder->step == STOP_AGENT) {
		button_press(ladder, "it did not shut down when asked", ladder->times.button_ms);
		return;
	}
	if (is_at_work(ladder)) {
		ladder->extensions--;
		step_set(ladder, STOP_BUTTON, ladder->times.button_ms,
			"it is still at work on its end", "waiting on", "killing it");
		return;
	}
	step_set(ladder, STOP_KILLED, 0, "it did not shut down in time", "killing it", "");
	run_kill(ladder->run);
}

void stop_ladder_init(struct stop_ladder *ladder, uv_loop_t *loop, struct run *run,
	void (*on_note)(void *data, const char *text), void *data, struct closer *closer)
{
	*ladder = (struct stop_ladder){.run = run, .on_note = on_note, .data = data};
	uv_timer_init(loop, &ladder->timer);
	ladder->timer.data = ladder;
	closer_add(closer);
}

static bool agent_ask(struct stop_ladder *ladder)
{
	ladder->asked = ladder->run->control &&
			control_shutdown(ladder->run->control, ladder->times.grace_ms) == 0;
	return ladder->asked;
}

void stop_ladder_start(struct stop_ladder *ladder, const struct stop_how *how)
{
	ladder->times = stop_ladder_times(how->total_ms);
	ladder->exact = how->exact;
	ladder->extensions = STOP_EXTENSIONS_MAX;
	if (agent_ask(ladder))
		step_set(ladder, STOP_AGENT, ladder->times.agent_ms, "",
			"asking the agent to shut down", "pressing the power button");
	else if (how->comes)
		step_set(ladder, STOP_AGENT, ladder->times.agent_ms, "", "waiting for its agent",
			"pressing the power button");
	else
		button_press(ladder, "no agent is connected", how->total_ms);
}

void stop_ladder_on_agent(struct stop_ladder *ladder)
{
	if ((ladder->step == STOP_AGENT || ladder->step == STOP_BUTTON) && !ladder->asked &&
		agent_ask(ladder))
		ladder->on_note(ladder->data, "its agent has come: asking it to shut down");
}

void stop_ladder_end(struct stop_ladder *ladder)
{
	ladder->step = STOP_IDLE;
	ladder->asked = false;
	uv_timer_stop(&ladder->timer);
}
