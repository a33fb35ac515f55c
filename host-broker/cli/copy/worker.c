#include "host-broker/cli/copy/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/cli/copy/progress.h"
#include "proto/base/cleanup.h"
#include "proto/copy/receive.h"
#include "proto/host/io-uring.h"

struct worker {
	const struct copy_job *job;
	int in_fd, out_fd;
	char peer[VM_NAME_MAX + 8];
	struct copy_progress progress;
	struct copy_counts counts;
	struct error error;
};

static int send_all(struct worker *worker)
{
	const struct copy_job *job = worker->job;
	const struct copy_send_options options = {.in_fd = worker->in_fd,
		.out_fd = worker->out_fd,
		.sources = job->sources,
		.sources_count = job->count,
		.follow = job->follow,
		.skip = job->skip,
		.peer = worker->peer,
		.on_counts = copy_progress_show,
		.data = &worker->progress};

	return copy_send(&options, &worker->counts, &worker->error);
}

static int receive(struct worker *worker)
{
	const struct copy_job *job = worker->job;
	const struct copy_receive_options options = {.in_fd = worker->in_fd,
		.out_fd = worker->out_fd,
		.destination = job->destination,
		.names = job->names,
		.names_count = job->count,
		.limits = job->limits,
		.confine = true,
		.peer = worker->peer,
		.on_counts = copy_progress_show,
		.data = &worker->progress};
	int code = copy_receive(&options, &worker->counts, &worker->error);

	copy_destination_finish(job->destination);
	return code;
}

static void signals_ignore(void)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE};

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
}

static enum copy_outcome worker_run(struct worker *worker)
{
	signals_ignore();
	snprintf(worker->peer, sizeof(worker->peer), "vm \"%s\"", worker->job->vm);
	copy_progress_init(&worker->progress, worker->job->quiet);
	int code = io_uring_deny(&worker->error);
	if (code == 0)
		code = worker->job->to_guest ? send_all(worker) : receive(worker);
	if (code == 0) {
		copy_progress_end(&worker->progress, &worker->counts);
		return COPY_OUTCOME_DONE;
	}
	copy_progress_clear(&worker->progress);
	if (worker->error.code == UV_EOF)
		return COPY_OUTCOME_CUT_OFF;
	fprintf(stderr, "vm-copy: %s\n", worker->error.text);
	return COPY_OUTCOME_FAILED;
}

pid_t copy_worker_start(const struct copy_job *job, int session_fd, struct session_worker *ret_ends)
{
	_cleanup_close_ int ours_from = -1, ours_to = -1, from = -1, to = -1;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	ours_from = fds[0];
	from = fds[1];
	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	to = fds[0];
	ours_to = fds[1];
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		struct worker worker = {.job = job, .in_fd = to, .out_fd = from};
		/* Else it would hold the session open when the client is gone. */
		close(session_fd);
		close(ours_from);
		close(ours_to);
		_exit(worker_run(&worker));
	}
	ret_ends->from_fd = steal_fd(&ours_from);
	ret_ends->to_fd = steal_fd(&ours_to);
	return pid;
}

enum copy_outcome copy_worker_join(pid_t worker)
{
	int status;
	pid_t pid;

	do
		pid = waitpid(worker, &status, 0);
	while (pid < 0 && errno == EINTR);
	if (pid < 0 || !WIFEXITED(status))
		return COPY_OUTCOME_KILLED;
	return (enum copy_outcome)WEXITSTATUS(status);
}
