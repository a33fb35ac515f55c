/* The agent's pure parts: grants, the end of a session, what an OPEN may ask for. */
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <uv.h>

#include "guest-agent/grants.h"
#include "guest-agent/open-check.h"
#include "guest-agent/session-end.h"
#include "tests/lib/test.h"

static struct token token_of(int number)
{
	struct token token = {0};

	memcpy(token.bytes, &number, sizeof(number));
	return token;
}

static void test_grants(void **state)
{
	struct grants grants;
	struct grant grant;
	struct token one = token_of(1), two = token_of(2);

	(void)state;
	grants_init(&grants);
	assert_false(grants_take(&grants, &one, 0, &grant));
	assert_int_equal(grants_add(&grants, &one, "joe", 100, 1000), 0);
	assert_int_equal(grants_add(&grants, &two, "", 100, 1000), 0);
	assert_int_equal(grants_add(&grants, &two, "a b", 100, 1000), UV_EINVAL);
	assert_true(grants_take(&grants, &one, 1099, &grant));
	assert_string_equal(grant.user, "joe");
	assert_false(grants_take(&grants, &one, 1099, &grant)); /* once */
	assert_false(grants_take(&grants, &two, 1100, &grant)); /* expired */
	grants_finish(&grants);
}

static void test_grants_bound(void **state)
{
	struct grants grants;
	struct grant grant;

	(void)state;
	grants_init(&grants);
	for (int i = 0; i < GRANTS_MAX; i++) {
		struct token token = token_of(i);
		assert_int_equal(grants_add(&grants, &token, "", 100, 0), 0);
	}
	struct token more = token_of(GRANTS_MAX), last = token_of(GRANTS_MAX - 1);
	assert_int_equal(grants_add(&grants, &more, "", 100, 99), UV_ENOBUFS);
	assert_true(grants_take(&grants, &last, 99, &grant));
	assert_int_equal(grants_add(&grants, &more, "", 100, 99), 0);
	assert_int_equal(grants_add(&grants, &last, "", 100, 100), 0); /* the others expired */
	grants_finish(&grants);
}

static void test_session_end(void **state)
{
	(void)state;
	for (int bits = 0; bits < 32; bits++) {
		const struct session_ends ends = {.terminal = bits & 1,
			.exited = bits & 2,
			.stdout_ended = bits & 4,
			.stderr_ended = bits & 8,
			.client_gone = bits & 16};
		enum session_step expected = SESSION_GOES_ON;
		if (ends.exited && ends.client_gone)
			expected = SESSION_FREE;
		else if (ends.exited && (bits & 12) == 12)
			expected = SESSION_SEND_STATUS;
		else if (ends.exited && ends.terminal)
			expected = SESSION_DRAIN_TERMINAL;
		assert_int_equal(session_end_step(&ends), expected);
	}
}

static ProtobufCBinaryData word(const char *text)
{
	return (ProtobufCBinaryData){.data = (uint8_t *)text, .len = strlen(text)};
}

static void test_open(void **state)
{
	Vmsilo__Session__Open open = VMSILO__SESSION__OPEN__INIT;
	Vmsilo__Session__Terminal terminal = VMSILO__SESSION__TERMINAL__INIT;
	static ProtobufCBinaryData argv[SESSION_ARGC_MAX + 1], env[SESSION_ENVC_MAX + 1];
	char term[SESSION_TERM_MAX + 2];

	(void)state;
	assert_non_null(open_check(&open));
	for (size_t i = 0; i <= SESSION_ARGC_MAX; i++)
		argv[i] = word("x");
	for (size_t i = 0; i <= SESSION_ENVC_MAX; i++)
		env[i] = word("A=");
	open.argv = argv;
	open.env = env;
	open.n_argv = SESSION_ARGC_MAX;
	open.n_env = SESSION_ENVC_MAX;
	assert_null(open_check(&open));
	open.n_argv++;
	assert_non_null(open_check(&open));
	open.n_argv = 1;
	open.n_env++;
	assert_non_null(open_check(&open));
	open.n_env = 1;
	env[0] = word("=x");
	assert_non_null(open_check(&open));
	env[0] = word("x");
	assert_non_null(open_check(&open));
	env[0] = word("x=y");
	argv[0].data = (uint8_t *)"a\0b";
	argv[0].len = 3;
	assert_non_null(open_check(&open));
	argv[0] = word("a");

	memset(term, 't', sizeof(term));
	term[SESSION_TERM_MAX] = '\0';
	open.terminal = &terminal;
	terminal.term = term;
	terminal.rows = terminal.columns = SESSION_TERMINAL_SIDE_MAX;
	assert_null(open_check(&open));
	terminal.rows++;
	assert_non_null(open_check(&open));
	terminal.rows = 24;
	term[SESSION_TERM_MAX] = 't';
	term[SESSION_TERM_MAX + 1] = '\0';
	assert_non_null(open_check(&open));
}

static void test_signals(void **state)
{
	(void)state;
	assert_true(signal_check(SIGINT));
	assert_true(signal_check(SIGKILL));
	assert_false(signal_check(0));
	assert_false(signal_check(-1));
	assert_false(signal_check(SIGSEGV));
	assert_false(signal_check(1000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grants),
		cmocka_unit_test(test_grants_bound),
		cmocka_unit_test(test_session_end),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
