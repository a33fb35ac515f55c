#include "guest-agent/session/detached.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-agent/program/line-cutter.h"
#include "proto/io/closer.h"

#define READ_SIZE 4096
#define READS_PER_TURN 16 /* then the others' */

struct detached {
	struct detached_programs *programs;
	TAILQ_ENTRY(detached) link; /* in programs.list */
	pid_t pid;
	char name[LOG_PROGRAM_MAX + 1];
	int fd; /* -1 once its output has ended */
	bool windowed, exited;
	int status; /* wait status */
	struct line_cutter cutter;
	struct closer closer;
	uv_poll_t poll;
};

static void say(struct detached *program, Vmsilo__Control__Log__Kind kind, const char *text,
	size_t length, uint32_t number)
{
	Vmsilo__Control__Log message = VMSILO__CONTROL__LOG__INIT;

	message.pid = (uint32_t)program->pid;
	message.program.data = (uint8_t *)program->name;
	message.program.len = strlen(program->name);
	message.kind = kind;
	message.text.data = (uint8_t *)text;
	message.text.len = length;
	message.number = number;
	log_feed_say(program->programs->feed, &message, uv_now(program->programs->loop));
}

static void on_line(void *data, const char *line, size_t length)
{
	say(data, VMSILO__CONTROL__LOG__KIND__OUTPUT, line, length, 0);
}

static void detached_free(void *data)
{
	free(data);
}

static void end_check(struct detached *program)
{
	struct detached_programs *programs = program->programs;

	if (!program->exited || program->fd >= 0)
		return;
	if (WIFSIGNALED(program->status))
		say(program, VMSILO__CONTROL__LOG__KIND__SIGNALLED, NULL, 0,
			(uint32_t)WTERMSIG(program->status));
	else
		say(program, VMSILO__CONTROL__LOG__KIND__EXITED, NULL, 0,
			(uint32_t)WEXITSTATUS(program->status));
	TAILQ_REMOVE(&programs->list, program, link);
	programs->running--;
	programs->windowed -= program->windowed;
	closer_finish(&program->closer);
	programs->on_activity(programs->data);
}

static void output_end(struct detached *program)
{
	line_cutter_end(&program->cutter, on_line, program);
	closer_close(&program->closer, (uv_handle_t *)&program->poll);
	close(program->fd);
	program->fd = -1;
	end_check(program);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct detached *program = poll->data;
	char chunk[READ_SIZE];

	(void)status;
	(void)events;
	for (int i = 0; i < READS_PER_TURN; i++) {
		ssize_t count = read(program->fd, chunk, sizeof(chunk));
		if (count < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (count <= 0) {
			output_end(program);
			return;
		}
		line_cutter_feed(&program->cutter, chunk, (size_t)count, on_line, program);
	}
}

void detached_init(struct detached_programs *programs, uv_loop_t *loop, struct log_feed *feed,
	void (*on_activity)(void *data), void *data)
{
	*programs = (struct detached_programs){
		.loop = loop, .feed = feed, .on_activity = on_activity, .data = data};
	TAILQ_INIT(&programs->list);
}

bool detached_room(const struct detached_programs *programs)
{
	return programs->running < DETACHED_MAX;
}

int detached_add(struct detached_programs *programs, const struct detached_start *start)
{
	struct detached *program = calloc(1, sizeof(*program));

	if (!program || uv_poll_init(programs->loop, &program->poll, start->output_fd) < 0) {
		free(program);
		close(start->output_fd);
		return UV_ENOMEM;
	}
	program->programs = programs;
	program->pid = start->pid;
	program->fd = start->output_fd;
	program->windowed = start->windowed;
	strncpy(program->name, start->name, sizeof(program->name) - 1);
	closer_init(&program->closer, detached_free, program);
	closer_add(&program->closer);
	program->poll.data = program;
	uv_poll_start(&program->poll, UV_READABLE, on_readable);
	TAILQ_INSERT_TAIL(&programs->list, program, link);
	programs->running++;
	programs->windowed += start->windowed;
	say(program, VMSILO__CONTROL__LOG__KIND__STARTED, NULL, 0, 0);
	programs->on_activity(programs->data);
	return 0;
}

bool detached_reap(struct detached_programs *programs, pid_t pid, int status)
{
	struct detached *program;

	TAILQ_FOREACH (program, &programs->list, link)
		if (program->pid == pid && !program->exited) {
			program->exited = true;
			program->status = status;
			end_check(program);
			return true;
		}
	return false;
}

void detached_signal(struct detached_programs *programs, int signal)
{
	struct detached *program;

	TAILQ_FOREACH (program, &programs->list, link)
		kill(-program->pid, signal);
}
