/* Who is let in, and when he is heard. */
#include <stdlib.h>
#include <uv.h>

#include "host-broker/access/lobby.h"
#include "tests/lib/test.h"

static struct lobby lobby;
static struct lobby_visit visit;

static bool enters(uid_t uid, enum lobby_kind kind)
{
	return lobby_enter(&lobby, uid, kind, 0, &visit) == 0;
}

static size_t crowd(uid_t uid, enum lobby_kind kind, size_t tries)
{
	size_t count = 0;

	for (size_t i = 0; i < tries; i++)
		count += enters(uid, kind);
	return count;
}

static void test_room(void **state)
{
	size_t strangers = 0;

	(void)state;
	lobby_init(&lobby, 0);
	/* One, and then one with thousands of uids. */
	assert_int_equal(crowd(60001, LOBBY_STRANGER, 300), LOBBY_OF_STRANGER_MAX);
	for (uid_t uid = 100000; uid < 165536; uid++)
		strangers += enters(uid, LOBBY_STRANGER);
	assert_int_equal(strangers, LOBBY_STRANGERS_MAX - LOBBY_OF_STRANGER_MAX);
	/* One whom a VM names leaves room for another, and both for the owner. */
	assert_int_equal(crowd(1000, LOBBY_NAMED, 300), LOBBY_OF_NAMED_MAX);
	assert_int_equal(crowd(1001, LOBBY_NAMED, 300), LOBBY_NAMED_MAX - LOBBY_OF_NAMED_MAX);
	assert_int_equal(crowd(0, LOBBY_OWNER, 300), CLIENTS_MAX);
	/* A place that is left is there again. */
	lobby_leave(&lobby, 60001, LOBBY_STRANGER);
	assert_true(enters(60001, LOBBY_STRANGER));
	assert_false(enters(60001, LOBBY_STRANGER));
	lobby_leave(&lobby, 1001, LOBBY_NAMED);
	assert_false(enters(1000, LOBBY_NAMED));
	assert_true(enters(1001, LOBBY_NAMED));
}

static void visit_once(uid_t uid, enum lobby_kind kind, uint64_t now_ms)
{
	assert_int_equal(lobby_enter(&lobby, uid, kind, now_ms, &visit), 0);
	lobby_leave(&lobby, uid, kind);
}

static void test_pace(void **state)
{
	(void)state;
	lobby_init(&lobby, 0);
	for (int i = 0; i < LOBBY_NAMED_BURST; i++) {
		visit_once(1000, LOBBY_NAMED, 0);
		assert_int_equal(visit.wait_ms, 0);
	}
	visit_once(1000, LOBBY_NAMED, 0);
	assert_int_equal(visit.wait_ms, 1000 / LOBBY_NAMED_RATE);
	assert_true(visit.begins);
	visit_once(1000, LOBBY_NAMED, 0);
	assert_int_equal(visit.wait_ms, 2000 / LOBBY_NAMED_RATE);
	assert_false(visit.begins);
	/* Nobody else waits for it. */
	visit_once(1001, LOBBY_NAMED, 0);
	assert_int_equal(visit.wait_ms, 0);
	visit_once(60001, LOBBY_STRANGER, 0);
	assert_int_equal(visit.wait_ms, 0);
	for (int i = 0; i < 2000; i++)
		visit_once(0, LOBBY_OWNER, 0);
	assert_int_equal(visit.wait_ms, 0);
}

static void test_strangers_pace(void **state)
{
	uint64_t longest = 0;

	(void)state;
	lobby_init(&lobby, 0);
	for (int i = 0; i <= LOBBY_STRANGER_BURST; i++)
		visit_once(60001, LOBBY_STRANGER, 0);
	assert_int_equal(visit.wait_ms, 1000 / LOBBY_STRANGER_RATE);
	/* Another has his own, as long as they are few. */
	visit_once(60002, LOBBY_STRANGER, 0);
	assert_int_equal(visit.wait_ms, 0);
	for (uid_t uid = 100000; uid < 101000; uid++) {
		visit_once(uid, LOBBY_STRANGER, 0);
		longest = visit.wait_ms > longest ? visit.wait_ms : longest;
	}
	assert_true(longest > 1000 * 800 / LOBBY_STRANGERS_RATE);
	visit_once(1000, LOBBY_NAMED, 0);
	assert_int_equal(visit.wait_ms, 0);
}

static void test_kind(void **state)
{
	enum lobby_kind kind;

	(void)state;
	lobby_init(&lobby, 0);
	assert_false(lobby_kind_of(&lobby, 1000, 0, &kind));
	visit_once(1000, LOBBY_NAMED, 5);
	visit_once(1000, LOBBY_NAMED, 500);
	assert_true(lobby_kind_of(&lobby, 1000, 5 + LOBBY_KIND_KEPT_MS - 1, &kind));
	assert_int_equal(kind, LOBBY_NAMED);
	assert_false(lobby_kind_of(&lobby, 1000, 5 + LOBBY_KIND_KEPT_MS, &kind));
	visit_once(1000, LOBBY_STRANGER, 2000);
	assert_true(lobby_kind_of(&lobby, 1000, 2001, &kind));
	assert_int_equal(kind, LOBBY_STRANGER);
	lobby_forget_kinds(&lobby);
	assert_false(lobby_kind_of(&lobby, 1000, 2001, &kind));
	visit_once(1000, LOBBY_STRANGER, 2002);
	assert_true(lobby_kind_of(&lobby, 1000, 2002, &kind));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_strangers_pace),
		cmocka_unit_test(test_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
