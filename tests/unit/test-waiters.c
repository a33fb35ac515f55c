/* Who waits for a VM: each is told once, in the order in which they came, whatever a callback does.
 */
#include <string.h>

#include "host-broker/vm/waiters.h"
#include "tests/lib/test.h"

struct crowd {
	struct waiters waiters;
	struct waiter all[4];
	char told[64]; /* "0d 2f ": who was told what */
	void (*inside)(struct crowd *crowd, size_t who);
};

struct seat {
	struct crowd *crowd;
	size_t who;
};

static void note(struct seat *seat, char what)
{
	char text[4] = {(char)('0' + seat->who), what, ' ', '\0'};

	strncat(seat->crowd->told, text, sizeof(seat->crowd->told) - 4);
	if (seat->crowd->inside)
		seat->crowd->inside(seat->crowd, seat->who);
}

static void on_done(void *data)
{
	note(data, 'd');
}

static void on_failed(void *data, const struct failure *failure)
{
	(void)failure;
	note(data, 'f');
}

static void on_progress(void *data, Vmsilo__Broker__Stage stage)
{
	(void)stage;
	note(data, 'p');
}

static void gather(struct crowd *crowd, struct seat seats[4])
{
	*crowd = (struct crowd){0};
	waiters_init(&crowd->waiters);
	for (size_t i = 0; i < 4; i++) {
		seats[i] = (struct seat){.crowd = crowd, .who = i};
		crowd->all[i] = (struct waiter){.wanted = i == 1 ? WAIT_STOPPED : WAIT_RUNNING,
			.on_progress = on_progress,
			.on_done = on_done,
			.on_failed = on_failed,
			.data = &seats[i]};
		waiters_add(&crowd->waiters, &crowd->all[i]);
	}
}

static void test_those_who_want_it(void **state)
{
	const struct failure failure = {.text = "so", .monitor = ""};
	struct crowd crowd;
	struct seat seats[4];

	(void)state;
	gather(&crowd, seats);
	waiters_progress(&crowd.waiters, VMSILO__BROKER__STAGE__STAGE_MONITOR);
	waiters_done(&crowd.waiters, WAIT_RUNNING);
	assert_int_equal(crowd.waiters.count, 1);
	assert_false(waiters_has(&crowd.waiters, WAIT_RUNNING));
	waiters_fail(&crowd.waiters, WAIT_STOPPED, &failure);
	assert_string_equal(crowd.told, "0p 2p 3p 0d 2d 3d 1f ");
	assert_int_equal(crowd.waiters.count, 0);
}

/* It goes, and is back at once: that is for the next round. */
static void comes_again(struct crowd *crowd, size_t who)
{
	waiters_add(&crowd->waiters, &crowd->all[who]);
}

static void test_who_comes_again_waits_again(void **state)
{
	struct crowd crowd;
	struct seat seats[4];

	(void)state;
	gather(&crowd, seats);
	crowd.inside = comes_again;
	waiters_done(&crowd.waiters, WAIT_RUNNING);
	assert_string_equal(crowd.told, "0d 2d 3d ");
	assert_int_equal(crowd.waiters.count, 4);
}

static void leaves(struct crowd *crowd, size_t who)
{
	if (who == 0)
		waiters_remove(&crowd->waiters, &crowd->all[2]);
}

static void test_who_leaves_meanwhile_is_not_told(void **state)
{
	struct crowd crowd;
	struct seat seats[4];

	(void)state;
	gather(&crowd, seats);
	crowd.inside = leaves;
	waiters_done(&crowd.waiters, WAIT_RUNNING);
	assert_string_equal(crowd.told, "0d 3d ");
	assert_int_equal(crowd.waiters.count, 1);
}

static bool is_last(struct waiter *waiter, void *data)
{
	return waiter == data;
}

/* A round within a round takes some of the outer one, and forgets none. */
static void tells_others(struct crowd *crowd, size_t who)
{
	const struct failure failure = {.text = "so", .monitor = ""};

	if (who == 0)
		waiters_fail_if(&crowd->waiters, is_last, &crowd->all[3], &failure);
}

static void test_a_round_within_a_round(void **state)
{
	struct crowd crowd;
	struct seat seats[4];

	(void)state;
	gather(&crowd, seats);
	crowd.inside = tells_others;
	waiters_done(&crowd.waiters, WAIT_RUNNING);
	assert_string_equal(crowd.told, "0d 3f 2d ");
	assert_int_equal(crowd.waiters.count, 1);
}

static void test_the_first_that_is_due(void **state)
{
	struct crowd crowd;
	struct seat seats[4];

	(void)state;
	gather(&crowd, seats);
	assert_int_equal(waiters_due(&crowd.waiters), 0);
	crowd.all[3].due_ms = 70;
	crowd.all[2].due_ms = 50;
	assert_int_equal(waiters_due(&crowd.waiters), 50);
}

static void test_a_run_counts_once(void **state)
{
	struct waiter waiter = {0};

	(void)state;
	waiter_count_run(&waiter, 5);
	waiter_count_run(&waiter, 5);
	assert_int_equal(waiter.runs, 1);
	waiter_count_run(&waiter, 6);
	assert_int_equal(waiter.runs, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_those_who_want_it),
		cmocka_unit_test(test_who_comes_again_waits_again),
		cmocka_unit_test(test_who_leaves_meanwhile_is_not_told),
		cmocka_unit_test(test_a_round_within_a_round),
		cmocka_unit_test(test_the_first_that_is_due),
		cmocka_unit_test(test_a_run_counts_once)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
