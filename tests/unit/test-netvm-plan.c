/* Which netvms are started for whom, and in which order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/network/netvm-plan.h"
#include "tests/lib/test.h"

#define MEMBERS_MAX 6

/* A netvm that rests, and may start; a client that runs. */
#define NETVM(way) \
	{ \
		.netvm = (way), .rests = true, .may_start = true \
	}
#define CLIENT(way) \
	{ \
		.netvm = (way), .uses = true \
	}

struct sample {
	const char *name;
	struct netvm_view views[MEMBERS_MAX];
	size_t count;
	size_t expected[MEMBERS_MAX];
	size_t expected_count;
};

static const struct sample samples[] = {
	{"nobody", {CLIENT(NETVM_NONE)}, 1, {0}, 0},
	{"one", {CLIENT(1), NETVM(NETVM_NONE)}, 2, {1}, 1},
	{"the nearest to the host first", {CLIENT(1), NETVM(2), NETVM(3), NETVM(NETVM_NONE)}, 4,
		{3, 2, 1}, 3},
	{"two clients, each netvm once", {CLIENT(2), CLIENT(2), NETVM(3), NETVM(NETVM_NONE)}, 4,
		{3, 2}, 2},
	{"a client that rests needs none", {NETVM(1), NETVM(NETVM_NONE)}, 2, {0}, 0},
	{"behind one that runs", {CLIENT(1), {.netvm = 2, .uses = true}, NETVM(NETVM_NONE)}, 3, {2},
		1},
	{"one that may not start, nor what only it needs",
		{CLIENT(1), {.netvm = 2, .rests = true}, NETVM(NETVM_NONE)}, 3, {0}, 0},
	{"but what is before it", {CLIENT(1), NETVM(2), {.netvm = NETVM_NONE, .rests = true}}, 3,
		{1}, 1},
	{"a circle ends", {CLIENT(1), NETVM(2), NETVM(1)}, 3, {0}, 2},
	{"one that goes through itself", {{.netvm = 0, .uses = true}}, 1, {0}, 0},
};

static void test_plans(void **state)
{
	struct netvm_view views[MEMBERS_MAX];
	size_t ret[MEMBERS_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		const struct sample *sample = &samples[i];
		memcpy(views, sample->views, sizeof(views));
		size_t count = netvm_plan(views, sample->count, ret);
		if (count != sample->expected_count)
			fail_msg("%s: %zu are started", sample->name, count);
		for (size_t j = 0; sample->expected[0] && j < count; j++)
			if (ret[j] != sample->expected[j])
				fail_msg("%s: the %zuth is %zu", sample->name, j, ret[j]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
