#include "host-broker/cli/base/broker-start.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/cli/base/daemon-defaults.h"
#include "proto/base/cleanup.h"
#include "proto/base/fd.h"
#include "proto/base/text.h"
#include "proto/host/own-programs.h"
#include "proto/io/broker-dial.h"

#define READY_FD 3
#define ATTEMPTS 10

/* A daemon: a session of its own, no terminal, its words in the log. */
static _Noreturn void child_run(const char *program, int log_fd, int ready_fd)
{
	int null = open("/dev/null", O_RDWR);
	int lifted = fcntl(ready_fd, F_DUPFD, 16);

	setsid();
	daemon_defaults();
	if (chdir("/") < 0 || null < 0 || lifted < 0 || dup2(null, STDIN_FILENO) < 0 ||
		dup2(null, STDOUT_FILENO) < 0 || dup2(log_fd, STDERR_FILENO) < 0 ||
		dup2(lifted, READY_FD) < 0)
		_exit(126);
	closefrom(READY_FD + 1);
	execlp(program, "vmsilo-broker", "--on-demand", "--ready-fd", "3", (char *)NULL);
	dprintf(STDERR_FILENO, "vmsilo-broker: cannot run %s: %s\n", program, strerror(errno));
	_exit(127);
}

/* The last line of the log from offset on: what the broker said before it ended. */
static void log_last_line(const char *path, off_t from, char *out, size_t size)
{
	_cleanup_close_ int fd = fd_open_regular(AT_FDCWD, path, O_NOFOLLOW);
	char text[4096];

	/* It may have been begun anew. */
	if (fd >= 0 && lseek(fd, 0, SEEK_END) < from)
		from = 0;
	ssize_t length = fd < 0 ? 0 : pread(fd, text, sizeof(text) - 1, from);

	text[length > 0 ? length : 0] = '\0';
	for (size_t end = strlen(text); end > 0 && text[end - 1] == '\n'; end--)
		text[end - 1] = '\0';
	const char *last = strrchr(text, '\n');
	last = last ? last + 1 : text;
	text_escape(out, size, last, strlen(last));
}

/* Waits for the byte; false when the broker ended without it. */
static bool ready_wait(int fd)
{
	char byte;
	ssize_t count;

	do
		count = read(fd, &byte, 1);
	while (count < 0 && errno == EINTR);
	return count == 1;
}

static int broker_run(const struct paths *paths, struct error *error)
{
	char log_path[PATH_SIZE], program[PATH_MAX], last[512];
	int ready[2];

	if (!paths_runtime(paths, NULL, "broker.log", log_path))
		return error_set(
			error, UV_ENAMETOOLONG, "the path of %s is too long", paths->runtime);
	_cleanup_close_ int log_fd = open(log_path,
		O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (log_fd < 0)
		return error_set(error, -errno, "cannot write %s: %s", log_path, strerror(errno));
	off_t before = lseek(log_fd, 0, SEEK_END);
	if (pipe2(ready, O_CLOEXEC) < 0)
		return error_set(error, -errno, "cannot create a pipe: %s", strerror(errno));
	own_program_find("vmsilo-broker", NULL, program, sizeof(program));
	pid_t pid = fork();
	if (pid == 0)
		child_run(program, log_fd, ready[1]);
	close(ready[1]);
	bool is_ready = pid > 0 && ready_wait(ready[0]);
	close(ready[0]);
	if (is_ready)
		return 0;
	if (pid > 0)
		waitpid(pid, NULL, 0);
	log_last_line(log_path, before, last, sizeof(last));
	return error_set(error, UV_ECONNREFUSED, "cannot start the broker: %s (%s)",
		last[0] ? last : "it printed no error", log_path);
}

int broker_start(const struct paths *paths, const char *socket_path, struct error *error)
{
	char path[PATH_SIZE];
	int code = paths_make_runtime(paths, error);

	if (code < 0)
		return code;
	if (!paths_runtime(paths, NULL, "start.lock", path))
		return error_set(
			error, UV_ENAMETOOLONG, "the path of %s is too long", paths->runtime);
	_cleanup_close_ int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock < 0 || flock(lock, LOCK_EX) < 0)
		return error_set(error, -errno, "cannot lock %s: %s", path, strerror(errno));
	/* The previous holder of the lock may have started it. */
	int fd = broker_dial(socket_path, error);
	/* Another client may come to it and go first, and it end before we come. */
	for (int i = 0; i < ATTEMPTS && (fd == UV_ENOENT || fd == UV_ECONNREFUSED); i++) {
		code = broker_run(paths, error);
		if (code < 0)
			return code;
		fd = broker_dial(socket_path, error);
	}
	return fd;
}
