/* Who may what: each rule on both sides. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/access/access.h"
#include "host-broker/access/names.h"
#include "proto/io/socket.h"
#include "tests/lib/test.h"

enum { BROKER = 500, ALICE = 1001, BOB = 1002, CAROL = 1003, STUDENTS = 2001, STAFF = 2002 };

static const id_t alice[] = {ALICE}, bob[] = {BOB}, students[] = {STUDENTS}, staff[] = {STAFF};
static const struct access_rules rules = {
	.users = {alice, 1},
	.groups = {students, 1},
	.managers = {bob, 1},
	.manager_groups = {staff, 1},
};
static const struct access_rules nobody;

static bool may(uid_t uid, gid_t gid, const gid_t *groups, size_t count,
	const struct access_rules *which, enum access wanted)
{
	const struct access_peer peer = {
		.uid = uid, .gid = gid, .groups = groups, .groups_count = count};

	return access_allowed(BROKER, &peer, which, wanted);
}

static void test_owner(void **state)
{
	static const struct access_rules *const all[] = {NULL, &nobody, &rules};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (int wanted = ACCESS_MANAGE; wanted <= ACCESS_USE; wanted++) {
			assert_true(may(BROKER, 7, NULL, 0, all[i], (enum access)wanted));
			assert_true(may(0, 0, NULL, 0, all[i], (enum access)wanted));
			assert_false(may(CAROL, 7, NULL, 0, all[i], (enum access)wanted));
		}
}

static void test_users(void **state)
{
	(void)state;
	assert_true(may(ALICE, 7, NULL, 0, &rules, ACCESS_USE));
	assert_false(may(ALICE, 7, NULL, 0, &rules, ACCESS_MANAGE));
	assert_false(may(ALICE, 7, NULL, 0, &nobody, ACCESS_USE));
	assert_false(may(ALICE, 7, NULL, 0, NULL, ACCESS_USE));
	assert_true(may(BOB, 7, NULL, 0, &rules, ACCESS_USE));
	assert_true(may(BOB, 7, NULL, 0, &rules, ACCESS_MANAGE));
	assert_false(may(BOB, 7, NULL, 0, NULL, ACCESS_MANAGE));
}

static void test_groups(void **state)
{
	static const gid_t two[] = {9, STUDENTS}, others[] = {9, 10}, both[] = {STAFF, STUDENTS};

	(void)state;
	/* The group of its own, and the supplementary ones. */
	assert_true(may(CAROL, STUDENTS, NULL, 0, &rules, ACCESS_USE));
	assert_false(may(CAROL, STUDENTS, NULL, 0, &rules, ACCESS_MANAGE));
	assert_true(may(CAROL, 7, two, 2, &rules, ACCESS_USE));
	assert_false(may(CAROL, 7, two, 1, &rules, ACCESS_USE));
	assert_false(may(CAROL, 7, two, 2, &rules, ACCESS_MANAGE));
	assert_false(may(CAROL, 7, others, 2, &rules, ACCESS_USE));
	assert_true(may(CAROL, STAFF, NULL, 0, &rules, ACCESS_MANAGE));
	assert_true(may(CAROL, 7, both, 1, &rules, ACCESS_MANAGE));
	/* A number is a user's or a group's, never both. */
	assert_false(may(STUDENTS, 7, NULL, 0, &rules, ACCESS_USE));
	assert_false(may(CAROL, ALICE, NULL, 0, &rules, ACCESS_USE));
	assert_false(may(STAFF, BOB, NULL, 0, &rules, ACCESS_MANAGE));
}

static void test_names(void **state)
{
	char *users[] = {"root", "no-such-user-here", "4294967295", "77"}, *groups[] = {"root"};
	const struct access_config config = {
		.users = {users, 4}, .groups = {groups, 1}, .managers = {users, 0}};
	struct access_rules made;

	(void)state;
	assert_int_equal(access_rules_make(&config, &made), 0);
	assert_int_equal(made.users.count, 2);
	assert_int_equal(made.users.ids[0], 0);
	assert_int_equal(made.users.ids[1], 77);
	assert_int_equal(made.groups.count, 1);
	assert_int_equal(made.groups.ids[0], 0);
	assert_int_equal(made.managers.count, 0);
	access_rules_finish(&made);
}

static void test_peer_groups(void **state)
{
	gid_t *groups, own[1024];
	size_t count;
	int fds[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	int owned = getgroups(1024, own);
	assert_int_equal(socket_peer_groups(fds[0], &groups, &count), 0);
	assert_int_equal(count, owned);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(groups[i], own[i]);
	free(groups);
	close(fds[0]);
	close(fds[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_users),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_peer_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
