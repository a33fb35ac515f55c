/* What the agent starts for itself: as if it had blocked nothing. */
#include <signal.h>
#include <sys/wait.h>
#include <uv.h>

#include "guest-agent/system/helper.h"
#include "tests/lib/test.h"

static int helper_run(const char *const *argv)
{
	int status = -1;
	pid_t pid;

	assert_int_equal(helper_start(argv, &pid), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_no_signal_is_blocked(void **state)
{
	static const char *const looks[] = {
		"grep", "-q", "^SigBlk:[[:space:]]*0000000000000000$", "/proc/self/status", NULL};
	sigset_t numbers;

	(void)state;
	sigemptyset(&numbers);
	sigaddset(&numbers, SIGTERM);
	sigaddset(&numbers, SIGCHLD);
	sigprocmask(SIG_BLOCK, &numbers, NULL);
	assert_int_equal(helper_run(looks), 0);
	sigprocmask(SIG_UNBLOCK, &numbers, NULL);
}

static void test_exit_code_is_its_own(void **state)
{
	static const char *const seven[] = {"/bin/sh", "-c", "exit 7", NULL};

	(void)state;
	assert_int_equal(helper_run(seven), 7);
}

static void test_what_is_not_there(void **state)
{
	static const char *const none[] = {"vmsilo-no-such-program", NULL};
	pid_t pid;

	(void)state;
	assert_int_equal(helper_start(none, &pid), UV_ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_signal_is_blocked),
		cmocka_unit_test(test_exit_code_is_its_own),
		cmocka_unit_test(test_what_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
