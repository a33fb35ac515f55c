/* The idle policy with a simulated clock: what keeps a VM, when it goes, and guests that lie. */
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/idle/cpu-time.h"
#include "host-broker/idle/policy.h"
#include "proto/limits.h"
#include "tests/lib/test.h"

#define SECOND UINT64_C(1000)
#define MINUTE (60 * SECOND)
#define START (100 * MINUTE)

/* A VM that lives by the policy alone: the clock jumps to wake_at. */
struct vm {
	struct idle_policy policy;
	struct idle_config config;
	struct idle_facts facts;
	struct idle_verdict verdict;
	uint64_t now;
	unsigned int steps, measures, announces, withdraws, stops, pauses;
	uint64_t announced_at, stopped_at;
};

static void step(struct vm *vm)
{
	idle_policy_step(&vm->policy, &vm->config, &vm->facts, vm->now, &vm->verdict);
	vm->steps++;
	vm->measures += !!(vm->verdict.actions & IDLE_MEASURE);
	vm->withdraws += !!(vm->verdict.actions & IDLE_WITHDRAW);
	if (vm->verdict.actions & IDLE_ANNOUNCE) {
		vm->announces++;
		vm->announced_at = vm->now;
	}
	if (vm->verdict.actions & IDLE_PAUSE) {
		vm->pauses++;
		vm->facts.moving = true;
		idle_policy_step(&vm->policy, &vm->config, &vm->facts, vm->now, &vm->verdict);
		assert_int_equal(vm->verdict.wake_at, 0); /* nothing to be done on the way */
		vm->facts.moving = false;
		vm->facts.paused = true;
		idle_policy_step(&vm->policy, &vm->config, &vm->facts, vm->now, &vm->verdict);
	}
	if (vm->verdict.actions & IDLE_STOP) {
		vm->stops++;
		vm->stopped_at = vm->now;
	}
	/* Whoever is to be woken is woken later than now, so that nothing spins. */
	if (vm->verdict.wake_at && !(vm->verdict.actions & IDLE_STOP))
		assert_true(vm->verdict.wake_at > vm->now);
}

/* Lets time go on until that moment, waking the policy whenever it wants to be. */
static void run_until(struct vm *vm, uint64_t end)
{
	while (vm->verdict.wake_at && vm->verdict.wake_at <= end && !vm->stops) {
		vm->now = vm->verdict.wake_at;
		step(vm);
	}
	if (!vm->stops)
		vm->now = end;
}

static struct vm vm_new(uint32_t after_ms)
{
	struct vm vm = {
		.config = {.after_ms = after_ms, .notify_ms = 60 * 1000, .tray = true},
		.facts = {.running = true, .agent = true, .can_pause = true},
		.now = START,
	};

	step(&vm);
	return vm;
}

static void test_goes_after_the_time(void **state)
{
	struct vm vm = vm_new(10 * MINUTE);

	(void)state;
	assert_int_equal(vm.verdict.kind, IDLE_COUNTING);
	assert_int_equal(vm.verdict.since, START);
	assert_int_equal(vm.verdict.stop_at, START + 10 * MINUTE);
	run_until(&vm, START + 10 * MINUTE - 1);
	assert_int_equal(vm.stops, 0);
	assert_int_equal(vm.announced_at, START + 9 * MINUTE);
	run_until(&vm, START + 10 * MINUTE);
	assert_int_equal(vm.stops, 1);
	assert_int_equal(vm.stopped_at, START + 10 * MINUTE);
	assert_int_equal(vm.announces, 1);
	assert_int_equal(vm.measures, 1);
	/* At first, to announce, to measure, to stop: no more. */
	assert_int_equal(vm.steps, 4);
	/* It can do it again in its next life. */
	vm.facts.running = false;
	step(&vm);
	assert_int_equal(vm.verdict.kind, IDLE_OFF);
	assert_int_equal(vm.verdict.wake_at, 0);
	vm.facts.running = true;
	vm.stops = 0;
	step(&vm);
	run_until(&vm, vm.now + 10 * MINUTE);
	assert_int_equal(vm.stops, 1);
}

static void test_never(void **state)
{
	struct vm vm = vm_new(0);

	(void)state;
	assert_int_equal(vm.verdict.kind, IDLE_NEVER);
	assert_int_equal(vm.verdict.wake_at, 0);
	vm.facts.sessions = 1;
	step(&vm);
	assert_int_equal(vm.verdict.reasons, REASON_BIT(REASON_SESSIONS));
}

/* Each thing that keeps it, both ways. */
static void test_reasons(void **state)
{
	static const enum reason_code kinds[] = {
		REASON_INHIBITED, REASON_USB, REASON_TRAY, REASON_WINDOW, REASON_NETWORK_CLIENT};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) + 3; i++) {
		struct vm vm = vm_new(MINUTE);
		unsigned int bit;

		vm.now += 30 * SECOND;
		if (i == 0) {
			vm.facts.sessions = 1;
			bit = REASON_BIT(REASON_SESSIONS);
		} else if (i == 1) {
			vm.facts.agent = false;
			bit = REASON_BIT(REASON_NO_AGENT);
		} else if (i == 2) {
			vm.facts.stalled = true;
			bit = REASON_BIT(REASON_STALLED);
		} else {
			bit = vm.facts.holds = REASON_BIT(kinds[i - 3]);
		}
		step(&vm);
		assert_int_equal(vm.verdict.kind, IDLE_BUSY);
		assert_int_equal(vm.verdict.reasons, bit);
		assert_int_equal(vm.verdict.wake_at, 0); /* no polling while it is busy */
		vm.now += 100 * MINUTE;
		vm.facts = (struct idle_facts){.running = true, .agent = true};
		step(&vm);
		assert_int_equal(vm.verdict.since, vm.now);
		run_until(&vm, vm.now + MINUTE);
		assert_int_equal(vm.stops, 1);
	}
}

static void test_tray_may_not_count(void **state)
{
	struct vm vm = vm_new(MINUTE);

	(void)state;
	vm.config.tray = false;
	vm.facts.holds = REASON_BIT(REASON_TRAY);
	step(&vm);
	assert_int_equal(vm.verdict.kind, IDLE_COUNTING);
	run_until(&vm, START + MINUTE);
	assert_int_equal(vm.stops, 1);
}

/* The last moment: one millisecond before the end is in time, whatever it is. */
static void test_last_moment(void **state)
{
	(void)state;
	for (uint64_t before = 1; before < 20 * SECOND; before += 333) {
		struct vm vm = vm_new(MINUTE);

		run_until(&vm, START + MINUTE - before);
		assert_int_equal(vm.stops, 0);
		idle_policy_touch(&vm.policy, vm.now);
		step(&vm);
		assert_int_equal(vm.withdraws, 1);
		/* While what was granted may still be opened it does not go, */
		run_until(&vm, vm.now + MINUTE - 1);
		assert_int_equal(vm.stops, 0);
		run_until(&vm, vm.now + 1);
		assert_int_equal(vm.stops, 1);
	}
}

/* ... also when that takes longer than the idle time itself. */
static void test_grant_holds(void **state)
{
	struct vm vm = vm_new(2 * SECOND);

	(void)state;
	run_until(&vm, START + 2 * SECOND - 1);
	idle_policy_touch(&vm.policy, vm.now);
	uint64_t granted = vm.now;
	step(&vm);
	run_until(&vm, granted + GRANT_TTL_MS - 1);
	assert_int_equal(vm.stops, 0);
	run_until(&vm, granted + GRANT_TTL_MS);
	assert_int_equal(vm.stops, 1);
}

static void test_cpu(void **state)
{
	struct vm vm = vm_new(MINUTE);

	(void)state;
	vm.config.cpu_percent = 20;
	vm.facts.cpu_percent = 20;
	step(&vm);
	run_until(&vm, START + 10 * MINUTE + 30 * SECOND);
	assert_int_equal(vm.stops, 0);
	assert_int_equal(vm.policy.activity, REASON_CPU);
	assert_int_equal(vm.verdict.since, START + 10 * MINUTE);
	assert_int_equal(vm.measures, 10); /* one a period: no polling */
	vm.facts.cpu_percent = 19;
	run_until(&vm, START + 11 * MINUTE);
	assert_int_equal(vm.stops, 1);
	/* Not configured, it does not count. */
	vm = vm_new(MINUTE);
	vm.facts.cpu_percent = 6400;
	run_until(&vm, START + MINUTE);
	assert_int_equal(vm.stops, 1);
}

static void test_guest_wants_to_stay(void **state)
{
	struct vm vm = vm_new(MINUTE);

	(void)state;
	run_until(&vm, START + 55 * SECOND);
	assert_int_equal(vm.measures, 1); /* it was asked */
	idle_policy_guest_active(&vm.policy, vm.now, REASON_GUEST);
	step(&vm);
	assert_int_equal(vm.verdict.since, START + 55 * SECOND);
	assert_int_equal(vm.policy.activity, REASON_GUEST);
	run_until(&vm, START + 55 * SECOND + MINUTE - 1);
	assert_int_equal(vm.stops, 0);
	assert_int_equal(vm.measures, 2);
	run_until(&vm, START + 55 * SECOND + MINUTE);
	assert_int_equal(vm.stops, 1);
}

/* The loop was held up over the end (the host slept): it is measured first, and stopped after. */
static void test_late(void **state)
{
	struct vm vm = vm_new(MINUTE);

	(void)state;
	vm.now += 100 * MINUTE;
	step(&vm);
	assert_int_equal(vm.stops, 0);
	assert_int_equal(vm.measures, 1);
	assert_int_equal(vm.verdict.stop_at, vm.now + IDLE_MEASURE_MS);
	run_until(&vm, vm.now + IDLE_MEASURE_MS);
	assert_int_equal(vm.stops, 1);
}

static void test_no_notice(void **state)
{
	struct vm vm = vm_new(MINUTE);

	(void)state;
	vm = (struct vm){.config = {.after_ms = MINUTE},
		.facts = {.running = true, .agent = true},
		.now = START};
	step(&vm);
	run_until(&vm, START + MINUTE);
	assert_int_equal(vm.stops, 1);
	assert_int_equal(vm.announces, 0);
}

/* A guest that says random things as fast as it can: what it costs is bounded, and what it gains
 * is its own life at most. */
static void test_hostile_guest(void **state)
{
	(void)state;
	srandom(1);
	for (int round = 0; round < 200; round++) {
		struct vm vm = vm_new(MINUTE);
		uint64_t last_word = vm.now;

		for (int i = 0; i < 2000 && !vm.stops; i++) {
			run_until(&vm, vm.now + (uint64_t)(random() % (round * 50 + 1)));
			if (vm.stops)
				break;
			last_word = vm.now;
			if (random() % 3 == 0)
				idle_policy_guest_active(&vm.policy, vm.now, REASON_GUEST);
			else
				vm.facts.sessions =
					(unsigned int)(random() % 2) * (unsigned int)random();
			step(&vm);
		}
		/* A notice for each half of the idle time at most, however often it changed. */
		assert_true(vm.announces <= (vm.now - START) / (30 * SECOND) + 1);
		assert_true(vm.withdraws <= vm.announces);
		if (vm.stops)
			continue;
		vm.facts.sessions = 0;
		step(&vm);
		run_until(&vm, last_word + 100 * MINUTE);
		assert_int_equal(vm.stops, 1);
		assert_true(vm.stopped_at <= last_word + MINUTE);
	}
}

/* Whatever the guest says, what the host knows keeps it. */
static void test_liar_cannot_die_under_the_host(void **state)
{
	struct vm vm = vm_new(MINUTE);

	(void)state;
	vm.facts.holds = REASON_BIT(REASON_INHIBITED);
	for (int i = 0; i < 1000; i++) {
		vm.facts.sessions = i % 2;
		vm.now += MINUTE;
		step(&vm);
	}
	assert_int_equal(vm.stops, 0);
}

static void test_shortest_and_longest(void **state)
{
	(void)state;
	for (uint64_t after = 1000; after <= 24 * 60 * MINUTE; after = after * 7 + 1) {
		struct vm vm = vm_new((uint32_t)after);
		run_until(&vm, START + after - 1);
		assert_int_equal(vm.stops, 0);
		run_until(&vm, START + after);
		assert_int_equal(vm.stops, 1);
	}
}

static void test_cpu_time(void **state)
{
	uint64_t value;

	(void)state;
	assert_int_equal(
		cpu_time_parse("7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 40 2 0 0 20", &value), 0);
	assert_int_equal(value, 42);
	assert_int_equal(cpu_time_parse("7 (a) S 1 2 3", &value), UV_EINVAL);
	assert_int_equal(cpu_time_parse("", &value), UV_EINVAL);
	assert_int_equal(cpu_time_read(1, &value), 0);
	assert_int_equal(cpu_time_read(0x7fffffff, &value), UV_ESRCH);
}

static void test_reason_list(void **state)
{
	static struct reasons reasons;
	struct reason reason;

	(void)state;
	for (int code = 0; code < REASON_CODES; code++)
		assert_true(reason_name((enum reason_code)code)[0]);
	assert_string_equal(reason_name(REASON_CODES), "?");
	reason_make(&reason, REASON_INHIBITED, 7, "joe", "by %s: %s", "joe", "a\033[2Jb");
	assert_null(strchr(reason.text, '\033'));
	for (int i = 0; i < REASONS_MAX; i++)
		reasons_add(&reasons, &reason);
	assert_int_equal(reasons.count, REASONS_MAX);
	assert_int_equal(reasons.left_out, 0);
	reasons_add(&reasons, &reason);
	assert_int_equal(reasons.count, REASONS_MAX);
	assert_int_equal(reasons.left_out, 1);
}

/* ---- pausing ---- */

static struct vm vm_new_pausing(void)
{
	struct vm vm = {
		.config = {.pause_ms = 2 * MINUTE,
			.after_ms = 60 * MINUTE,
			.notify_ms = 60 * 1000,
			.tray = true},
		.facts = {.running = true, .agent = true, .can_pause = true},
		.now = START,
	};

	step(&vm);
	return vm;
}

static void test_paused_and_stopped(void **state)
{
	struct vm vm = vm_new_pausing();

	(void)state;
	assert_int_equal(vm.verdict.pause_at, START + 2 * MINUTE);
	assert_int_equal(vm.verdict.stop_at, START + 60 * MINUTE);
	run_until(&vm, START + 2 * MINUTE - 1);
	assert_int_equal(vm.pauses, 0);
	run_until(&vm, START + 2 * MINUTE);
	assert_int_equal(vm.pauses, 1);
	assert_int_equal(vm.measures, 1);
	assert_int_equal(vm.verdict.pause_at, 0);
	/* Its agent is not asked, and its channel may be gone. */
	vm.facts.agent = false;
	run_until(&vm, START + 60 * MINUTE - 1);
	assert_int_equal(vm.stops, 0);
	assert_int_equal(vm.announced_at, START + 59 * MINUTE);
	run_until(&vm, START + 60 * MINUTE);
	assert_int_equal(vm.stops, 1);
	assert_int_equal(vm.stopped_at, START + 60 * MINUTE);
	assert_int_equal(vm.measures, 1);
	assert_int_equal(vm.pauses, 1);
}

static void test_runs_on_and_counts_anew(void **state)
{
	struct vm vm = vm_new_pausing();

	(void)state;
	run_until(&vm, START + 30 * MINUTE);
	assert_int_equal(vm.pauses, 1);
	vm.facts.paused = false;
	step(&vm);
	assert_int_equal(vm.verdict.pause_at, START + 32 * MINUTE);
	assert_int_equal(vm.verdict.stop_at, START + 90 * MINUTE);
	run_until(&vm, START + 90 * MINUTE);
	assert_int_equal(vm.pauses, 2);
	assert_int_equal(vm.stopped_at, START + 90 * MINUTE);
}

/* What keeps it from being stopped keeps it from being paused. */
static void test_kept_from_pause(void **state)
{
	struct vm vm = vm_new_pausing();

	(void)state;
	vm.facts.sessions = 1;
	step(&vm);
	run_until(&vm, START + 100 * MINUTE);
	assert_int_equal(vm.pauses, 0);
	vm.facts.sessions = 0;
	step(&vm);
	run_until(&vm, vm.now + MINUTE + 55 * SECOND);
	assert_true(vm.policy.measuring);
	idle_policy_guest_active(&vm.policy, vm.now, REASON_GUEST);
	step(&vm);
	run_until(&vm, vm.now + MINUTE);
	assert_int_equal(vm.pauses, 0);
	run_until(&vm, vm.now + MINUTE);
	assert_int_equal(vm.pauses, 1);
	/* A hold on one that is paused keeps it from its stop, and does not let it run on. */
	vm.facts.holds = REASON_BIT(REASON_INHIBITED);
	step(&vm);
	run_until(&vm, vm.now + 100 * MINUTE);
	assert_int_equal(vm.stops, 0);
	assert_true(vm.facts.paused);
	vm.facts.holds = 0;
	step(&vm);
	run_until(&vm, vm.now + 60 * MINUTE);
	assert_int_equal(vm.stops, 1);
}

/* By itself, or since somebody asked for it on the way. */
static void test_not_paused_after_all(void **state)
{
	struct vm vm = vm_new_pausing();

	(void)state;
	vm.facts.can_pause = false;
	step(&vm);
	assert_int_equal(vm.verdict.pause_at, 0);
	run_until(&vm, START + 59 * MINUTE);
	assert_int_equal(vm.pauses, 0);
	vm.facts.can_pause = true;
	idle_policy_asked(&vm.policy, vm.now);
	step(&vm);
	assert_int_equal(vm.verdict.pause_at, vm.now + 2 * MINUTE);
	/* The same time for both: it just stops. */
	vm.config.pause_ms = vm.config.after_ms;
	step(&vm);
	run_until(&vm, vm.now + 60 * MINUTE);
	assert_int_equal(vm.pauses, 0);
	assert_int_equal(vm.stops, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_goes_after_the_time),
		cmocka_unit_test(test_never),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_tray_may_not_count),
		cmocka_unit_test(test_last_moment),
		cmocka_unit_test(test_grant_holds),
		cmocka_unit_test(test_cpu),
		cmocka_unit_test(test_guest_wants_to_stay),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_no_notice),
		cmocka_unit_test(test_hostile_guest),
		cmocka_unit_test(test_liar_cannot_die_under_the_host),
		cmocka_unit_test(test_shortest_and_longest),
		cmocka_unit_test(test_cpu_time),
		cmocka_unit_test(test_reason_list),
		cmocka_unit_test(test_paused_and_stopped),
		cmocka_unit_test(test_runs_on_and_counts_anew),
		cmocka_unit_test(test_kept_from_pause),
		cmocka_unit_test(test_not_paused_after_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
