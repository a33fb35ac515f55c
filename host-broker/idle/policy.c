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

void idle_policy_asked(struct idle_policy *policy, uint64_t now)
{
	count_from(policy, now, REASON_NONE);
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
	/* What it has not written yet would be lost. */
	if (facts->stalled)
		reasons |= REASON_BIT(REASON_STALLED);
	/* What was known when it was paused is so still. */
	if (!facts->agent && !facts->paused)
		reasons |= REASON_BIT(REASON_NO_AGENT);
	return reasons;
}

static void not_counting(struct idle_policy *policy, struct idle_verdict *ret)
{
	if (policy->announced)
		ret->actions |= IDLE_WITHDRAW;
	policy->counting = policy->announced = policy->measuring = false;
}

static bool is_to_pause(const struct idle_config *config, const struct idle_facts *facts)
{
	return config->pause_ms && config->pause_ms < config->after_ms && !facts->paused &&
	       facts->can_pause;
}

/* When a time is up, if nothing comes between. */
static uint64_t due_time(const struct idle_policy *policy, uint32_t after_ms)
{
	return later(policy->since + after_ms, policy->kept_until);
}

/* A measurement that began late is not cut short. */
static uint64_t measured_time(const struct idle_policy *policy, uint64_t due, uint64_t window)
{
	return policy->measuring ? later(due, policy->measured_from + window) : due;
}

static void announce(struct idle_policy *policy, const struct idle_config *config, uint64_t now,
	struct idle_verdict *ret)
{
	uint64_t notice = earlier(config->notify_ms, config->after_ms / 2);
	bool near = notice > 0 && now + notice >= ret->stop_at;

	if (near != policy->announced)
		ret->actions |= near ? IDLE_ANNOUNCE : IDLE_WITHDRAW;
	policy->announced = near;
	if (!near && notice > 0)
		ret->wake_at = earlier(ret->wake_at, ret->stop_at - notice);
}

/* Since when it counts is known: when is what. */
static void times_set(const struct idle_policy *policy, const struct idle_config *config,
	const struct idle_facts *facts, uint64_t window, struct idle_verdict *ret)
{
	bool pauses = is_to_pause(config, facts);

	ret->since = policy->since;
	ret->pause_at = pauses ? due_time(policy, config->pause_ms) : 0;
	ret->stop_at = due_time(policy, config->after_ms);
	ret->due_at = measured_time(policy, pauses ? ret->pause_at : ret->stop_at, window);
	*(pauses ? &ret->pause_at : &ret->stop_at) = ret->due_at;
}

/* True: it is time. */
static bool is_due(struct idle_policy *policy, const struct idle_config *config,
	const struct idle_facts *facts, uint64_t now, const struct idle_verdict *verdict)
{
	if (now < verdict->due_at || !(policy->measuring || facts->paused))
		return false;
	if (facts->paused || config->cpu_percent == 0 || facts->cpu_percent < config->cpu_percent)
		return true;
	count_from(policy, now, REASON_CPU);
	return false;
}

static void count(struct idle_policy *policy, const struct idle_config *config,
	const struct idle_facts *facts, uint64_t now, struct idle_verdict *ret)
{
	bool pauses = is_to_pause(config, facts);
	uint64_t window = facts->paused
				  ? 0
				  : earlier((pauses ? config->pause_ms : config->after_ms) / 2,
					    IDLE_MEASURE_MS);

	times_set(policy, config, facts, window, ret);
	if (is_due(policy, config, facts, now, ret)) {
		ret->actions |= pauses ? IDLE_PAUSE : IDLE_STOP;
		ret->wake_at = now;
		return;
	}
	times_set(policy, config, facts, window, ret);
	if (!facts->paused && !policy->measuring && now + window >= ret->due_at) {
		policy->measuring = true;
		policy->measured_from = now;
		ret->actions |= IDLE_MEASURE;
		times_set(policy, config, facts, window, ret);
	}
	ret->wake_at = policy->measuring ? ret->due_at : ret->due_at - window;
	announce(policy, config, now, ret);
}

/* One that runs on has been asked for. */
static void pause_follow(struct idle_policy *policy, const struct idle_facts *facts, uint64_t now)
{
	if (policy->paused && !facts->paused)
		count_from(policy, now, REASON_NONE);
	policy->paused = facts->paused;
}

static void not_running(struct idle_policy *policy)
{
	policy->announced = false; /* it has come true, or another end was faster */
	policy->counting = policy->measuring = policy->paused = false;
	policy->kept_until = 0;
}

void idle_policy_step(struct idle_policy *policy, const struct idle_config *config,
	const struct idle_facts *facts, uint64_t now, struct idle_verdict *ret)
{
	*ret = (struct idle_verdict){.kind = IDLE_COUNTING};
	if (!facts->running) {
		ret->kind = config->after_ms ? IDLE_OFF : IDLE_NEVER;
		not_running(policy);
		return;
	}
	pause_follow(policy, facts, now);
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
	if (facts->moving)
		times_set(policy, config, facts, 0, ret);
	else
		count(policy, config, facts, now, ret);
}
