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
	policy->traffic = IDLE_TRAFFIC_UNKNOWN;
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
	policy->traffic = IDLE_TRAFFIC_UNKNOWN;
}

void idle_policy_asked(struct idle_policy *policy, uint64_t now)
{
	count_from(policy, now, REASON_NONE);
}

void idle_policy_guest_active(struct idle_policy *policy, uint64_t now, enum reason_code why)
{
	count_from(policy, now, why);
}

void idle_policy_counted(struct idle_policy *policy, uint64_t now, uint64_t bytes)
{
	if (policy->traffic == IDLE_TRAFFIC_BEGINS) {
		policy->traffic = IDLE_TRAFFIC_BEGUN;
		policy->traffic_bytes = bytes;
	} else if (policy->traffic == IDLE_TRAFFIC_ENDS && bytes != policy->traffic_bytes) {
		count_from(policy, now, REASON_NETWORK);
	} else if (policy->traffic == IDLE_TRAFFIC_ENDS) {
		policy->traffic = IDLE_TRAFFIC_NONE;
	}
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
	policy->traffic = IDLE_TRAFFIC_UNKNOWN;
}

/* When a time is up, if nothing comes between. */
static uint64_t due_time(const struct idle_policy *policy, uint32_t after_ms)
{
	return later(policy->since + after_ms, policy->kept_until);
}

/* It is not to be stopped, though it may be paused. */
static bool is_kept(const struct idle_facts *facts)
{
	return facts->holds & REASON_BIT(REASON_HIDDEN);
}

/* What would be lost with it, and costs nobody anything while it stands still. A program that has
 * not shown a window yet, or has none, is one that works. */
static unsigned int keeps_from_stop_alone(const struct idle_facts *facts)
{
	if (!is_kept(facts))
		return 0;
	return REASON_BIT(REASON_HIDDEN) |
	       (facts->windowed >= facts->sessions ? REASON_BIT(REASON_SESSIONS) : 0);
}

static bool may_pause(const struct idle_config *config, const struct idle_facts *facts)
{
	return config->pause_ms && !facts->paused && facts->can_pause;
}

/* Not where it would be stopped at the same time, which a user may have put off. */
static bool is_to_pause(const struct idle_policy *policy, const struct idle_config *config,
	const struct idle_facts *facts)
{
	return may_pause(config, facts) &&
	       (is_kept(facts) ||
		       due_time(policy, config->pause_ms) < due_time(policy, config->after_ms));
}

/* Neither its pause nor its stop may come. */
static bool is_busy(
	const struct idle_config *config, const struct idle_facts *facts, unsigned int reasons)
{
	return reasons & ~(may_pause(config, facts) ? keeps_from_stop_alone(facts) : 0);
}

/* How long before a time is up the processor and the network are looked at; 0: not at all. */
struct windows {
	uint64_t cpu, traffic;
};

static struct windows windows_of(const struct idle_policy *policy, const struct idle_config *config,
	const struct idle_facts *facts)
{
	bool pauses = is_to_pause(policy, config, facts);

	if (facts->paused)
		return (struct windows){0};
	return (struct windows){
		.cpu = earlier((pauses ? config->pause_ms : config->after_ms) / 2, IDLE_MEASURE_MS),
		.traffic =
			pauses && facts->network ? earlier(config->pause_ms, IDLE_TRAFFIC_MS) : 0,
	};
}

/* What began to be looked at late is not cut short. */
static uint64_t measured_time(
	const struct idle_policy *policy, uint64_t due, const struct windows *windows)
{
	if (policy->measuring)
		due = later(due, policy->measured_from + windows->cpu);
	if (policy->traffic == IDLE_TRAFFIC_BEGINS || policy->traffic == IDLE_TRAFFIC_BEGUN)
		due = later(due, policy->traffic_at + windows->traffic);
	return due;
}

static void announce(struct idle_policy *policy, const struct idle_config *config, uint64_t now,
	struct idle_verdict *ret)
{
	uint64_t notice = earlier(config->notify_ms, config->after_ms / 2);
	bool is_told = notice > 0 && ret->stop_at > 0;
	bool near = is_told && now + notice >= ret->stop_at;

	if (near != policy->announced)
		ret->actions |= near ? IDLE_ANNOUNCE : IDLE_WITHDRAW;
	policy->announced = near;
	if (!near && is_told)
		ret->wake_at = earlier(ret->wake_at, ret->stop_at - notice);
}

/* Since when it counts is known: when is what. */
static void times_set(const struct idle_policy *policy, const struct idle_config *config,
	const struct idle_facts *facts, struct idle_verdict *ret)
{
	const struct windows windows = windows_of(policy, config, facts);
	bool pauses = is_to_pause(policy, config, facts);

	ret->since = policy->since;
	ret->pause_at = pauses ? due_time(policy, config->pause_ms) : 0;
	ret->stop_at = is_kept(facts) ? 0 : due_time(policy, config->after_ms);
	ret->due_at = measured_time(policy, pauses ? ret->pause_at : ret->stop_at, &windows);
	*(pauses ? &ret->pause_at : &ret->stop_at) = ret->due_at;
}

static void traffic_count(struct idle_policy *policy, enum idle_traffic traffic, uint64_t now,
	struct idle_verdict *ret)
{
	policy->traffic = traffic;
	policy->traffic_at = now;
	ret->actions |= IDLE_COUNT;
}

/* False: it is being counted once more. */
static bool traffic_is_known(struct idle_policy *policy, uint64_t now, struct idle_verdict *ret)
{
	if (policy->traffic == IDLE_TRAFFIC_NONE)
		return true;
	if (policy->traffic != IDLE_TRAFFIC_ENDS)
		traffic_count(policy, IDLE_TRAFFIC_ENDS, now, ret);
	return now >= policy->traffic_at + IDLE_COUNTED_MS;
}

/* True: it is time. */
static bool is_due(struct idle_policy *policy, const struct idle_config *config,
	const struct idle_facts *facts, uint64_t now, struct idle_verdict *ret)
{
	if (now < ret->due_at || !(policy->measuring || facts->paused))
		return false;
	if (facts->paused)
		return true;
	if (config->cpu_percent && facts->cpu_percent >= config->cpu_percent) {
		count_from(policy, now, REASON_CPU);
		return false;
	}
	return windows_of(policy, config, facts).traffic == 0 || traffic_is_known(policy, now, ret);
}

/* Begins to look at what is to be looked at now. */
static void measure(struct idle_policy *policy, const struct idle_config *config,
	const struct idle_facts *facts, uint64_t now, struct idle_verdict *ret)
{
	const struct windows windows = windows_of(policy, config, facts);

	if (windows.traffic && policy->traffic == IDLE_TRAFFIC_UNKNOWN &&
		now + windows.traffic >= ret->due_at) {
		traffic_count(policy, IDLE_TRAFFIC_BEGINS, now, ret);
		times_set(policy, config, facts, ret);
	}
	if (!facts->paused && !policy->measuring && now + windows.cpu >= ret->due_at) {
		policy->measuring = true;
		policy->measured_from = now;
		ret->actions |= IDLE_MEASURE;
		times_set(policy, config, facts, ret);
	}
}

static uint64_t wake_time(const struct idle_policy *policy, const struct idle_config *config,
	const struct idle_facts *facts, const struct idle_verdict *verdict)
{
	const struct windows windows = windows_of(policy, config, facts);

	if (windows.traffic && policy->traffic == IDLE_TRAFFIC_ENDS)
		return policy->traffic_at + IDLE_COUNTED_MS;
	if (windows.traffic && policy->traffic == IDLE_TRAFFIC_UNKNOWN)
		return verdict->due_at - windows.traffic;
	return policy->measuring ? verdict->due_at : verdict->due_at - windows.cpu;
}

static void count(struct idle_policy *policy, const struct idle_config *config,
	const struct idle_facts *facts, uint64_t now, struct idle_verdict *ret)
{
	times_set(policy, config, facts, ret);
	if (is_due(policy, config, facts, now, ret)) {
		ret->actions |= is_to_pause(policy, config, facts) ? IDLE_PAUSE : IDLE_STOP;
		ret->wake_at = now;
		return;
	}
	times_set(policy, config, facts, ret);
	measure(policy, config, facts, now, ret);
	ret->wake_at = wake_time(policy, config, facts, ret);
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
	policy->traffic = IDLE_TRAFFIC_UNKNOWN;
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
	if (config->after_ms == 0 || is_busy(config, facts, ret->reasons)) {
		ret->kind = config->after_ms ? IDLE_BUSY : IDLE_NEVER;
		not_counting(policy, ret);
		return;
	}
	if (!policy->counting) {
		policy->counting = true;
		count_from(policy, now, REASON_NONE);
	}
	if (facts->moving)
		times_set(policy, config, facts, ret);
	else
		count(policy, config, facts, now, ret);
}
