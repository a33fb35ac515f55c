#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "proto/host/io-uring.h"
#include "tests/lib/test.h"

#define NOBODY 65534

/* What a child found: its exit code. */
enum finding { AS_WANTED, NOT_DENIED, RING_CALLED, RING_OPEN, PRIVILEGES };

static int ring_errno(long call)
{
	char parameters[128] = {0};

	errno = 0;
	/* As io_uring_setup(2) takes them; the others fail by their descriptor before they read. */
	return syscall(call, call == SYS_io_uring_setup ? 4 : -1, parameters, 0, 0, NULL, 0) < 0
		       ? errno
		       : 0;
}

static bool holds_ring(void)
{
	DIR *directory = opendir("/proc/self/fd");
	const struct dirent *entry;
	bool found = false;

	while (directory && !found && (entry = readdir(directory))) {
		char target[PATH_MAX] = "";
		if (readlinkat(dirfd(directory), entry->d_name, target, sizeof(target) - 1) < 0)
			continue;
		found = strcmp(target, "anon_inode:[io_uring]") == 0;
	}
	if (directory)
		closedir(directory);
	return found;
}

static enum finding try_denied(int wanted_no_new_privs)
{
	static const long calls[] = {SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register};
	struct error error = {0};
	uv_loop_t loop;

	if (io_uring_deny(&error) < 0) {
		print_error("%s\n", error.text);
		return NOT_DENIED;
	}
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (ring_errno(calls[i]) != ENOSYS)
			return RING_CALLED;
	if (uv_loop_init(&loop) < 0 || holds_ring())
		return RING_OPEN;
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == wanted_no_new_privs ? AS_WANTED
									     : PRIVILEGES;
}

/* A filter stays: each trial has a process of its own. */
static enum finding in_child(uid_t uid, int wanted_no_new_privs)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0)
		_exit(uid != getuid() && setresuid(uid, uid, uid) < 0
				? PRIVILEGES
				: (int)try_denied(wanted_no_new_privs));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return (enum finding)WEXITSTATUS(status);
}

static void test_denied_for_users(void **state)
{
	(void)state;
	assert_int_equal(in_child(getuid() == 0 ? NOBODY : getuid(), 1), AS_WANTED);
}

/* Who may load a filter without it leaves setuid programs to his children. */
static void test_denied_for_root(void **state)
{
	(void)state;
	if (getuid() != 0)
		skip();
	assert_int_equal(in_child(0, 0), AS_WANTED);
}

static void test_twice(void **state)
{
	struct error error = {0};

	(void)state;
	assert_int_equal(io_uring_deny(&error), 0);
	assert_int_equal(io_uring_deny(&error), 0);
	assert_int_equal(ring_errno(SYS_io_uring_setup), ENOSYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_denied_for_users),
		cmocka_unit_test(test_denied_for_root),
		cmocka_unit_test(test_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
