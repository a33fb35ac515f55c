#include "tests/lib/fake-process.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/queue.h>

struct process {
	LIST_ENTRY(process) link; /* in processes */
	pid_t pid;
	process_exit_cb on_exit;
	void *data;
	const char *tail;
	bool ended;
};

static LIST_HEAD(process_list, process) processes = LIST_HEAD_INITIALIZER(processes);

static int create(pid_t pid, process_exit_cb on_exit, void *data, struct process **ret)
{
	struct process *process = calloc(1, sizeof(*process));

	if (!process)
		return UV_ENOMEM;
	*process = (struct process){.pid = pid, .on_exit = on_exit, .data = data, .tail = ""};
	LIST_INSERT_HEAD(&processes, process, link);
	*ret = process;
	return 0;
}

int process_start(uv_loop_t *loop, const struct child_options *options, process_exit_cb on_exit,
	void *data, struct process **ret, struct error *error)
{
	static pid_t last = 1000;

	(void)loop;
	(void)options;
	int code = create(++last, on_exit, data, ret);
	return code < 0 ? error_set(error, code, "out of memory") : 0;
}

int process_adopt(uv_loop_t *loop, struct process_id id, process_exit_cb on_exit, void *data,
	struct process **ret)
{
	(void)loop;
	return id.start_time > 0 ? create(id.pid, on_exit, data, ret) : UV_ESRCH;
}

struct process_id process_id(const struct process *process)
{
	return (struct process_id){.pid = process->pid, .start_time = 1};
}

int process_start_time(pid_t pid, uint64_t *ret)
{
	*ret = 1;
	return pid > 0 ? 0 : UV_ESRCH;
}

bool process_lives(const struct process *process)
{
	return !process->ended;
}

/* Whether and when it obeys is the test's to say. */
int process_kill(struct process *process, int signal)
{
	if (signal == SIGKILL)
		process->tail = "killed";
	return 0;
}

const char *process_tail(const struct process *process)
{
	return process->tail;
}

/* Nobody here speaks before its end. */
void process_on_words(struct process *process, process_words_cb on_words)
{
	(void)process;
	(void)on_words;
}

void process_destroy(struct process *process)
{
	LIST_REMOVE(process, link);
	free(process);
}

struct process *fake_process_last(void)
{
	struct process *process;

	LIST_FOREACH (process, &processes, link)
		if (!process->ended)
			return process;
	return NULL;
}

void fake_process_exit(struct process *process, int status, const char *tail)
{
	process->ended = true;
	process->tail = tail;
	process->on_exit(process->data, status);
}
