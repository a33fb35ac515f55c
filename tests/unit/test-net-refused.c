/* What of a refused packet is read, and how often it is told. */
#include <stdlib.h>
#include <string.h>

#include "host-broker/net/refused/packet.h"
#include "host-broker/network/refusals.h"
#include "tests/lib/test.h"

#define PARSE(text, ret) refused_packet_parse((const uint8_t *)(text), sizeof(text) - 1, ret)
#define FOUR(first, fragment) first "\0\0\x28\0\7" fragment "\x40\x06\0\0\x0a\xc8\0\1\xc0\0\2\1"
#define SIX \
	"\x60\0\0\0\0\x08\x11\x40\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0" \
	"\0\2"

static void packets(void **state)
{
	struct refused_packet got;

	(void)state;
	assert_true(PARSE(FOUR("\x45", "\0\0") "\3\xe8\1\xbb", &got));
	assert_int_equal(got.protocol, IPPROTO_TCP);
	assert_int_equal(got.to.family, AF_INET);
	assert_int_equal(got.to.bytes[0], 192);
	assert_int_equal(got.port, 443);
	/* Options before the ports; without ports; a later fragment. */
	assert_true(PARSE(FOUR("\x46", "\0\0") "\1\1\1\1\3\xe8\1\xbb", &got));
	assert_int_equal(got.port, 443);
	assert_true(PARSE(FOUR("\x45", "\0\0") "\3\xe8\1", &got));
	assert_int_equal(got.port, 0);
	assert_true(PARSE(FOUR("\x45", "\0\x10") "\3\xe8\1\xbb", &got));
	assert_int_equal(got.port, 0);
	assert_true(PARSE(SIX "\3\xe8\0\x35", &got));
	assert_int_equal(got.to.family, AF_INET6);
	assert_int_equal(got.to.bytes[15], 2);
	assert_int_equal(got.port, 53);
}

static void packets_that_are_none(void **state)
{
	static const char four[] = FOUR("\x45", "\0\0"), six[] = SIX;
	struct refused_packet got;

	(void)state;
	for (size_t length = 0; length < sizeof(four) - 1; length++)
		assert_false(refused_packet_parse((const uint8_t *)four, length, &got));
	for (size_t length = 0; length < sizeof(six) - 1; length++)
		assert_false(refused_packet_parse((const uint8_t *)six, length, &got));
	assert_false(PARSE(FOUR("\x44", "\0\0") "\3\xe8\1\xbb", &got));
	assert_false(PARSE(FOUR("\x55", "\0\0") "\3\xe8\1\xbb", &got));
}

static struct refusal refusal_make(uint8_t protocol, const char *to, uint16_t port)
{
	struct refusal ret = {.protocol = protocol, .port = port};

	assert_true(net_address_parse(to, &ret.to));
	return ret;
}

static void told_once_in_a_while(void **state)
{
	struct refusals refusals = {0};
	const struct refusal one = refusal_make(IPPROTO_TCP, "192.0.2.1", 443),
			     other = refusal_make(IPPROTO_UDP, "192.0.2.1", 443);

	(void)state;
	assert_true(refusals_are_told(&refusals, &one, 1));
	assert_false(refusals_are_told(&refusals, &one, REFUSALS_AGAIN_MS));
	assert_true(refusals_are_told(&refusals, &other, REFUSALS_AGAIN_MS));
	assert_true(refusals_are_told(&refusals, &one, 1 + REFUSALS_AGAIN_MS));
	/* So many others later it is not known any more. */
	for (uint16_t port = 1; port <= REFUSALS_KEPT; port++) {
		const struct refusal next = refusal_make(IPPROTO_TCP, "192.0.2.2", port);
		assert_true(refusals_are_told(&refusals, &next, 2 + REFUSALS_AGAIN_MS + port));
	}
	assert_true(refusals_are_told(&refusals, &one, 60 + REFUSALS_AGAIN_MS));
}

static void in_words(void **state)
{
	struct refusal refusal = refusal_make(IPPROTO_TCP, "192.0.2.1", 443);
	char text[REFUSAL_TEXT_SIZE];

	(void)state;
	refusal_print(&refusal, text);
	assert_string_equal(text, "its network refused tcp to 192.0.2.1, port 443");
	refusal = refusal_make(IPPROTO_ICMPV6, "2001:db8::1", 0);
	refusal_print(&refusal, text);
	assert_string_equal(text, "its network refused icmp to 2001:db8::1");
	refusal = refusal_make(255, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 0);
	refusal_print(&refusal, text);
	assert_string_equal(text,
		"its network refused protocol 255 to ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets),
		cmocka_unit_test(packets_that_are_none),
		cmocka_unit_test(told_once_in_a_while),
		cmocka_unit_test(in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
