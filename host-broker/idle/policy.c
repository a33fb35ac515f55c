#include "host-broker/idle/policy.h"

#include "proto/limits.h"

static uint64_t later(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void count_from(struct idle_policy *policy, uint64_t now, enum reason_code activity)
{
	policy->since = now;
	policy->measuring = false;
	policy->activity = activity;
}

void idle_policy_touch(struct idle_policy *policy, uint64_t now)
{
	count_from(policy, now, REASON_NONE);
	idle_policy_keep(policy, now + GRANT_TTL_MS);
}

void idle_policy_keep(struct idle_policy *policy, uint64_t until)
{
	policy->kept_until = later(policy->kept_until, until);
	policy->measuring = false;
}

void idle_policy_guest_active(struct idle_policy *policy, uint64_t now, enum reason_code why)
{
	count_from(policy, now, why);
}

static unsigned int reasons_of(const struct idle_config *config, const struct idle_facts *facts)
{
	unsigned int reasons = facts->holds;

	if (!config->tray)
		reasons &= ~REASON_BIT(REASON_TRAY);
	if (facts->sessions > 0)
		reasons |= REASON_BIT(REASON_SESSIONS);
	if (!facts->agent)
		reasons |= REASON_BIT(REASON_NO_AGENT);
	return reasons;
}

static void not_counting(struct idle_policy *policy, struct idle_verdict *ret)
{
	if (policy->announced)
		ret->actions |= IDLE_WITHDRAW;
	policy->counting = policy->announced = policy->measuring = false;
}

/* When it stops, if nothing comes between. A measurement that began late is not cut short. */
static uint64_t stop_time(
	const struct idle_policy *policy, const struct idle_config *config, uint64_t window)
{
	uint64_t due = later(policy->since + config->after_ms, policy->kept_until);

	return policy->measuring ? later(due, policy->measured_from + window) : due;
}

static void count(struct idle_policy *policy, const struct idle_config *config,
	const struct idle_facts *facts, uint64_t now, struct idle_verdict *ret)
{
	uint64_t window = earlier(config->after_ms / 2, IDLE_MEASURE_MS);
	uint64_t notice = earlier(config->notify_ms, config->after_ms / 2);
	uint64_t stop_at = stop_time(policy, config, window);

	if (policy->measuring && now >= stop_at) {
		if (config->cpu_percent == 0 || facts->cpu_percent < config->cpu_percent) {
			ret->actions |= IDLE_STOP;
			ret->stop_at = stop_at;
			ret->wake_at = now;
			return;
		}
		count_from(policy, now, REASON_CPU);
		stop_at = stop_time(policy, config, window);
	}
	if (!policy->measuring && now + window >= stop_at) {
		policy->measuring = true;
		policy->measured_from = now;
		ret->actions |= IDLE_MEASURE;
		stop_at = stop_time(policy, config, window);
	}
	bool near = notice > 0 && now + notice >= stop_at;
	if (near != policy->announced)
		ret->actions |= near ? IDLE_ANNOUNCE : IDLE_WITHDRAW;
	policy->announced = near;

	ret->stop_at = stop_at;
	ret->wake_at = policy->measuring ? stop_at : stop_at - window;
	if (!near && notice > 0)
		ret->wake_at = earlier(ret->wake_at, stop_at - notice);
}

void idle_policy_step(struct idle_policy *policy, const struct idle_config *config,
	const struct idle_facts *facts, uint64_t now, struct idle_verdict *ret)
{
	*ret = (struct idle_verdict){.kind = IDLE_COUNTING};
	if (!facts->running) {
		ret->kind = config->after_ms ? IDLE_OFF : IDLE_NEVER;
		policy->announced = false; /* it has come true, or another end was faster */
		policy->counting = policy->measuring = false;
		policy->kept_until = 0;
		return;
	}
	ret->reasons = reasons_of(config, facts);
	if (config->after_ms == 0 || ret->reasons) {
		ret->kind = config->after_ms ? IDLE_BUSY : IDLE_NEVER;
		not_counting(policy, ret);
		return;
	}
	if (!policy->counting) {
		policy->counting = true;
		count_from(policy, now, REASON_NONE);
	}
	count(policy, config, facts, now, ret);
	ret->since = policy->since;
}
