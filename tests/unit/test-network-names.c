/* Names of TAPs and MAC addresses: made of the VM's name alone, short enough, and told apart. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/network/attachment.h"
#include "tests/lib/test.h"

static void test_tap_names(void **state)
{
	static const struct {
		const char *vm, *up, *down;
	} cases[] = {
		{"a", "u-a", "d-a"},
		{"untrusted", "u-untrusted", "d-untrusted"},
		{"abcdefghijklm", "u-abcdefghijklm", "d-abcdefghijklm"},
	};
	char name[IFNAMSIZ];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		net_tap_name(cases[i].vm, NET_UP, name);
		assert_string_equal(name, cases[i].up);
		net_tap_name(cases[i].vm, NET_DOWN, name);
		assert_string_equal(name, cases[i].down);
	}
}

static void test_long_tap_names_differ(void **state)
{
	char one[IFNAMSIZ], other[IFNAMSIZ];

	(void)state;
	net_tap_name("abcdefghijklmn", NET_UP, one);
	assert_int_equal(strlen(one), IFNAMSIZ - 1);
	assert_memory_equal(one, "u.abcde", 7);
	net_tap_name("abcdefghijklmo", NET_UP, other);
	assert_string_not_equal(one, other);
	net_tap_name("abcdefghijklmn", NET_DOWN, other);
	assert_string_not_equal(one + 1, other + 1);
	net_tap_name("abcdefghijklmn", (enum net_side)(NET_HOST + 1), one);
	assert_int_equal(strlen(one), IFNAMSIZ - 1);
	assert_memory_equal(one, "v1.abcd", 7);
	net_tap_name("abcdefghijkl", NET_HOST, one);
	assert_string_equal(one, "v0-abcdefghijkl");
	net_tap_name("abcdefghijklmnopqrstuvwxyz012345", NET_UP, one);
	assert_int_equal(strlen(one), IFNAMSIZ - 1);
}

/* What others know them by stays as it is, from version to version. */
static void test_macs_stay(void **state)
{
	uint8_t mac[6];
	char text[18];

	(void)state;
	net_mac("untrusted", NET_UP, mac);
	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		mac[3], mac[4], mac[5]);
	assert_string_equal(text, "b6:95:c7:c5:d8:cf");
}

static int compare(const void *one, const void *other)
{
	return memcmp(one, other, 6);
}

static void test_macs(void **state)
{
	static uint8_t macs[2 * 4096][6];
	char vm[VM_NAME_MAX + 1];

	(void)state;
	for (unsigned int i = 0; i < 4096; i++) {
		snprintf(vm, sizeof(vm), "vm%u", i);
		net_mac(vm, NET_UP, macs[2 * i]);
		net_mac(vm, NET_DOWN, macs[2 * i + 1]);
	}
	qsort(macs, 2 * 4096, 6, compare);
	for (size_t i = 0; i < 2 * 4096; i++) {
		assert_int_equal(macs[i][0] & 3, 2);
		if (i > 0)
			assert_int_not_equal(compare(macs[i], macs[i - 1]), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tap_names),
		cmocka_unit_test(test_long_tap_names_differ),
		cmocka_unit_test(test_macs_stay),
		cmocka_unit_test(test_macs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
