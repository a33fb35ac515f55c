#include "host-broker/system/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host-broker/system/pace.h"
#include "proto/base/cleanup.h"
#include "proto/io/closer.h"
#include "proto/limits.h"

#define READ_PER_TURN 16384
#define READ_AT_END (128 * 1024) /* all that a pipe has, and a bound when others still write */

static const struct allowance_limits words_limits = {
	.per_second = 1, /* bytes are counted */
	.burst = 1,
	.bytes_per_second = PROCESS_WORDS_RATE,
	.bytes_burst = PROCESS_WORDS_BURST,
};

struct process {
	struct process_id id;
	bool child; /* ours to reap; else adopted */
	int pidfd;
	int stderr_fd; /* -1: none, or at its end */
	process_exit_cb on_exit;
	process_words_cb on_words; /* NULL: nobody listens */
	void *data;
	char tail[PROCESS_TAIL_SIZE + 1];
	size_t tail_length;
	struct closer closer;
	uv_poll_t exit_poll;
	uv_poll_t stderr_poll;
	bool silent;       /* stderr is at its end */
	struct pace words; /* of stderr */
	char vm[VM_NAME_MAX + 1];
};

/* Field 22 of /proc/PID/stat; the second, the program's name, may hold blanks and parentheses, so
 * fields are counted from the last of these. */
int process_start_time(pid_t pid, uint64_t *ret)
{
	char path[64], text[1024];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return UV_ESRCH;
	ssize_t length = read(fd, text, sizeof(text) - 1);
	if (length <= 0)
		return UV_ESRCH;
	text[length] = '\0';
	char *at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at || sscanf(at, " %lu", ret) != 1)
		return UV_ESRCH;
	return 0;
}

/* ---- watching ---- */

static void tail_add(struct process *process, const char *bytes, size_t length)
{
	size_t excess = process->tail_length + length > PROCESS_TAIL_SIZE
				? process->tail_length + length - PROCESS_TAIL_SIZE
				: 0;

	memmove(process->tail, process->tail + excess, process->tail_length - excess);
	process->tail_length -= excess;
	memcpy(process->tail + process->tail_length, bytes, length);
	process->tail_length += length;
	process->tail[process->tail_length] = '\0';
}

static void on_stderr_closed(struct process *process)
{
	process->silent = true;
	uv_poll_stop(&process->stderr_poll);
}

static size_t stderr_read(struct process *process, size_t most)
{
	char bytes[1024];
	size_t taken = 0;

	while (taken < most) {
		ssize_t count = read(process->stderr_fd, bytes, sizeof(bytes));
		if (count < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (count <= 0) {
			on_stderr_closed(process);
			break;
		}
		tail_add(process, bytes, (size_t)count);
		taken += (size_t)count;
	}
	return taken;
}

static void on_stderr(uv_poll_t *poll, int status, int events)
{
	struct process *process = poll->data;

	(void)status;
	(void)events;
	size_t length = stderr_read(process, READ_PER_TURN);
	pace_spend(&process->words, 0, (uint32_t)length);
	if (length > 0 && process->on_words)
		process->on_words(process->data);
}

static void on_words_hold(void *data, bool hold)
{
	struct process *process = data;

	if (hold)
		uv_poll_stop(&process->stderr_poll);
	else if (!process->silent)
		uv_poll_start(&process->stderr_poll, UV_READABLE, on_stderr);
}

static void on_exit_event(uv_poll_t *poll, int status, int events)
{
	struct process *process = poll->data;
	int wait_status = -1;

	(void)status;
	(void)events;
	uv_poll_stop(poll);
	if (process->child && waitpid(process->id.pid, &wait_status, 0) < 0)
		wait_status = -1;
	process->child = false;
	/* Its last words may still be in the pipe. */
	if (process->stderr_fd >= 0)
		stderr_read(process, READ_AT_END);
	process->on_exit(process->data, wait_status);
}

static void process_free(void *data)
{
	struct process *process = data;

	close(process->pidfd);
	if (process->stderr_fd >= 0)
		close(process->stderr_fd);
	free(process);
}

/* Takes stderr_fd. */
static int process_watch(uv_loop_t *loop, struct process *process, int stderr_fd)
{
	process->stderr_fd = stderr_fd;
	int code = uv_poll_init(loop, &process->exit_poll, process->pidfd);
	if (code < 0)
		return code;
	closer_init(&process->closer, process_free, process);
	closer_add(&process->closer);
	process->exit_poll.data = process;
	uv_poll_start(&process->exit_poll, UV_READABLE, on_exit_event);
	if (stderr_fd < 0)
		return 0;
	code = uv_poll_init(loop, &process->stderr_poll, stderr_fd);
	if (code < 0) {
		close(stderr_fd);
		process->stderr_fd = -1;
		return 0; /* it lives; only its words are lost */
	}
	closer_add(&process->closer);
	process->stderr_poll.data = process;
	pace_init(&process->words, loop,
		&(const struct pace_options){.limits = &words_limits,
			.on_hold = on_words_hold,
			.data = process,
			.vm = process->vm,
			.what = "a program of its own (stderr)"},
		&process->closer);
	uv_poll_start(&process->stderr_poll, UV_READABLE, on_stderr);
	return 0;
}

/* ---- starting ---- */

/* False when it has run the program. */
static bool report_read(int fd, struct child_report *ret)
{
	ssize_t count;

	do
		count = read(fd, ret, sizeof(*ret));
	while (count < 0 && errno == EINTR);
	return count == (ssize_t)sizeof(*ret);
}

static int report_tell(
	const struct child_options *options, const struct child_report *report, struct error *error)
{
	int code = -report->error;
	char who[32] = "";

	if (report->file < 0)
		return error_set(
			error, code, "cannot start %s: %s", options->argv[0], uv_strerror(code));
	if (options->identity)
		snprintf(who, sizeof(who), " as user %u", options->identity->uid);
	return error_set(error, code,
		"cannot start %s%s: it cannot open %s: %s; make the file readable and its folders "
		"searchable for others",
		options->argv[0], who, options->files[report->file].path, uv_strerror(code));
}

static int pidfd_open_of(pid_t pid)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd < 0 ? -errno : fd;
}

static int child_born(
	struct process *process, const struct child_options *options, struct error *error)
{
	process->pidfd = pidfd_open_of(process->id.pid);
	int code = process->pidfd < 0
			   ? process->pidfd
			   : process_start_time(process->id.pid, &process->id.start_time);

	if (code < 0)
		return error_set(
			error, code, "cannot watch %s: %s", options->argv[0], uv_strerror(code));
	return options->on_born ? options->on_born(options->born_data, process->id, error) : 0;
}

/* Takes link_fd. One that was killed meanwhile counts as one that has run. */
static int child_release(int link_fd, const struct child_options *options, struct error *error)
{
	struct child_report report;

	send(link_fd, "", 1, MSG_NOSIGNAL);
	bool failed = report_read(link_fd, &report);
	close(link_fd);
	return failed ? report_tell(options, &report, error) : 0;
}

static int child_start(const struct child_options *options, int stderr_fd, struct process *process,
	struct error *error)
{
	int link_fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, link_fds) < 0)
		return error_set(error, -errno, "cannot create a socket: %s", uv_strerror(-errno));
	pid_t pid = process->id.pid = child_fork(options);
	if (pid == 0) {
		close(link_fds[0]);
		child_run(options, stderr_fd, link_fds[1]);
	}
	const struct child_report none = {.error = errno, .file = -1};
	close(link_fds[1]);
	int code =
		pid < 0 ? report_tell(options, &none, error) : child_born(process, options, error);
	if (code < 0)
		close(link_fds[0]); /* with which the child ends */
	else
		code = child_release(link_fds[0], options, error);
	if (code < 0 && pid >= 0)
		waitpid(pid, NULL, 0);
	return code;
}

int process_start(uv_loop_t *loop, const struct child_options *options, process_exit_cb on_exit,
	void *data, struct process **ret, struct error *error)
{
	_cleanup_free_ struct process *process = calloc(1, sizeof(*process));
	int pipe_fds[2];

	if (!process || options->fds_count > CHILD_FDS_MAX)
		return error_set(error, UV_ENOMEM, "out of memory");
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return error_set(error, -errno, "cannot create a pipe: %s", uv_strerror(-errno));
	fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK);
	_cleanup_close_ int stderr_fd = pipe_fds[0];
	*process = (struct process){
		.child = true, .on_exit = on_exit, .data = data, .pidfd = -1, .stderr_fd = -1};
	snprintf(process->vm, sizeof(process->vm), "%s", options->vm ? options->vm : "");
	int code = child_start(options, pipe_fds[1], process, error);
	close(pipe_fds[1]);
	if (code == 0 && (code = process_watch(loop, process, stderr_fd)) < 0) {
		kill(process->id.pid, SIGKILL);
		waitpid(process->id.pid, NULL, 0);
		error_set(error, code, "cannot watch %s: %s", options->argv[0], uv_strerror(code));
	}
	if (code < 0) {
		if (process->pidfd >= 0)
			close(process->pidfd);
		return code;
	}
	steal_fd(&stderr_fd);
	*ret = steal_pointer(&process);
	return 0;
}

int process_adopt(uv_loop_t *loop, struct process_id id, process_exit_cb on_exit, void *data,
	struct process **ret)
{
	uint64_t start_time;
	_cleanup_close_ int pidfd = id.pid > 0 ? pidfd_open_of(id.pid) : UV_ESRCH;

	/* The descriptor holds the process, so that its start time is read of the same one. */
	if (pidfd < 0 || process_start_time(id.pid, &start_time) < 0 || start_time != id.start_time)
		return UV_ESRCH;
	_cleanup_free_ struct process *process = calloc(1, sizeof(*process));
	if (!process)
		return UV_ENOMEM;
	*process = (struct process){.id = id, .pidfd = pidfd, .on_exit = on_exit, .data = data};
	int code = process_watch(loop, process, -1);
	if (code < 0)
		return code;
	steal_fd(&pidfd);
	*ret = steal_pointer(&process);
	return 0;
}

struct process_id process_id(const struct process *process)
{
	return process->id;
}

bool process_lives(const struct process *process)
{
	struct pollfd end = {.fd = process->pidfd, .events = POLLIN};

	return poll(&end, 1, 0) == 0;
}

int process_kill(struct process *process, int signal)
{
	if (syscall(SYS_pidfd_send_signal, process->pidfd, signal, NULL, 0) < 0 && errno != ESRCH)
		return -errno;
	return 0;
}

const char *process_tail(const struct process *process)
{
	return process->tail;
}

void process_on_words(struct process *process, process_words_cb on_words)
{
	process->on_words = on_words;
}

void process_destroy(struct process *process)
{
	closer_close(&process->closer, (uv_handle_t *)&process->exit_poll);
	if (process->stderr_fd >= 0) {
		closer_close(&process->closer, (uv_handle_t *)&process->stderr_poll);
		pace_close(&process->words);
	}
	closer_finish(&process->closer);
}
