/* Pairs of addresses: made from names, kept, and never moved by others. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/network/allot.h"
#include "tests/lib/test.h"

static const struct net_pins none = {0};

static struct net_prefix prefix(const char *text)
{
	struct net_prefix ret;

	assert_true(net_prefix_parse(text, &ret));
	return ret;
}

static void address_is(struct net_address address, const char *expected)
{
	char text[NET_ADDRESS_TEXT_SIZE];

	net_address_print(&address, text);
	assert_string_equal(text, expected);
}

static void test_ranges(void **state)
{
	const struct net_prefix four = prefix("10.200.0.0/16"), six = prefix("fd00:0:0:c8::/64"),
				pair = prefix("10.0.0.2/31");

	(void)state;
	assert_int_equal(net_pairs(&four), 32768);
	assert_int_equal(net_pairs(&six), 1 << 24);
	assert_int_equal(net_pairs(&pair), 1);
	address_is(net_pair_address(&four, 0), "10.200.0.0");
	address_is(net_pair_address(&four, 32767), "10.200.255.254");
	address_is(net_pair_address(&six, 0x010203), "fd00::c8:0:0:2:406");
	address_is(net_pair_address(&pair, 0), "10.0.0.2");
}

static void test_pair_of(void **state)
{
	static const struct {
		const char *range, *address;
		long pair; /* -1: none */
	} cases[] = {
		{"10.200.0.0/16", "10.200.0.0", 0},
		{"10.200.0.0/16", "10.200.0.1", 0},
		{"10.200.0.0/16", "10.200.1.3", 129},
		{"10.200.0.0/16", "10.200.255.255", 32767},
		{"10.200.0.0/16", "10.201.0.0", -1},
		{"10.200.0.0/16", "fd00::1", -1},
		{"fd00::/64", "fd00::1:1", 32768},
		{"fd00::/64", "fd00::1ff:ffff", (1 << 24) - 1},
		{"fd00::/64", "fd00::200:0", -1}, /* it has more than are given */
		{"fd00::/64", "fd00::1:0:0:1", -1},
	};
	struct net_address address;
	uint32_t pair;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct net_prefix range = prefix(cases[i].range);
		assert_true(net_address_parse(cases[i].address, &address));
		bool found = net_pair_of(&range, &address, &pair);
		if (found != (cases[i].pair >= 0) || (found && pair != cases[i].pair))
			fail_msg("%s in %s: %ld", cases[i].address, cases[i].range,
				found ? (long)pair : -1);
	}
}

static uint32_t allot(struct numbers *allotments, const struct net_pins *pins, const char *vm,
	uint32_t pairs, int expected)
{
	uint32_t pair = 0;

	assert_int_equal(net_allot(allotments, pins, vm, NET_UP, pairs, &pair), expected);
	return pair;
}

static void test_it_stays(void **state)
{
	struct numbers allotments = {.rules = &net_allotment_rules};
	uint32_t up = allot(&allotments, &none, "work", 32768, 1);
	uint32_t other = allot(&allotments, &none, "other", 32768, 1);

	(void)state;
	assert_int_not_equal(up, other);
	assert_int_equal(allot(&allotments, &none, "work", 32768, 0), up);
	/* Without the file it is the same. */
	numbers_finish(&allotments);
	assert_int_equal(allot(&allotments, &none, "work", 32768, 1), up);
	numbers_finish(&allotments);
}

/* In a small range all meet, and each has its own until all are given. */
static void test_they_differ(void **state)
{
	struct numbers allotments = {.rules = &net_allotment_rules};
	uint32_t first[16];
	bool seen[16] = {false};
	char vm[16];
	uint32_t pair;

	(void)state;
	for (unsigned int i = 0; i < 16; i++) {
		snprintf(vm, sizeof(vm), "vm%u", i);
		first[i] = allot(&allotments, &none, vm, 16, 1);
		assert_in_range(first[i], 0, 15);
		assert_false(seen[first[i]]);
		seen[first[i]] = true;
	}
	assert_int_equal(net_allot(&allotments, &none, "more", NET_UP, 16, &pair), UV_ENOSPC);
	for (unsigned int i = 0; i < 16; i++) {
		snprintf(vm, sizeof(vm), "vm%u", i);
		assert_int_equal(allot(&allotments, &none, vm, 16, 0), first[i]);
	}
	numbers_finish(&allotments);
}

static void test_pins(void **state)
{
	struct numbers allotments = {.rules = &net_allotment_rules};
	uint32_t had = allot(&allotments, &none, "work", 16, 1);
	struct net_pins pins = {.items = calloc(1, sizeof(*pins.items)), .count = 1};

	(void)state;
	pins.items[0].vm = "other";
	pins.items[0].pair = had;
	/* Another VM has it by the configuration: that one keeps it. */
	uint32_t moved = allot(&allotments, &pins, "work", 16, 1);
	assert_int_not_equal(moved, had);
	assert_int_equal(allot(&allotments, &pins, "work", 16, 0), moved);
	assert_int_equal(allotments.count, 1);
	/* Its own pin takes nothing from it. */
	pins.items[0].vm = "work";
	pins.items[0].pair = moved;
	assert_int_equal(allot(&allotments, &pins, "work", 16, 0), moved);
	free(pins.items);
	numbers_finish(&allotments);
}

/* A netvm has one more, of which a pin says nothing. */
static void test_both_sides(void **state)
{
	struct numbers allotments = {.rules = &net_allotment_rules};
	struct net_pins pins = {.items = calloc(1, sizeof(*pins.items)), .count = 1};
	uint32_t up = allot(&allotments, &none, "net", 32768, 1), down, again;

	(void)state;
	assert_int_equal(net_allot(&allotments, &none, "net", NET_DOWN, 32768, &down), 1);
	assert_int_not_equal(up, down);
	assert_int_equal(net_allot(&allotments, &none, "net", NET_DOWN, 32768, &again), 0);
	assert_int_equal(again, down);
	assert_int_equal(allot(&allotments, &none, "net", 32768, 0), up);
	pins.items[0].vm = "net";
	pins.items[0].pair = down;
	assert_int_equal(net_allot(&allotments, &pins, "net", NET_DOWN, 32768, &again), 1);
	assert_int_not_equal(again, down);
	free(pins.items);
	numbers_finish(&allotments);
}

static void test_a_smaller_range(void **state)
{
	struct numbers allotments = {.rules = &net_allotment_rules};
	unsigned int line;

	(void)state;
	assert_int_equal(numbers_parse(&allotments, "a 5\nb 3\n", &line), 0);
	assert_in_range(allot(&allotments, &none, "a", 4, 1), 0, 2);
	assert_int_equal(allot(&allotments, &none, "b", 4, 0), 3);
	numbers_finish(&allotments);
}

static void test_text(void **state)
{
	static const char good[] = "# kept\n\nwork 0\nlast 16777215\nsys.down 77\n";
	static const struct {
		const char *text;
		unsigned int line;
	} bad[] = {
		{"work", 1},
		{"work ", 1},
		{"work x", 1},
		{"work 1 ", 1},
		{"work -1", 1},
		{"work 16777216", 1},
		{"work 123456789", 1},
		{"work up 1", 1},
		{"Work 1", 1},
		{"a 1\na 2", 2},
		{"a.up 1", 1},
		{".down 1", 1},
		{"a.down.down 1", 1},
		{"a23456789012345678901234567890123.down 1", 1},
		{"a.down 1\na.down 2", 2},
		{"a 1\nb 1", 2},
		{"a 1\n\n  b 2", 3},
	};
	struct numbers allotments = {.rules = &net_allotment_rules}, again = allotments;
	unsigned int line;

	(void)state;
	assert_int_equal(numbers_parse(&allotments, good, &line), 0);
	assert_int_equal(allotments.count, 3);
	char *text = numbers_print(&allotments);
	assert_non_null(text);
	assert_int_equal(numbers_parse(&again, text, &line), 0);
	assert_int_equal(again.count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(again.items[i].name, allotments.items[i].name);
		assert_int_equal(again.items[i].value, allotments.items[i].value);
	}
	free(text);
	numbers_finish(&allotments);
	numbers_finish(&again);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (numbers_parse(&allotments, bad[i].text, &line) != UV_EINVAL)
			fail_msg("taken: %s", bad[i].text);
		assert_int_equal(line, bad[i].line);
		assert_int_equal(allotments.count, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_pair_of),
		cmocka_unit_test(test_it_stays),
		cmocka_unit_test(test_they_differ),
		cmocka_unit_test(test_pins),
		cmocka_unit_test(test_both_sides),
		cmocka_unit_test(test_a_smaller_range),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
