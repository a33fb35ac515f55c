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
	assert_int_equal(visit.news, LOBBY_HE_OWES);
	visit_once(1000, LOBBY_NAMED, 0);
	assert_int_equal(visit.wait_ms, 2000 / LOBBY_NAMED_RATE);
	assert_int_equal(visit.news, LOBBY_NO_NEWS);
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

static void test_news(void **state)
{
	(void)state;
	lobby_init(&lobby, 0);
	crowd(60001, LOBBY_STRANGER, LOBBY_OF_STRANGER_MAX);
	assert_int_equal(visit.news, LOBBY_NO_NEWS);
	/* Once, as long as it goes on. */
	assert_false(enters(60001, LOBBY_STRANGER));
	assert_int_equal(visit.news, LOBBY_HE_HAS_TOO_MANY);
	assert_false(enters(60001, LOBBY_STRANGER));
	assert_int_equal(visit.news, LOBBY_NO_NEWS);
	crowd(60002, LOBBY_STRANGER, LOBBY_OF_STRANGER_MAX);
	assert_false(enters(60003, LOBBY_STRANGER));
	assert_int_equal(visit.news, LOBBY_ALL_HAVE_TOO_MANY);
	assert_false(enters(60004, LOBBY_STRANGER));
	assert_int_equal(visit.news, LOBBY_NO_NEWS);
	/* The others' room is another. */
	crowd(1000, LOBBY_NAMED, LOBBY_OF_NAMED_MAX);
	crowd(1001, LOBBY_NAMED, LOBBY_NAMED_MAX - LOBBY_OF_NAMED_MAX);
	assert_false(enters(1002, LOBBY_NAMED));
	assert_int_equal(visit.news, LOBBY_ALL_HAVE_TOO_MANY);
	assert_int_equal(
		lobby_enter(&lobby, 60001, LOBBY_STRANGER, LOBBY_TOLD_MS, &visit), UV_ENOBUFS);
	assert_int_equal(visit.news, LOBBY_HE_HAS_TOO_MANY);
}

static void test_sent_away(void **state)
{
	(void)state;
	lobby_init(&lobby, 0);
	crowd(60001, LOBBY_STRANGER, LOBBY_OF_STRANGER_MAX);
	assert_false(lobby_sends_away(&lobby, 60001, 0));
	assert_false(enters(60001, LOBBY_STRANGER));
	assert_true(lobby_sends_away(&lobby, 60001, LOBBY_SENT_MS - 1));
	assert_false(lobby_sends_away(&lobby, 60002, 0));
	/* He may have become somebody else. */
	assert_false(lobby_sends_away(&lobby, 60001, LOBBY_SENT_MS));
	lobby_leave(&lobby, 60001, LOBBY_STRANGER);
	assert_false(lobby_sends_away(&lobby, 60001, 0));
	/* Who has none himself, while all of his kind have too many. */
	crowd(60002, LOBBY_STRANGER, LOBBY_OF_STRANGER_MAX);
	assert_true(enters(60001, LOBBY_STRANGER));
	assert_false(enters(60003, LOBBY_STRANGER));
	assert_true(lobby_sends_away(&lobby, 60003, 0));
	lobby_leave(&lobby, 60002, LOBBY_STRANGER);
	assert_false(lobby_sends_away(&lobby, 60003, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_strangers_pace),
		cmocka_unit_test(test_news),
		cmocka_unit_test(test_sent_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
