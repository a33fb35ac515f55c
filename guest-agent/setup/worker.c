#include "guest-agent/setup/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proto/base/cleanup.h"
#include "proto/base/signals.h"

#define REPORT_FD 3

static void on_closed(uv_handle_t *handle)
{
	free(handle);
}

static void poll_close(struct worker *worker)
{
	uv_close((uv_handle_t *)worker->poll, on_closed);
	worker->poll = NULL;
}

static int poll_open(struct worker *worker, int fd)
{
	worker->poll = malloc(sizeof(*worker->poll));
	int code = worker->poll ? uv_poll_init(worker->loop, worker->poll, fd) : UV_ENOMEM;

	if (code == 0) {
		worker->poll->data = worker;
		return 0;
	}
	free(worker->poll);
	worker->poll = NULL;
	return code;
}

static void worker_end(struct worker *worker, const struct worker_report *report)
{
	uv_timer_stop(&worker->timer);
	kill(-worker->pid, SIGKILL);
	worker->pid = 0;
	poll_close(worker);
	close(worker->fd);
	worker->on_done(worker->data, report);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct worker *worker = poll->data;
	size_t size = sizeof(worker->report);
	ssize_t count =
		read(worker->fd, (char *)&worker->report + worker->length, size - worker->length);

	(void)status;
	(void)events;
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	worker->length += count > 0 ? (size_t)count : 0;
	if (worker->length == size)
		worker_end(worker, &worker->report);
	else if (count <= 0)
		worker_end(worker, NULL);
}

static void on_timeout(uv_timer_t *timer)
{
	worker_end(timer->data, NULL);
}

/* The agent's descriptors are its own: a stream does not stay open because of a child. */
static _Noreturn void child_run(
	int fd, void (*work)(const void *job, struct worker_report *report), const void *job)
{
	static struct worker_report report;
	const char *at = (const char *)&report;
	size_t left = sizeof(report);

	setsid();
	signals_reset();
	dup2(fd, REPORT_FD);
	fcntl(REPORT_FD, F_SETFD, FD_CLOEXEC);
	syscall(SYS_close_range, REPORT_FD + 1, ~0U, 0);
	work(job, &report);
	while (left > 0) {
		ssize_t count = write(REPORT_FD, at, left);
		if (count <= 0)
			_exit(1);
		at += count;
		left -= (size_t)count;
	}
	_exit(0);
}

int worker_start(struct worker *worker, void (*work)(const void *job, struct worker_report *report),
	const void *job)
{
	_cleanup_close_ int reader = -1;
	_cleanup_close_ int writer = -1;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	reader = fds[0];
	writer = fds[1];
	int code = poll_open(worker, reader);
	if (code < 0)
		return code;
	worker->pid = fork();
	if (worker->pid == 0)
		child_run(writer, work, job);
	if (worker->pid < 0) {
		worker->pid = 0;
		code = -errno;
		poll_close(worker);
		return code;
	}
	worker->length = 0;
	worker->fd = steal_fd(&reader);
	uv_poll_start(worker->poll, UV_READABLE, on_readable);
	uv_timer_start(&worker->timer, on_timeout, WORKER_TIMEOUT_MS, 0);
	return 0;
}

void worker_init(struct worker *worker, uv_loop_t *loop,
	void (*on_done)(void *data, const struct worker_report *report), void *data)
{
	*worker = (struct worker){.loop = loop, .on_done = on_done, .data = data};
	uv_timer_init(loop, &worker->timer);
	worker->timer.data = worker;
}
