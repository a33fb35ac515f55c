/* Credit, hello, the hybrid convention's lines, addresses, text, tokens. */
#include <stdbool.h>
#include <string.h>
#include <uv.h>

#include "proto/base/error.h"
#include "proto/base/text.h"
#include "proto/limits.h"
#include "proto/wire/address.h"
#include "proto/wire/credit.h"
#include "proto/wire/hello.h"
#include "proto/wire/hybrid.h"
#include "proto/wire/token.h"
#include "tests/lib/test.h"

static void test_credit_sender(void **state)
{
	struct credit_sender sender;

	(void)state;
	credit_sender_init(&sender);
	assert_int_equal(credit_sender_add(&sender, 1), UV_EPROTO);
	assert_int_equal(credit_sender_take(&sender, 100), 100);
	assert_int_equal(credit_sender_add(&sender, 0), UV_EPROTO);
	assert_int_equal(credit_sender_add(&sender, 101), UV_EPROTO);
	assert_int_equal(credit_sender_add(&sender, 100), 0);
	assert_int_equal(credit_sender_take(&sender, UINT32_MAX), SESSION_WINDOW);
	assert_int_equal(credit_sender_take(&sender, 1), 0);
	assert_int_equal(credit_sender_add(&sender, UINT32_MAX), UV_EPROTO);
}

static void test_credit_receiver(void **state)
{
	struct credit_receiver receiver;

	(void)state;
	credit_receiver_init(&receiver);
	assert_int_equal(credit_receiver_take(&receiver, SESSION_WINDOW + 1), UV_EPROTO);
	assert_int_equal(credit_receiver_take(&receiver, SESSION_WINDOW), 0);
	assert_int_equal(credit_receiver_take(&receiver, 1), UV_EPROTO);
	assert_int_equal(credit_receiver_consume(&receiver, SESSION_WINDOW / 2 - 1), 0);
	assert_int_equal(credit_receiver_consume(&receiver, 1), SESSION_WINDOW / 2);
	assert_int_equal(credit_receiver_take(&receiver, SESSION_WINDOW / 2), 0);
	assert_int_equal(credit_receiver_take(&receiver, 1), UV_EPROTO);
}

static Vmsilo__Hello offer_of(uint32_t least, uint32_t most, uint64_t features)
{
	Vmsilo__Hello offer = VMSILO__HELLO__INIT;

	offer.version_min = least;
	offer.version_max = most;
	offer.features = features;
	return offer;
}

static int answer_to(Vmsilo__Hello offer, Vmsilo__Hello *ret, struct error *error)
{
	return hello_answer(&offer, "agent", "test 1", ret, error);
}

static void test_hello_answer(void **state)
{
	const uint32_t least = PROTOCOL_VERSION_MIN, most = PROTOCOL_VERSION_MAX;
	struct error error = {0};
	Vmsilo__Hello answer;

	(void)state;
	assert_int_equal(answer_to(offer_of(least, most, 0), &answer, &error), 0);
	assert_int_equal(answer.features, 0);
	assert_string_equal(answer.software, "test 1");
	assert_int_equal(hello_accept(&answer, "agent", &error), 0);
	assert_int_equal(answer_to(offer_of(0, UINT32_MAX, UINT64_MAX), &answer, &error), 0);
	assert_int_equal(answer.version_min, PROTOCOL_VERSION_MAX);
	assert_int_equal(answer.version_max, PROTOCOL_VERSION_MAX);
	assert_int_equal(answer.features, PROTOCOL_FEATURES);
	assert_int_equal(
		answer_to(offer_of(most + 1, most + 2, 0), &answer, &error), UV_EPROTONOSUPPORT);
	assert_non_null(
		strstr(error.text, "the agent speaks protocol versions 2 to 3, this side 1 to 1"));
	assert_non_null(strstr(error.text, "upgrade this side"));
	assert_int_equal(answer_to(offer_of(0, least - 1, 0), &answer, &error), UV_EPROTONOSUPPORT);
	assert_non_null(strstr(error.text, "upgrade the older side"));
	assert_int_equal(answer_to(offer_of(2, 1, 0), &answer, &error), UV_EPROTONOSUPPORT);
}

static void test_hello_offer(void **state)
{
	const struct token token = {.bytes = {1, 2, 3}};
	struct error error = {0};
	Vmsilo__Hello offer, answer;

	(void)state;
	hello_offer(&offer, "test 1", NULL);
	assert_int_equal(offer.token.len, 0);
	assert_int_equal(answer_to(offer, &answer, &error), 0);
	assert_int_equal(answer.features, PROTOCOL_FEATURES);
	hello_offer(&offer, "test 1", &token);
	assert_int_equal(offer.token.len, TOKEN_SIZE);
	assert_memory_equal(offer.token.data, token.bytes, TOKEN_SIZE);
}

static int judge(uint32_t least, uint32_t most, uint64_t features)
{
	const Vmsilo__Hello answer = offer_of(least, most, features);
	struct error error = {0};

	return hello_accept(&answer, "broker", &error);
}

static void test_hello_accept(void **state)
{
	const uint32_t least = PROTOCOL_VERSION_MIN, most = PROTOCOL_VERSION_MAX;

	(void)state;
	assert_int_equal(judge(most, most, PROTOCOL_FEATURES), 0);
	assert_int_equal(judge(most, most + 1, 0), UV_EPROTO);
	assert_int_equal(judge(most + 1, most + 1, 0), UV_EPROTO);
	assert_int_equal(judge(least - 1, least - 1, 0), UV_EPROTO);
	assert_int_equal(judge(most, most, ~PROTOCOL_FEATURES), UV_EPROTO);
}

static int parse(const char *line, uint32_t *port)
{
	return hybrid_parse_connect(line, strlen(line), port);
}

static void test_hybrid(void **state)
{
	char line[HYBRID_LINE_MAX];
	uint32_t port = 7;

	(void)state;
	assert_int_equal(hybrid_format_connect(line, UINT32_MAX), 19);
	assert_int_equal(parse(line, &port), 19);
	assert_int_equal(port, UINT32_MAX);
	assert_int_equal(parse("connect 5000\nrest", &port), 13);
	assert_int_equal(port, 5000);
	assert_int_equal(parse("", &port), 0);
	assert_int_equal(parse("CONN", &port), 0);
	assert_int_equal(parse("CONNECT 12", &port), 0);
	assert_int_equal(parse("CONX", &port), UV_EPROTO);
	assert_int_equal(parse("CONNECT\n", &port), UV_EPROTO);
	assert_int_equal(parse("CONNECT \n", &port), UV_EPROTO);
	assert_int_equal(parse("CONNECT -1\n", &port), UV_EPROTO);
	assert_int_equal(parse("CONNECT 1 \n", &port), UV_EPROTO);
	assert_int_equal(parse("CONNECT 4294967296\n", &port), UV_EPROTO);
	assert_int_equal(parse("CONNECT 00000000000000000000001\n", &port), HYBRID_LINE_MAX);
	assert_int_equal(parse("CONNECT 000000000000000000000001\n", &port), UV_EPROTO);
	assert_int_equal(hybrid_parse_ok("OK 3\n", 5, &port), 5);
	assert_int_equal(hybrid_parse_ok("ok 3\n", 5, &port), UV_EPROTO);
}

static void test_address(void **state)
{
	struct endpoint endpoint;
	struct sockaddr_un address;
	char path[128], text[128];

	(void)state;
	assert_int_equal(endpoint_parse("vsock:3", &endpoint), 0);
	assert_int_equal(endpoint.cid, 3);
	assert_int_equal(endpoint_parse("vsock:any", &endpoint), 0);
	endpoint_format(&endpoint, text, sizeof(text));
	assert_string_equal(text, "vsock:any");
	assert_int_equal(endpoint_parse("vsock:4294967294", &endpoint), 0);
	assert_int_equal(endpoint_parse("vsock:4294967295", &endpoint), UV_EINVAL);
	assert_int_equal(endpoint_parse("vsock:", &endpoint), UV_EINVAL);
	assert_int_equal(endpoint_parse("vsock:-1", &endpoint), UV_EINVAL);
	assert_int_equal(endpoint_parse("vsock:3x", &endpoint), UV_EINVAL);
	assert_int_equal(endpoint_parse("unix:", &endpoint), UV_EINVAL);
	assert_int_equal(endpoint_parse("tcp:1", &endpoint), UV_EINVAL);

	/* sun_path has 108 bytes: 96 of the base, 11 of "_4294967295", and the terminator. */
	memset(path, 'a', sizeof(path));
	memcpy(path, "unix:", 5);
	path[5 + 96] = '\0';
	assert_int_equal(endpoint_parse(path, &endpoint), 0);
	assert_int_equal(endpoint_host_path(&endpoint, UINT32_MAX, &address), 0);
	path[5 + 96] = 'a';
	path[5 + 97] = '\0';
	assert_int_equal(endpoint_parse(path, &endpoint), UV_ENAMETOOLONG);
}

static bool is_utf8(const char *text)
{
	return text_is_utf8(text, strlen(text));
}

static void test_utf8(void **state)
{
	(void)state;
	assert_true(is_utf8("a\xc3\xa9\xe2\x82\xac\xf4\x8f\xbf\xbf"));
	assert_false(text_is_utf8("a\0b", 3));
	assert_false(is_utf8("\x80"));
	assert_false(is_utf8("\xc0\x80"));         /* overlong */
	assert_false(is_utf8("\xe0\x9f\xbf"));     /* overlong */
	assert_false(is_utf8("\xed\xa0\x80"));     /* a surrogate */
	assert_false(is_utf8("\xf4\x90\x80\x80")); /* beyond U+10FFFF */
	assert_false(is_utf8("\xe2\x82"));         /* cut */
}

static void test_names(void **state)
{
	(void)state;
	assert_true(text_is_vm_name("a"));
	assert_true(text_is_vm_name("abcdefghijklmnopqrstuvwxyz012345"));
	assert_false(text_is_vm_name("abcdefghijklmnopqrstuvwxyz0123456"));
	assert_false(text_is_vm_name(""));
	assert_false(text_is_vm_name("1a"));
	assert_false(text_is_vm_name("a/b"));
	assert_false(text_is_vm_name("A"));
	assert_true(text_is_user_name("Joe.x_1"));
	assert_false(text_is_user_name("-joe"));
	assert_false(text_is_user_name(""));
}

static void test_escape(void **state)
{
	char out[16];

	(void)state;
	text_escape(out, sizeof(out), "a\x1b\n\xc3\xa9", 5);
	assert_string_equal(out, "a\\x1b\\x0a\xc3\xa9");
	text_escape(out, sizeof(out), "\xe2\x80\xae", 3); /* right-to-left override */
	assert_string_equal(out, "\\xe2\\x80\\xae");
	assert_int_equal(text_escape(out, 5, "abcdef", 6), 4);
	assert_string_equal(out, "abcd");
	assert_int_equal(text_escape(out, 4, "\x01", 1), 0);
	assert_string_equal(out, "");
}

static void test_error(void **state)
{
	struct error error = {0};
	char large[sizeof(error.text) + 10];

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	assert_int_equal(error_set(&error, UV_EINVAL, "%s", large), UV_EINVAL);
	assert_int_equal(strlen(error.text), sizeof(error.text) - 1);
	assert_int_equal(error_prefix(&error, "f:%d", 3), UV_EINVAL);
	assert_memory_equal(error.text, "f:3: xx", 7);
	assert_true(strlen(error.text) < sizeof(error.text));
	assert_int_equal(error_set(NULL, UV_EIO, "x"), UV_EIO);
}

static void test_token(void **state)
{
	struct token a, b;

	(void)state;
	assert_int_equal(token_make(&a), 0);
	assert_int_equal(token_make(&b), 0);
	assert_false(token_equal(&a, &b));
	b = a;
	assert_true(token_equal(&a, &b));
	b.bytes[TOKEN_SIZE - 1] ^= 1;
	assert_false(token_equal(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_credit_sender),
		cmocka_unit_test(test_credit_receiver),
		cmocka_unit_test(test_hello_answer),
		cmocka_unit_test(test_hello_offer),
		cmocka_unit_test(test_hello_accept),
		cmocka_unit_test(test_hybrid),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_escape),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
