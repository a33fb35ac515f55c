#include "host-broker/vm/stop-ladder.h"

#include <stdio.h>

struct stop_times stop_ladder_times(uint32_t total_ms)
{
	return (struct stop_times){
		.grace_ms = total_ms / 4,
		.agent_ms = total_ms / 2,
		.button_ms = total_ms - total_ms / 2,
	};
}

static void on_time(uv_timer_t *timer);

static void step_set(struct stop_ladder *ladder, enum stop_step step, uint32_t timeout_ms,
	const char *before, const char *action, const char *after)
{
	char text[160];

	ladder->step = step;
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

static void on_time(uv_timer_t *timer)
{
	struct stop_ladder *ladder = timer->data;

	if (ladder->step == STOP_AGENT) {
		button_press(ladder, "it did not shut down when asked", ladder->times.button_ms);
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

void stop_ladder_start(struct stop_ladder *ladder, uint32_t total_ms, bool comes)
{
	ladder->times = stop_ladder_times(total_ms);
	if (agent_ask(ladder))
		step_set(ladder, STOP_AGENT, ladder->times.agent_ms, "",
			"asking the agent to shut down", "pressing the power button");
	else if (comes)
		step_set(ladder, STOP_AGENT, ladder->times.agent_ms, "", "waiting for its agent",
			"pressing the power button");
	else
		button_press(ladder, "no agent is connected", total_ms);
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
