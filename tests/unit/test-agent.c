/* The agent's pure parts: grants, the end of a session, what an OPEN may ask for. */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "guest-agent/access/grants.h"
#include "guest-agent/program/children.h"
#include "guest-agent/session/end.h"
#include "guest-agent/session/open-check.h"
#include "guest-agent/system/clock.h"
#include "guest-agent/system/inhibitors.h"
#include "guest-agent/system/power-off.h"
#include "tests/lib/test.h"

static struct grant grant_of(int number, uint16_t port, const char *user, uint64_t expires_ms)
{
	struct grant grant = {.port = port, .expires_ms = expires_ms};

	memcpy(grant.token.bytes, &number, sizeof(number));
	snprintf(grant.user, sizeof(grant.user), "%s", user);
	return grant;
}

static void test_grants(void **state)
{
	struct grants grants;
	struct grant taken;
	const struct grant one = grant_of(1, 5000, "joe", 1100), two = grant_of(2, 5000, "", 1100);

	(void)state;
	grants_init(&grants);
	assert_false(grants_take(&grants, &one.token, 5000, 0, &taken));
	assert_int_equal(grants_add(&grants, &one, 1000), 0);
	assert_int_equal(grants_add(&grants, &two, 1000), 0);
	assert_false(grants_take(&grants, &one.token, 5001, 1099, &taken)); /* another port's */
	assert_true(grants_take(&grants, &one.token, 5000, 1099, &taken));
	assert_string_equal(taken.user, "joe");
	assert_false(grants_take(&grants, &one.token, 5000, 1099, &taken)); /* once */
	assert_false(grants_take(&grants, &two.token, 5000, 1100, &taken)); /* expired */
	grants_finish(&grants);
}

static void test_grants_bound(void **state)
{
	struct grants grants;
	struct grant taken;

	(void)state;
	grants_init(&grants);
	for (int i = 0; i < GRANTS_MAX; i++) {
		const struct grant grant = grant_of(i, 5000, "", 100);
		assert_int_equal(grants_add(&grants, &grant, 0), 0);
	}
	const struct grant more = grant_of(GRANTS_MAX, 5000, "", 200);
	const struct grant last = grant_of(GRANTS_MAX - 1, 5000, "", 200);
	assert_int_equal(grants_add(&grants, &more, 99), UV_ENOBUFS);
	assert_true(grants_take(&grants, &last.token, 5000, 99, &taken));
	assert_int_equal(grants_add(&grants, &more, 99), 0);
	assert_int_equal(grants_add(&grants, &last, 100), 0); /* the others expired */
	grants_finish(&grants);
}

static void test_grants_renew(void **state)
{
	struct grants grants;
	struct grant taken;
	const struct grant soon = grant_of(1, 5000, "", 100), later = grant_of(2, 5000, "", 900);

	(void)state;
	grants_init(&grants);
	assert_int_equal(grants_add(&grants, &soon, 0), 0);
	assert_int_equal(grants_add(&grants, &later, 0), 0);
	grants_renew(&grants, 500);
	assert_true(grants_take(&grants, &soon.token, 5000, 499, &taken));
	assert_true(grants_take(&grants, &later.token, 5000, 899, &taken));
	grants_finish(&grants);
}

static void test_session_end(void **state)
{
	(void)state;
	for (int bits = 0; bits < 64; bits++) {
		const struct session_ends ends = {.terminal = bits & 1,
			.exited = bits & 2,
			.stdout_ended = bits & 4,
			.stderr_ended = bits & 8,
			.client_gone = bits & 16,
			.group_gone = bits & 32};
		enum session_step expected = SESSION_GOES_ON;
		if (ends.client_gone)
			expected = ends.exited && ends.group_gone ? SESSION_FREE : SESSION_GOES_ON;
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
	open.login = true;
	assert_null(open_check(&open));
	open.service = (char *)"copy";
	assert_non_null(open_check(&open)); /* one of them */
	open.login = false;
	assert_null(open_check(&open));
	open.service = (char *)"../copy";
	assert_non_null(open_check(&open));
	open.service = (char *)"";
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
	open.login = true; /* has no words */
	assert_non_null(open_check(&open));
	open.login = false;

	memset(term, 't', sizeof(term));
	term[SESSION_TERM_MAX] = '\0';
	open.terminal = &terminal;
	terminal.term = term;
	terminal.rows = terminal.columns = SESSION_TERMINAL_SIDE_MAX;
	assert_null(open_check(&open));
	open.detach = true; /* has no terminal */
	assert_non_null(open_check(&open));
	open.detach = false;
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

static void test_clock(void **state)
{
	const uint64_t ms = 1000000, now = UINT64_C(1800000000) * 1000 * ms;

	(void)state;
	assert_int_equal(clock_step_ms(now, now), 0);
	assert_int_equal(clock_step_ms(now, now + CLOCK_STEP_MS * ms - 1), 0);
	assert_int_equal(clock_step_ms(now, now + CLOCK_STEP_MS * ms), CLOCK_STEP_MS);
	assert_int_equal(clock_step_ms(now, now - CLOCK_STEP_MS * ms + 1), 0);
	assert_int_equal(clock_step_ms(now, now - CLOCK_STEP_MS * ms), -CLOCK_STEP_MS);
	/* A guest without a clock of its own begins in 1970. */
	assert_int_equal(clock_step_ms(0, now), 1800000000000);
	assert_int_equal(clock_step_ms(INT64_MAX, 0), -(INT64_MAX / 1000000));
}

static void test_children(void **state)
{
	pid_t parent;
	bool ended;

	(void)state;
	assert_true(children_parse("7 (a b) c) S 41 2 3", &parent, &ended));
	assert_int_equal(parent, 41);
	assert_false(ended);
	assert_true(children_parse("7 (a) Z 1 2 3", &parent, &ended));
	assert_true(ended);
	assert_false(children_parse("7 (a) S", &parent, &ended));
	assert_true(children_is_keeper("7 (vmsilo-pam) S 41 2 3"));
	assert_false(children_is_keeper("7 (vmsilo-pam-sess) S 41 2 3"));
	assert_false(children_is_keeper("7 (a (vmsilo-pam) ) S 41 2 3"));
	assert_false(children_is_keeper("7"));
	assert_false(children_parse("", &parent, &ended));
	uint32_t before = children_count();
	pid_t child = fork();
	if (child == 0) {
		pause();
		_exit(0);
	}
	assert_int_equal(children_count(), before + 1);
	kill(child, SIGKILL);
	/* Ended, and not reaped. */
	siginfo_t info;
	assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
	assert_int_equal(children_count(), before);
	waitpid(child, NULL, 0);
}

static void test_inhibitors(void **state)
{
	char folder[] = "/tmp/test-inhibit-XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(inhibitors_count(folder), 0);
	snprintf(path, sizeof(path), "%s/one", folder);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(inhibitors_count(folder), 1);
	unlink(path);
	rmdir(folder);
	assert_int_equal(inhibitors_count(folder), 0);
}

/* As systemd has it, and as a process has it that did nothing. */
static void test_signal_is_taken(void **state)
{
	static const char blocked[] = "Name:\tsystemd\nSigBlk:\t7be3c0fe28014a03\n"
				      "SigIgn:\t0000000000001000\nSigCgt:\t00000000000004ec\n";
	static const char nothing[] = "Name:\tinit\nSigBlk:\t0000000000000000\n"
				      "SigIgn:\t0000002000000000\nSigCgt:\t0000000000000000\n";
	static const char handled[] = "Name:\tinit\nSigCgt:\t0000002000000000\n";

	(void)state;
	assert_true(signal_is_taken(blocked, 38));
	assert_true(signal_is_taken(blocked, 1));
	assert_false(signal_is_taken(blocked, 9));
	assert_false(signal_is_taken(nothing, 38));
	assert_true(signal_is_taken(handled, 38));
	assert_false(signal_is_taken(handled, 37));
	assert_false(signal_is_taken(handled, 39));
	assert_false(signal_is_taken("", 38));
	assert_false(signal_is_taken("\nSigBlk:", 38));
	assert_int_equal(SIGRTMIN + 4, 38);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_children),
		cmocka_unit_test(test_inhibitors),
		cmocka_unit_test(test_signal_is_taken),
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_grants),
		cmocka_unit_test(test_grants_bound),
		cmocka_unit_test(test_grants_renew),
		cmocka_unit_test(test_session_end),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_signals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
