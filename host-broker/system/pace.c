#include "host-broker/system/pace.h"

#include "proto/base/log.h"

#define LOOK_MS 1000

void pace_init(struct pace *pace, uv_loop_t *loop, const struct pace_options *options,
	struct closer *closer)
{
	*pace = (struct pace){.options = *options, .closer = closer};
	allowance_init(&pace->allowance, options->limits, uv_now(loop));
	uv_timer_init(loop, &pace->timer);
	pace->timer.data = pace;
	closer_add(closer);
}

void pace_close(struct pace *pace)
{
	closer_close(pace->closer, (uv_handle_t *)&pace->timer);
}

static void on_timer(uv_timer_t *timer)
{
	struct pace *pace = timer->data;
	uint64_t left_out;

	if (allowance_calms(&pace->allowance, uv_now(timer->loop), &left_out))
		log_guest_info(pace->options.vm, "%s: back to normal speed", pace->options.what);
	else
		uv_timer_start(timer, on_timer, LOOK_MS, 0);
	if (!pace->holds)
		return;
	pace->holds = false;
	pace->options.on_hold(pace->options.data, false);
}

void pace_spend(struct pace *pace, uint32_t events, uint32_t bytes)
{
	bool begins;
	uint64_t wait_ms =
		allowance_owe(&pace->allowance, events, bytes, uv_now(pace->timer.loop), &begins);

	if (begins)
		log_guest_warning(pace->options.vm, "%s: too much data, reading it more slowly",
			pace->options.what);
	if (wait_ms == 0)
		return;
	uv_timer_start(&pace->timer, on_timer, wait_ms, 0);
	if (!pace->holds) {
		pace->holds = true;
		pace->options.on_hold(pace->options.data, true);
	}
}

bool pace_holds(const struct pace *pace)
{
	return pace->holds;
}
