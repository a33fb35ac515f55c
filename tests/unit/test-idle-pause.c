/* When the idle policy pauses a VM, and what keeps it from that. */
#include "tests/lib/idle-vm.h"
#include "tests/lib/test.h"

static struct idle_vm vm_new_pausing(void)
{
	struct idle_vm vm = {
		.config = {.pause_ms = 2 * MINUTE,
			.after_ms = 60 * MINUTE,
			.notify_ms = 60 * 1000,
			.tray = true},
		.facts = {.running = true, .agent = true, .can_pause = true},
		.now = START,
	};

	idle_vm_step(&vm);
	return vm;
}

static void test_paused_and_stopped(void **state)
{
	struct idle_vm vm = vm_new_pausing();

	(void)state;
	assert_int_equal(vm.verdict.pause_at, START + 2 * MINUTE);
	assert_int_equal(vm.verdict.stop_at, START + 60 * MINUTE);
	idle_vm_run(&vm, START + 2 * MINUTE - 1);
	assert_int_equal(vm.pauses, 0);
	idle_vm_run(&vm, START + 2 * MINUTE);
	assert_int_equal(vm.pauses, 1);
	assert_int_equal(vm.measures, 1);
	assert_int_equal(vm.verdict.pause_at, 0);
	/* Its agent is not asked, and its channel may be gone. */
	vm.facts.agent = false;
	idle_vm_run(&vm, START + 60 * MINUTE - 1);
	assert_int_equal(vm.stops, 0);
	assert_int_equal(vm.announced_at, START + 59 * MINUTE);
	idle_vm_run(&vm, START + 60 * MINUTE);
	assert_int_equal(vm.stops, 1);
	assert_int_equal(vm.stopped_at, START + 60 * MINUTE);
	assert_int_equal(vm.measures, 1);
	assert_int_equal(vm.pauses, 1);
}

static void test_runs_on_and_counts_anew(void **state)
{
	struct idle_vm vm = vm_new_pausing();

	(void)state;
	idle_vm_run(&vm, START + 30 * MINUTE);
	assert_int_equal(vm.pauses, 1);
	vm.facts.paused = false;
	idle_vm_step(&vm);
	assert_int_equal(vm.verdict.pause_at, START + 32 * MINUTE);
	assert_int_equal(vm.verdict.stop_at, START + 90 * MINUTE);
	idle_vm_run(&vm, START + 90 * MINUTE);
	assert_int_equal(vm.pauses, 2);
	assert_int_equal(vm.stopped_at, START + 90 * MINUTE);
}

/* What keeps it from being stopped keeps it from being paused. */
static void test_kept_from_pause(void **state)
{
	struct idle_vm vm = vm_new_pausing();

	(void)state;
	vm.facts.sessions = 1;
	idle_vm_step(&vm);
	idle_vm_run(&vm, START + 100 * MINUTE);
	assert_int_equal(vm.pauses, 0);
	vm.facts.sessions = 0;
	idle_vm_step(&vm);
	idle_vm_run(&vm, vm.now + MINUTE + 55 * SECOND);
	assert_true(vm.policy.measuring);
	idle_policy_guest_active(&vm.policy, vm.now, REASON_GUEST);
	idle_vm_step(&vm);
	idle_vm_run(&vm, vm.now + MINUTE);
	assert_int_equal(vm.pauses, 0);
	idle_vm_run(&vm, vm.now + MINUTE);
	assert_int_equal(vm.pauses, 1);
	/* A hold on one that is paused keeps it from its stop, and does not let it run on. */
	vm.facts.holds = REASON_BIT(REASON_INHIBITED);
	idle_vm_step(&vm);
	idle_vm_run(&vm, vm.now + 100 * MINUTE);
	assert_int_equal(vm.stops, 0);
	assert_true(vm.facts.paused);
	vm.facts.holds = 0;
	idle_vm_step(&vm);
	idle_vm_run(&vm, vm.now + 60 * MINUTE);
	assert_int_equal(vm.stops, 1);
}

/* Programs that were started for the display, beside such windows: likewise. */
static void test_windowed_programs(void **state)
{
	struct idle_vm vm = vm_new_pausing();

	(void)state;
	/* Its window has not come yet: nobody knows what it does. */
	vm.facts.sessions = vm.facts.windowed = 2;
	idle_vm_step(&vm);
	assert_int_equal(vm.verdict.kind, IDLE_BUSY);
	vm.facts.holds = REASON_BIT(REASON_WINDOW);
	idle_vm_step(&vm);
	assert_int_equal(vm.verdict.kind, IDLE_BUSY);
	vm.facts.holds = REASON_BIT(REASON_HIDDEN);
	idle_vm_step(&vm);
	assert_int_equal(vm.verdict.kind, IDLE_COUNTING);
	assert_int_equal(vm.verdict.stop_at, 0);
	/* Somebody waits for another program's end. */
	vm.facts.sessions = 3;
	idle_vm_step(&vm);
	assert_int_equal(vm.verdict.kind, IDLE_BUSY);
	idle_vm_run(&vm, START + 100 * MINUTE);
	assert_int_equal(vm.pauses, 0);
	vm.facts.sessions = 2;
	idle_vm_step(&vm);
	assert_int_equal(vm.verdict.pause_at, START + 102 * MINUTE);
	idle_vm_run(&vm, START + 102 * MINUTE);
	assert_int_equal(vm.pauses, 1);
	assert_int_equal(
		vm.verdict.reasons, REASON_BIT(REASON_HIDDEN) | REASON_BIT(REASON_SESSIONS));
	/* What is still open elsewhere does not matter: it is not stopped. */
	idle_vm_run(&vm, START + 1000 * MINUTE);
	assert_int_equal(vm.stops, 0);
	/* Without windows they are programs as any, and it stays paused. */
	vm.facts.holds = 0;
	idle_vm_step(&vm);
	idle_vm_run(&vm, START + 2000 * MINUTE);
	assert_int_equal(vm.stops, 0);
	/* One that cannot be paused is kept running. */
	vm = vm_new_pausing();
	vm.facts.can_pause = false;
	vm.facts.sessions = vm.facts.windowed = 1;
	vm.facts.holds = REASON_BIT(REASON_HIDDEN);
	idle_vm_step(&vm);
	assert_int_equal(vm.verdict.kind, IDLE_BUSY);
}

/* Windows that nobody sees keep it from its stop alone. */
static void test_hidden_windows(void **state)
{
	struct idle_vm vm = vm_new_pausing();

	(void)state;
	vm.facts.holds = REASON_BIT(REASON_HIDDEN);
	idle_vm_step(&vm);
	assert_int_equal(vm.verdict.kind, IDLE_COUNTING);
	assert_int_equal(vm.verdict.reasons, REASON_BIT(REASON_HIDDEN));
	assert_int_equal(vm.verdict.pause_at, START + 2 * MINUTE);
	assert_int_equal(vm.verdict.stop_at, 0);
	idle_vm_run(&vm, START + 2 * MINUTE - 1);
	assert_int_equal(vm.pauses, 0);
	assert_int_equal(vm.measures, 1);
	idle_vm_run(&vm, START + 2 * MINUTE);
	assert_int_equal(vm.pauses, 1);
	/* There it stays, and nobody is woken for it. */
	assert_int_equal(vm.verdict.kind, IDLE_BUSY);
	assert_int_equal(vm.verdict.reasons, REASON_BIT(REASON_HIDDEN));
	assert_int_equal(vm.verdict.wake_at, 0);
	idle_vm_run(&vm, START + 1000 * MINUTE);
	assert_int_equal(vm.stops + vm.announces, 0);
	/* The last of them is closed. */
	vm.facts.holds = 0;
	idle_vm_step(&vm);
	idle_vm_run(&vm, vm.now + 60 * MINUTE - 1);
	assert_int_equal(vm.stops, 0);
	assert_int_equal(vm.announces, 1);
	idle_vm_run(&vm, vm.now + 1);
	assert_int_equal(vm.stops, 1);
}

/* ... and others keep it from both, as does what else there is. */
static void test_hidden_windows_and_more(void **state)
{
	static const enum reason_code others[] = {
		REASON_WINDOW, REASON_TRAY, REASON_INHIBITED, REASON_USB, REASON_NETWORK_CLIENT};

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct idle_vm vm = vm_new_pausing();

		vm.facts.holds = REASON_BIT(REASON_HIDDEN) | REASON_BIT(others[i]);
		idle_vm_step(&vm);
		assert_int_equal(vm.verdict.kind, IDLE_BUSY);
		idle_vm_run(&vm, START + 100 * MINUTE);
		assert_int_equal(vm.pauses + vm.stops, 0);
		vm.facts.holds = REASON_BIT(REASON_HIDDEN);
		idle_vm_step(&vm);
		idle_vm_run(&vm, vm.now + 2 * MINUTE);
		assert_int_equal(vm.pauses, 1);
		/* One is shown, and it runs on for that. */
		vm.facts.holds = REASON_BIT(REASON_WINDOW);
		vm.facts.paused = false;
		idle_vm_step(&vm);
		idle_vm_run(&vm, vm.now + 100 * MINUTE);
		assert_int_equal(vm.pauses, 1);
		assert_int_equal(vm.stops, 0);
	}
}

/* Where it does not pause, or cannot, they keep it as others do; an announced stop is withdrawn. */
static void test_hidden_windows_without_pause(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++) {
		struct idle_vm vm = vm_new_pausing();

		vm.config.pause_ms = i == 0 ? 0 : 2 * MINUTE;
		vm.facts.can_pause = i == 0;
		idle_vm_step(&vm);
		idle_vm_run(&vm, START + 59 * MINUTE + SECOND);
		assert_int_equal(vm.announces, 1);
		vm.facts.holds = REASON_BIT(REASON_HIDDEN);
		idle_vm_step(&vm);
		assert_int_equal(vm.withdraws, 1);
		assert_int_equal(vm.verdict.kind, IDLE_BUSY);
		idle_vm_run(&vm, START + 1000 * MINUTE);
		assert_int_equal(vm.pauses + vm.stops, 0);
	}
}

/* The same where it has been paused, and is about to be stopped. */
static void test_hidden_window_at_the_end(void **state)
{
	struct idle_vm vm = vm_new_pausing();

	(void)state;
	idle_vm_run(&vm, START + 59 * MINUTE + SECOND);
	assert_int_equal(vm.announces, 1);
	vm.facts.holds = REASON_BIT(REASON_HIDDEN);
	idle_vm_step(&vm);
	assert_int_equal(vm.withdraws, 1);
	idle_vm_run(&vm, START + 1000 * MINUTE);
	assert_int_equal(vm.stops, 0);
	assert_true(vm.facts.paused);
}

/* A user keeps it for an hour: not even a pause before that. */
static void test_hidden_window_of_one_kept(void **state)
{
	struct idle_vm vm = vm_new_pausing();

	(void)state;
	vm.facts.holds = REASON_BIT(REASON_HIDDEN);
	idle_policy_keep(&vm.policy, START + 90 * MINUTE);
	idle_vm_step(&vm);
	assert_int_equal(vm.verdict.pause_at, START + 90 * MINUTE);
	idle_vm_run(&vm, START + 90 * MINUTE - 1);
	assert_int_equal(vm.pauses, 0);
	idle_vm_run(&vm, START + 90 * MINUTE);
	assert_int_equal(vm.pauses, 1);
}

/* By itself, or since somebody asked for it on the way. */
static void test_not_paused_after_all(void **state)
{
	struct idle_vm vm = vm_new_pausing();

	(void)state;
	vm.facts.can_pause = false;
	idle_vm_step(&vm);
	assert_int_equal(vm.verdict.pause_at, 0);
	idle_vm_run(&vm, START + 59 * MINUTE);
	assert_int_equal(vm.pauses, 0);
	vm.facts.can_pause = true;
	idle_policy_asked(&vm.policy, vm.now);
	idle_vm_step(&vm);
	assert_int_equal(vm.verdict.pause_at, vm.now + 2 * MINUTE);
	/* The same time for both: it just stops. */
	vm.config.pause_ms = vm.config.after_ms;
	idle_vm_step(&vm);
	idle_vm_run(&vm, vm.now + 60 * MINUTE);
	assert_int_equal(vm.pauses, 0);
	assert_int_equal(vm.stops, 1);
}

/* ---- its network ---- */

static struct idle_vm vm_new_networked(void)
{
	struct idle_vm vm = vm_new_pausing();

	vm.facts.network = true;
	idle_vm_step(&vm);
	return vm;
}

static void test_silent_network(void **state)
{
	struct idle_vm vm = vm_new_networked();

	(void)state;
	vm.bytes = 12345; /* before */
	idle_vm_run(&vm, START + 2 * MINUTE - 1);
	assert_int_equal(vm.counts, 1);
	assert_int_equal(vm.pauses, 0);
	idle_vm_run(&vm, START + 2 * MINUTE);
	assert_int_equal(vm.counts, 2);
	assert_int_equal(vm.pauses, 1);
	/* For the stop nobody counts. */
	idle_vm_run(&vm, START + 60 * MINUTE);
	assert_int_equal(vm.stops, 1);
	assert_int_equal(vm.counts, 2);
}

/* One byte in the minute before the pause, at its first and at its last moment. */
static void test_data_keeps_from_pause(void **state)
{
	static const uint64_t moments[] = {MINUTE + 1, 2 * MINUTE - 1};

	(void)state;
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
		struct idle_vm vm = vm_new_networked();

		idle_vm_run(&vm, START + moments[i]);
		vm.bytes++;
		idle_vm_run(&vm, START + 2 * MINUTE);
		assert_int_equal(vm.pauses, 0);
		assert_int_equal(vm.verdict.since, START + 2 * MINUTE);
		assert_int_equal(vm.policy.activity, REASON_NETWORK);
		assert_int_equal(vm.verdict.stop_at, START + 62 * MINUTE);
		idle_vm_run(&vm, START + 4 * MINUTE);
		assert_int_equal(vm.pauses, 1);
		assert_int_equal(vm.counts, 4);
	}
	/* What came before that minute does not keep it. */
	struct idle_vm vm = vm_new_networked();
	idle_vm_run(&vm, START + MINUTE - 1);
	vm.bytes++;
	idle_vm_run(&vm, START + 2 * MINUTE);
	assert_int_equal(vm.pauses, 1);
}

/* A pause after less than a minute: all of that time is looked at. */
static void test_short_pause_with_network(void **state)
{
	struct idle_vm vm = vm_new_pausing();

	(void)state;
	vm.config.pause_ms = 5 * SECOND;
	vm.facts.network = true;
	idle_vm_step(&vm);
	assert_int_equal(vm.counts, 1);
	idle_vm_run(&vm, START + 4 * SECOND);
	vm.bytes++;
	idle_vm_run(&vm, START + 5 * SECOND);
	assert_int_equal(vm.pauses, 0);
	idle_vm_run(&vm, START + 10 * SECOND);
	assert_int_equal(vm.pauses, 1);
}

/* Whoever counts has gone, or hangs: it is paused, a little later. */
static void test_nobody_counts(void **state)
{
	struct idle_vm vm = vm_new_networked();

	(void)state;
	vm.uncounted = true;
	idle_vm_run(&vm, START + 2 * MINUTE + IDLE_COUNTED_MS - 1);
	assert_int_equal(vm.pauses, 0);
	idle_vm_run(&vm, START + 2 * MINUTE + IDLE_COUNTED_MS);
	assert_int_equal(vm.pauses, 1);
	assert_int_equal(vm.counts, 2);
}

/* The loop was held up (the host slept): a whole minute is looked at before. */
static void test_late_with_network(void **state)
{
	struct idle_vm vm = vm_new_networked();

	(void)state;
	vm.now += 30 * MINUTE;
	idle_vm_step(&vm);
	assert_int_equal(vm.verdict.pause_at, vm.now + MINUTE);
	uint64_t woken = vm.now;
	idle_vm_run(&vm, woken + MINUTE - 1);
	assert_int_equal(vm.pauses, 0);
	idle_vm_run(&vm, woken + MINUTE);
	assert_int_equal(vm.pauses, 1);
}

/* A command in between: what it sent is not counted with what follows. */
static void test_use_between_counts(void **state)
{
	struct idle_vm vm = vm_new_networked();

	(void)state;
	idle_vm_run(&vm, START + 90 * SECOND);
	idle_policy_touch(&vm.policy, vm.now);
	idle_vm_step(&vm);
	vm.bytes += 1000;
	idle_vm_run(&vm, START + 90 * SECOND + 2 * MINUTE);
	assert_int_equal(vm.pauses, 1);
	assert_int_equal(vm.counts, 3);
}

/* A user keeps it for an hour: it stops then, and is not paused before that for a moment. */
static void test_kept_by_a_user(void **state)
{
	struct idle_vm vm = vm_new_pausing();

	(void)state;
	idle_policy_keep(&vm.policy, START + 90 * MINUTE);
	idle_vm_step(&vm);
	assert_int_equal(vm.verdict.pause_at, 0);
	idle_vm_run(&vm, START + 90 * MINUTE);
	assert_int_equal(vm.pauses, 0);
	assert_int_equal(vm.stopped_at, START + 90 * MINUTE);
	/* For less than its idle time: it is paused when that is over. */
	vm = vm_new_pausing();
	idle_policy_keep(&vm.policy, START + 30 * MINUTE);
	idle_vm_step(&vm);
	idle_vm_run(&vm, START + 30 * MINUTE);
	assert_int_equal(vm.pauses, 1);
	idle_vm_run(&vm, START + 60 * MINUTE);
	assert_int_equal(vm.stopped_at, START + 60 * MINUTE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paused_and_stopped),
		cmocka_unit_test(test_runs_on_and_counts_anew),
		cmocka_unit_test(test_kept_from_pause),
		cmocka_unit_test(test_hidden_windows),
		cmocka_unit_test(test_windowed_programs),
		cmocka_unit_test(test_hidden_windows_and_more),
		cmocka_unit_test(test_hidden_windows_without_pause),
		cmocka_unit_test(test_hidden_window_at_the_end),
		cmocka_unit_test(test_hidden_window_of_one_kept),
		cmocka_unit_test(test_not_paused_after_all),
		cmocka_unit_test(test_kept_by_a_user),
		cmocka_unit_test(test_silent_network),
		cmocka_unit_test(test_data_keeps_from_pause),
		cmocka_unit_test(test_short_pause_with_network),
		cmocka_unit_test(test_nobody_counts),
		cmocka_unit_test(test_late_with_network),
		cmocka_unit_test(test_use_between_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
