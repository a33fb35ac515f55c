/* The idle policy with a simulated clock: what keeps a VM, when it goes, and guests that lie. */
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/idle/policy.h"
#include "host-broker/system/cpu-time.h"
#include "proto/limits.h"
#include "tests/lib/idle-vm.h"
#include "tests/lib/test.h"

static void test_goes_after_the_time(void **state)
{
	struct idle_vm vm = idle_vm_new(10 * MINUTE);

	(void)state;
	assert_int_equal(vm.verdict.kind, IDLE_COUNTING);
	assert_int_equal(vm.verdict.since, START);
	assert_int_equal(vm.verdict.stop_at, START + 10 * MINUTE);
	idle_vm_run(&vm, START + 10 * MINUTE - 1);
	assert_int_equal(vm.stops, 0);
	assert_int_equal(vm.announced_at, START + 9 * MINUTE);
	idle_vm_run(&vm, START + 10 * MINUTE);
	assert_int_equal(vm.stops, 1);
	assert_int_equal(vm.stopped_at, START + 10 * MINUTE);
	assert_int_equal(vm.announces, 1);
	assert_int_equal(vm.measures, 1);
	/* At first, to announce, to measure, to stop: no more. */
	assert_int_equal(vm.steps, 4);
	/* It can do it again in its next life. */
	vm.facts.running = false;
	idle_vm_step(&vm);
	assert_int_equal(vm.verdict.kind, IDLE_OFF);
	assert_int_equal(vm.verdict.wake_at, 0);
	vm.facts.running = true;
	vm.stops = 0;
	idle_vm_step(&vm);
	idle_vm_run(&vm, vm.now + 10 * MINUTE);
	assert_int_equal(vm.stops, 1);
}

static void test_never(void **state)
{
	struct idle_vm vm = idle_vm_new(0);

	(void)state;
	assert_int_equal(vm.verdict.kind, IDLE_NEVER);
	assert_int_equal(vm.verdict.wake_at, 0);
	vm.facts.sessions = 1;
	idle_vm_step(&vm);
	assert_int_equal(vm.verdict.reasons, REASON_BIT(REASON_SESSIONS));
}

/* Each thing that keeps it, both ways. */
static void test_reasons(void **state)
{
	static const enum reason_code kinds[] = {REASON_INHIBITED, REASON_USB, REASON_TRAY,
		REASON_WINDOW, REASON_HIDDEN, REASON_NETWORK_CLIENT};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) + 3; i++) {
		struct idle_vm vm = idle_vm_new(MINUTE);
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
		idle_vm_step(&vm);
		assert_int_equal(vm.verdict.kind, IDLE_BUSY);
		assert_int_equal(vm.verdict.reasons, bit);
		assert_int_equal(vm.verdict.wake_at, 0); /* no polling while it is busy */
		vm.now += 100 * MINUTE;
		vm.facts = (struct idle_facts){.running = true, .agent = true};
		idle_vm_step(&vm);
		assert_int_equal(vm.verdict.since, vm.now);
		idle_vm_run(&vm, vm.now + MINUTE);
		assert_int_equal(vm.stops, 1);
	}
}

static void test_tray_may_not_count(void **state)
{
	struct idle_vm vm = idle_vm_new(MINUTE);

	(void)state;
	vm.config.tray = false;
	vm.facts.holds = REASON_BIT(REASON_TRAY);
	idle_vm_step(&vm);
	assert_int_equal(vm.verdict.kind, IDLE_COUNTING);
	idle_vm_run(&vm, START + MINUTE);
	assert_int_equal(vm.stops, 1);
}

/* The last moment: one millisecond before the end is in time, whatever it is. */
static void test_last_moment(void **state)
{
	(void)state;
	for (uint64_t before = 1; before < 20 * SECOND; before += 333) {
		struct idle_vm vm = idle_vm_new(MINUTE);

		idle_vm_run(&vm, START + MINUTE - before);
		assert_int_equal(vm.stops, 0);
		idle_policy_touch(&vm.policy, vm.now);
		idle_vm_step(&vm);
		assert_int_equal(vm.withdraws, 1);
		/* While what was granted may still be opened it does not go, */
		idle_vm_run(&vm, vm.now + MINUTE - 1);
		assert_int_equal(vm.stops, 0);
		idle_vm_run(&vm, vm.now + 1);
		assert_int_equal(vm.stops, 1);
	}
}

/* ... also when that takes longer than the idle time itself. */
static void test_grant_holds(void **state)
{
	struct idle_vm vm = idle_vm_new(2 * SECOND);

	(void)state;
	idle_vm_run(&vm, START + 2 * SECOND - 1);
	idle_policy_touch(&vm.policy, vm.now);
	uint64_t granted = vm.now;
	idle_vm_step(&vm);
	idle_vm_run(&vm, granted + GRANT_TTL_MS - 1);
	assert_int_equal(vm.stops, 0);
	idle_vm_run(&vm, granted + GRANT_TTL_MS);
	assert_int_equal(vm.stops, 1);
}

static void test_cpu(void **state)
{
	struct idle_vm vm = idle_vm_new(MINUTE);

	(void)state;
	vm.config.cpu_percent = 20;
	vm.facts.cpu_percent = 20;
	idle_vm_step(&vm);
	idle_vm_run(&vm, START + 10 * MINUTE + 30 * SECOND);
	assert_int_equal(vm.stops, 0);
	assert_int_equal(vm.policy.activity, REASON_CPU);
	assert_int_equal(vm.verdict.since, START + 10 * MINUTE);
	assert_int_equal(vm.measures, 10); /* one a period: no polling */
	vm.facts.cpu_percent = 19;
	idle_vm_run(&vm, START + 11 * MINUTE);
	assert_int_equal(vm.stops, 1);
	/* Not configured, it does not count. */
	vm = idle_vm_new(MINUTE);
	vm.facts.cpu_percent = 6400;
	idle_vm_run(&vm, START + MINUTE);
	assert_int_equal(vm.stops, 1);
}

static void test_guest_wants_to_stay(void **state)
{
	struct idle_vm vm = idle_vm_new(MINUTE);

	(void)state;
	idle_vm_run(&vm, START + 55 * SECOND);
	assert_int_equal(vm.measures, 1); /* it was asked */
	idle_policy_guest_active(&vm.policy, vm.now, REASON_GUEST);
	idle_vm_step(&vm);
	assert_int_equal(vm.verdict.since, START + 55 * SECOND);
	assert_int_equal(vm.policy.activity, REASON_GUEST);
	idle_vm_run(&vm, START + 55 * SECOND + MINUTE - 1);
	assert_int_equal(vm.stops, 0);
	assert_int_equal(vm.measures, 2);
	idle_vm_run(&vm, START + 55 * SECOND + MINUTE);
	assert_int_equal(vm.stops, 1);
}

/* The loop was held up over the end (the host slept): it is measured first, and stopped after. */
static void test_late(void **state)
{
	struct idle_vm vm = idle_vm_new(MINUTE);

	(void)state;
	vm.now += 100 * MINUTE;
	idle_vm_step(&vm);
	assert_int_equal(vm.stops, 0);
	assert_int_equal(vm.measures, 1);
	assert_int_equal(vm.verdict.stop_at, vm.now + IDLE_MEASURE_MS);
	idle_vm_run(&vm, vm.now + IDLE_MEASURE_MS);
	assert_int_equal(vm.stops, 1);
}

static void test_no_notice(void **state)
{
	struct idle_vm vm = idle_vm_new(MINUTE);

	(void)state;
	vm = (struct idle_vm){.config = {.after_ms = MINUTE},
		.facts = {.running = true, .agent = true},
		.now = START};
	idle_vm_step(&vm);
	idle_vm_run(&vm, START + MINUTE);
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
		struct idle_vm vm = idle_vm_new(MINUTE);
		uint64_t last_word = vm.now;

		for (int i = 0; i < 2000 && !vm.stops; i++) {
			idle_vm_run(&vm, vm.now + (uint64_t)(random() % (round * 50 + 1)));
			if (vm.stops)
				break;
			last_word = vm.now;
			if (random() % 3 == 0)
				idle_policy_guest_active(&vm.policy, vm.now, REASON_GUEST);
			else
				vm.facts.sessions =
					(unsigned int)(random() % 2) * (unsigned int)random();
			idle_vm_step(&vm);
		}
		/* A notice for each half of the idle time at most, however often it changed. */
		assert_true(vm.announces <= (vm.now - START) / (30 * SECOND) + 1);
		assert_true(vm.withdraws <= vm.announces);
		if (vm.stops)
			continue;
		vm.facts.sessions = 0;
		idle_vm_step(&vm);
		idle_vm_run(&vm, last_word + 100 * MINUTE);
		assert_int_equal(vm.stops, 1);
		assert_true(vm.stopped_at <= last_word + MINUTE);
	}
}

/* Whatever the guest says, what the host knows keeps it. */
static void test_liar_cannot_die_under_the_host(void **state)
{
	struct idle_vm vm = idle_vm_new(MINUTE);

	(void)state;
	vm.facts.holds = REASON_BIT(REASON_INHIBITED);
	for (int i = 0; i < 1000; i++) {
		vm.facts.sessions = i % 2;
		vm.now += MINUTE;
		idle_vm_step(&vm);
	}
	assert_int_equal(vm.stops, 0);
}

static void test_shortest_and_longest(void **state)
{
	(void)state;
	for (uint64_t after = 1000; after <= 24 * 60 * MINUTE; after = after * 7 + 1) {
		struct idle_vm vm = idle_vm_new((uint32_t)after);
		idle_vm_run(&vm, START + after - 1);
		assert_int_equal(vm.stops, 0);
		idle_vm_run(&vm, START + after);
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
