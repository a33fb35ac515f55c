/* Addresses, ranges, ports: what is right, what is not, on either side of each limit. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/address/publish.h"
#include "tests/lib/test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct net_address address(const char *text)
{
	struct net_address ret;

	if (!net_address_parse(text, &ret))
		fail_msg("no address: %s", text);
	return ret;
}

static struct net_prefix prefix(const char *text)
{
	struct net_prefix ret;

	if (!net_prefix_parse(text, &ret))
		fail_msg("no range: %s", text);
	return ret;
}

static void test_addresses(void **state)
{
	static const char *const good[] = {"10.0.0.1", "255.255.255.255", "::", "fd00::1", "::1"};
	static const char *const bad[] = {
		"", "10.0.0", "10.0.0.256", "10.0.0.1 ", "fd00:::1", "fe80::1%eth0", "host", "1"};
	struct net_address ret;
	char text[NET_ADDRESS_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		ret = address(good[i]);
		net_address_print(&ret, text);
		assert_string_equal(text, good[i]);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		if (net_address_parse(bad[i], &ret))
			fail_msg("taken: %s", bad[i]);
}

static void test_peers(void **state)
{
	static const char *const pairs[][2] = {
		{"10.0.0.0", "10.0.0.1"}, {"10.0.0.7", "10.0.0.6"}, {"fd00::", "fd00::1"}};

	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		const struct net_address one = address(pairs[i][0]);
		const struct net_address other = address(pairs[i][1]);
		const struct net_address peer = net_address_peer(&one);
		assert_true(net_address_equal(&peer, &other));
	}
}

static void test_unicast(void **state)
{
	static const char *const good[] = {"10.0.0.1", "1.0.0.0", "126.255.255.255", "128.0.0.1",
		"169.253.255.255", "169.255.0.1", "223.255.255.255", "fd00::1", "2001:db8::1"};
	static const char *const bad[] = {"0.0.0.0", "0.1.2.3", "127.0.0.1", "127.255.255.255",
		"169.254.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1",
		"febf::1", "ff02::1", "::ffff:10.0.0.1"};
	const struct net_address none = {0};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		const struct net_address at = address(good[i]);
		if (!net_address_is_unicast(&at))
			fail_msg("refused: %s", good[i]);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct net_address at = address(bad[i]);
		if (net_address_is_unicast(&at))
			fail_msg("taken: %s", bad[i]);
	}
	assert_false(net_address_is_unicast(&none));
}

static void test_prefixes(void **state)
{
	static const char *const bad[] = {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.1/31",
		"10.0.0.0/08", "10.0.0.0/-1", "10.0.0.0/8/8", "fd00::/129", "fd00::1/127", "a/8",
		"10.0.0.0/ 8", "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000/8"};
	static const char *const same[] = {
		"0.0.0.0/0", "10.0.0.0/31", "10.0.0.1/32", "::/0", "fd00::/127", "fd00::1/128"};
	struct net_prefix ret;
	char text[NET_PREFIX_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (net_prefix_parse(bad[i], &ret))
			fail_msg("taken: %s", bad[i]);
	for (size_t i = 0; i < COUNT(same); i++) {
		ret = prefix(same[i]);
		net_prefix_print(&ret, text);
		assert_string_equal(text, same[i]);
	}
	assert_int_equal(prefix("10.0.0.7").length, 32);
	assert_int_equal(prefix("fd00::7").length, 128);
}

static void test_prefix_has(void **state)
{
	static const struct {
		const char *prefix, *address;
		bool has;
	} cases[] = {
		{"10.0.0.0/8", "10.255.255.255", true},
		{"10.0.0.0/8", "11.0.0.0", false},
		{"10.8.0.0/13", "10.15.255.255", true},
		{"10.8.0.0/13", "10.16.0.0", false},
		{"0.0.0.0/0", "1.2.3.4", true},
		{"0.0.0.0/0", "fd00::1", false},
		{"::/0", "1.2.3.4", false},
		{"10.0.0.1/32", "10.0.0.1", true},
		{"10.0.0.1/32", "10.0.0.0", false},
		{"fd00::/127", "fd00::1", true},
		{"fd00::/127", "fd00::2", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct net_prefix range = prefix(cases[i].prefix);
		const struct net_address at = address(cases[i].address);
		if (net_prefix_has(&range, &at) != cases[i].has)
			fail_msg("%s in %s", cases[i].address, cases[i].prefix);
	}
}

static void test_prefix_overlaps(void **state)
{
	const struct net_prefix wide = prefix("10.0.0.0/8"), narrow = prefix("10.3.0.0/16"),
				other = prefix("11.0.0.0/8"), six = prefix("::/0");

	(void)state;
	assert_true(net_prefix_overlaps(&wide, &narrow));
	assert_true(net_prefix_overlaps(&narrow, &wide));
	assert_true(net_prefix_overlaps(&wide, &wide));
	assert_false(net_prefix_overlaps(&wide, &other));
	assert_false(net_prefix_overlaps(&narrow, &other));
	assert_false(net_prefix_overlaps(&six, &wide));
}

static void test_ports(void **state)
{
	static const char *const bad[] = {
		"", "0", "65536", "01", "1-", "-1", "2-1", "1-65536", "1 ", "1-2-3", "a", "+1"};
	struct net_port_range range;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (net_port_range_parse(bad[i], &range))
			fail_msg("taken: %s", bad[i]);
	assert_true(net_port_range_parse("1-65535", &range));
	assert_int_equal(range.first, 1);
	assert_int_equal(range.last, 65535);
	assert_true(net_port_range_parse("443", &range));
	assert_int_equal(range.last, 443);
}

static void test_host_ports(void **state)
{
	static const char *const bad[] = {"", "tcp", "tcp/", "/1", "icmp/1", "tcp/0", "tcp/65536",
		"TCP/1", "tcp/1/1", "8080"};
	struct net_host_port port;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (net_host_port_parse(bad[i], &port))
			fail_msg("taken: %s", bad[i]);
	assert_true(net_host_port_parse("udp/65535", &port));
	assert_int_equal(port.protocol, NET_UDP);
	assert_int_equal(port.port, 65535);
}

static void test_publish(void **state)
{
	static const struct {
		const char *text, *printed;
		uint16_t target;
	} good[] = {
		{"8080:80", "127.0.0.1:8080/tcp", 80},
		{"8080:80/tcp", "127.0.0.1:8080/tcp", 80},
		{"53:5353/udp", "127.0.0.1:53/udp", 5353},
		{"0.0.0.0:1:65535", "0.0.0.0:1/tcp", 65535},
		{"192.0.2.7:65535:1/udp", "192.0.2.7:65535/udp", 1},
		{"[::1]:8080:80", "[::1]:8080/tcp", 80},
		{"[::]:8080:80/udp", "[::]:8080/udp", 80},
		{"[2001:db8:1:2:3:4:5:6]:65535:80", "[2001:db8:1:2:3:4:5:6]:65535/tcp", 80},
	};
	static const char *const bad[] = {"", "80", ":80", "80:", "8080:80/", "8080:80/sctp",
		"0:80", "80:0", "65536:80", "80:65536", "tcp/80:80", "8080:80 ", " 8080:80",
		"localhost:80:80", "::1:80:80", "[::1]80:80", "[::1:80:80", "[127.0.0.1]:80:80",
		"[::1]", "[]:80:80", "1:2:3:4", "127.0.0.1::80", "127.0.0.1:80:", "80-81:80-81",
		"080:80", "[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:80:80"};
	char printed[NET_PUBLISH_TEXT_SIZE];
	struct net_publish ret;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		if (!net_publish_parse(good[i].text, &ret))
			fail_msg("refused: %s", good[i].text);
		net_publish_print(&ret, printed);
		assert_string_equal(printed, good[i].printed);
		assert_int_equal(ret.target, good[i].target);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		if (net_publish_parse(bad[i], &ret))
			fail_msg("taken: %s", bad[i]);
}

static void test_publish_meets(void **state)
{
	static const struct {
		const char *one, *other;
		bool meet;
	} cases[] = {
		{"80:1", "80:2", true},
		{"80:1", "81:1", false},
		{"80:1", "80:1/udp", false},
		{"80:1", "0.0.0.0:80:1", true},
		{"80:1", "127.0.0.2:80:1", false},
		{"80:1", "[::]:80:1", false},
		{"[::1]:80:1", "[::]:80:1", true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct net_publish one, other;
		assert_true(net_publish_parse(cases[i].one, &one));
		assert_true(net_publish_parse(cases[i].other, &other));
		assert_int_equal(net_publish_meets(&one, &other), cases[i].meet);
		assert_int_equal(net_publish_meets(&other, &one), cases[i].meet);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_peers),
		cmocka_unit_test(test_unicast),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_prefix_has),
		cmocka_unit_test(test_prefix_overlaps),
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_host_ports),
		cmocka_unit_test(test_publish),
		cmocka_unit_test(test_publish_meets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
