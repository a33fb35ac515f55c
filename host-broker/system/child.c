#include "host-broker/system/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proto/base/signals.h"

#define FIRST_FD 3

static int text_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t written = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return written == (ssize_t)strlen(text) ? 0 : -1;
}

static pid_t fork_with(uint64_t flags)
{
	struct clone_args arguments = {.flags = flags, .exit_signal = SIGCHLD};
	char users[32], groups[32];

	/* In a user namespace of its own it stays who it is. */
	snprintf(users, sizeof(users), "%u %u 1", geteuid(), geteuid());
	snprintf(groups, sizeof(groups), "%u %u 1", getegid(), getegid());
	pid_t pid = (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
	if (pid == 0 && (flags & CLONE_NEWUSER) &&
		(text_write("/proc/self/setgroups", "deny") < 0 ||
			text_write("/proc/self/uid_map", users) < 0 ||
			text_write("/proc/self/gid_map", groups) < 0))
		_exit(126);
	return pid;
}

/* A namespace of processes takes a right, or a namespace of users, which an identity that it is to
 * assume is not in. */
pid_t child_fork(const struct child_options *options)
{
	pid_t pid = options->own_pids ? fork_with(CLONE_NEWPID) : -1;

	if (pid < 0 && options->own_pids && !options->identity)
		pid = fork_with(CLONE_NEWPID | CLONE_NEWUSER);
	return pid < 0 ? fork() : pid;
}

/* The given descriptors become 3, 4 ... They are first lifted above all of those numbers, so that
 * none is overwritten before it was moved. */
static int fds_place(const struct child_options *options, int stderr_fd, int *link_fd)
{
	int lifted[CHILD_FDS_MAX];
	size_t count = options->fds_count;
	int above = FIRST_FD + CHILD_FDS_MAX;

	*link_fd = fcntl(*link_fd, F_DUPFD_CLOEXEC, above);
	for (size_t i = 0; i < count; i++)
		lifted[i] = fcntl(options->fds[i], F_DUPFD_CLOEXEC, above);
	int null = open("/dev/null", O_RDWR);
	if (*link_fd < 0 || null < 0 || dup2(null, STDIN_FILENO) < 0 ||
		dup2(null, STDOUT_FILENO) < 0 || dup2(stderr_fd, STDERR_FILENO) < 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (lifted[i] < 0 || dup2(lifted[i], FIRST_FD + (int)i) < 0)
			return -1;
	/* Everything else is closed at exec, even if it was opened without that flag. */
	return (int)syscall(
		SYS_close_range, FIRST_FD + (unsigned int)count, ~0U, CLOSE_RANGE_CLOEXEC);
}

/* The guest's memory is no matter for a core file; the broker has more descriptors than usual. */
static int limits_set(void)
{
	const struct rlimit core = {.rlim_cur = 0, .rlim_max = 0};
	struct rlimit files;

	if (setrlimit(RLIMIT_CORE, &core) < 0 || getrlimit(RLIMIT_NOFILE, &files) < 0)
		return -1;
	files.rlim_cur = files.rlim_max < CHILD_FILES_MAX ? files.rlim_max : CHILD_FILES_MAX;
	return setrlimit(RLIMIT_NOFILE, &files);
}

static bool is_kept(uint64_t kept, int capability)
{
	return capability < 64 && (kept >> capability & 1);
}

/* Without root this fails, and is not needed: no_new_privs holds. */
static void bounding_set_drop(uint64_t kept)
{
	for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++)
		if (!is_kept(kept, capability))
			prctl(PR_CAPBSET_DROP, capability);
}

static int capabilities_drop(uint64_t kept)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
		syscall(SYS_capget, &header, data) < 0)
		return -1;
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		data[i].permitted &= (uint32_t)(kept >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = 0;
	}
	return (int)syscall(SYS_capset, &header, data);
}

static int rights_drop(const struct child_options *options)
{
	uint64_t kept = options->identity ? CHILD_CAPABILITIES_NONE : options->capabilities;

	umask(0077);
	bounding_set_drop(kept);
	if (limits_set() < 0 || (options->identity && identity_assume(options->identity) < 0) ||
		capabilities_drop(kept) < 0)
		return -1;
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* The first that cannot be opened; -1: none. */
static int files_try(const struct child_options *options)
{
	for (size_t i = 0; i < options->files_count; i++) {
		int fd = open(options->files[i].path,
			options->files[i].flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
		if (fd < 0)
			return (int)i;
		close(fd);
	}
	return -1;
}

/* The parent may have to record us first, or may be gone. */
static void permission_wait(int link_fd)
{
	char byte;

	if (read(link_fd, &byte, 1) != 1)
		_exit(126);
}

_Noreturn void child_run(const struct child_options *options, int stderr_fd, int link_fd)
{
	struct child_report report = {.file = -1};

	setsid();
	signals_reset();
	if (fds_place(options, stderr_fd, &link_fd) == 0 && rights_drop(options) == 0) {
		report.file = files_try(options);
		if (report.file < 0) {
			permission_wait(link_fd);
			execvp(options->argv[0], (char *const *)options->argv);
		}
	}
	report.error = errno;
	if (write(link_fd, &report, sizeof(report)) < 0)
		_exit(126);
	_exit(127);
}
