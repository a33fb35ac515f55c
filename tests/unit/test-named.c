/* Whom all VMs' `access:` name together. */
#include <uv.h>

#include "host-broker/access/named.h"
#include "tests/lib/test.h"

enum { BROKER = 500, ALICE = 1001, BOB = 1002, CAROL = 1003, STUDENTS = 2001 };

static char *alice[] = {"1001"}, *bob[] = {"1002"}, *students[] = {"2001"};

static bool has(const struct named *named, uid_t uid, gid_t group)
{
	const struct access_peer peer = {.uid = uid, .gid = 7, .groups = &group, .groups_count = 1};

	return named_has(named, BROKER, &peer);
}

static void test_all_together(void **state)
{
	const struct access_config first = {.users = {alice, 1}};
	const struct access_config second = {.managers = {bob, 1}, .groups = {students, 1}};
	struct named named = {0};

	(void)state;
	named_begin(&named, 0);
	assert_false(has(&named, ALICE, 8));
	/* More VMs than there was room for at first. */
	for (int i = 0; i < 40; i++)
		assert_int_equal(named_add(&named, i == 0 ? &first : &second), 0);
	assert_true(has(&named, ALICE, 8));
	assert_true(has(&named, BOB, 8));
	assert_true(has(&named, CAROL, STUDENTS));
	assert_false(has(&named, CAROL, 8));
	named_begin(&named, 0);
	assert_int_equal(named_add(&named, &second), 0);
	assert_false(has(&named, ALICE, 8));
	assert_true(has(&named, BOB, 8));
	named_finish(&named);
}

static void test_kept(void **state)
{
	struct named named = {0};

	(void)state;
	assert_true(named_is_stale(&named, 5));
	named_begin(&named, 5);
	assert_false(named_is_stale(&named, 5 + NAMED_KEPT_MS - 1));
	assert_true(named_is_stale(&named, 5 + NAMED_KEPT_MS));
	named_forget(&named);
	assert_true(named_is_stale(&named, 5));
	named_finish(&named);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_together),
		cmocka_unit_test(test_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
