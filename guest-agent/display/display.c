#include "guest-agent/display/display.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/base/text.h"

#define READ_SIZE 4096
#define WORDS 5 /* of its command */

struct display_pipe {
	int fd;
	uv_poll_t poll;
};

static void strings_empty(struct strings *strings)
{
	strings_finish(strings);
	*strings = (struct strings){0};
}

/* ---- who waits ---- */

static void waiters_tell(struct display *display)
{
	struct display_waiter *waiter;

	uv_timer_stop(&display->timer);
	while ((waiter = TAILQ_FIRST(&display->waiters))) {
		display_wait_cancel(display, waiter);
		waiter->on_done(waiter->data);
	}
}

/* Those that begin later start another one. */
static void display_off(struct display *display)
{
	display->phase = DISPLAY_OFF;
	strings_empty(&display->variables);
	waiters_tell(display);
}

static void on_timer(uv_timer_t *timer)
{
	struct display *display = timer->data;

	if (display->phase != DISPLAY_STARTING) {
		waiters_tell(display);
		return;
	}
	log_error(NULL, "%s is not ready after %d s: programs run without a display",
		display->program, DISPLAY_READY_MS / 1000);
	display_signal(display, SIGKILL);
	display_off(display);
}

/* ---- what it prints ---- */

static void on_pipe_closed(uv_handle_t *handle)
{
	struct display_pipe *pipe =
		(struct display_pipe *)((char *)handle - offsetof(struct display_pipe, poll));

	close(pipe->fd);
	free(pipe);
}

static void pipe_close(struct display_pipe **place)
{
	struct display_pipe *pipe = *place;

	*place = NULL;
	if (pipe)
		uv_close((uv_handle_t *)&pipe->poll, on_pipe_closed);
}

/* Takes fd. NULL: memory is short. */
static struct display_pipe *pipe_open(struct display *display, int fd, uv_poll_cb on_event)
{
	struct display_pipe *pipe = calloc(1, sizeof(*pipe));

	if (!pipe || uv_poll_init(display->loop, &pipe->poll, fd) < 0) {
		free(pipe);
		close(fd);
		return NULL;
	}
	pipe->fd = fd;
	pipe->poll.data = display;
	uv_poll_start(&pipe->poll, UV_READABLE, on_event);
	return pipe;
}

static void ready_check(struct display *display)
{
	int code = strings_init(&display->variables, DISPLAY_VARIABLES_MAX) ? 0 : UV_ENOMEM;

	if (code == 0)
		code = variables_read(display->said, display->said_length, &display->variables);
	if (code < 0) {
		log_error(NULL, "%s did not say what its display is: programs run without",
			display->program);
		display_signal(display, SIGKILL);
		display_off(display);
		return;
	}
	display->phase = DISPLAY_READY;
	waiters_tell(display);
}

/* 1: there may be more; 0: not now; -1: it has ended. */
static int fd_read(int fd, char *out, size_t size, size_t *ret_length)
{
	ssize_t count = read(fd, out, size);

	*ret_length = count > 0 ? (size_t)count : 0;
	return count > 0 ? 1 : count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
	struct display *display = poll->data;
	size_t room = DISPLAY_TEXT_MAX - display->said_length, length;
	int more = -1;

	(void)status;
	(void)events;
	if (room > 0)
		more = fd_read(
			display->ready->fd, display->said + display->said_length, room, &length);
	if (more > 0)
		display->said_length += length;
	if (more >= 0)
		return;
	pipe_close(&display->ready);
	display->said[display->said_length] = '\0';
	if (display->phase == DISPLAY_STARTING)
		ready_check(display);
}

static void on_line(void *data, const char *line, size_t length)
{
	char printable[512];

	(void)data;
	text_escape(printable, sizeof(printable), line, length);
	log_info(NULL, "windows: %s", printable);
}

static void on_words(uv_poll_t *poll, int status, int events)
{
	struct display *display = poll->data;
	char chunk[READ_SIZE];
	size_t length;

	(void)status;
	(void)events;
	int more = fd_read(display->words->fd, chunk, sizeof(chunk), &length);
	if (more > 0)
		line_cutter_feed(&display->cutter, chunk, length, on_line, display);
	if (more >= 0)
		return;
	line_cutter_end(&display->cutter, on_line, display);
	pipe_close(&display->words);
}

/* ---- its life ---- */

static int program_run(struct display *display, struct program *ret)
{
	Vmsilo__Session__Open open = VMSILO__SESSION__OPEN__INIT;
	struct program_failure failure;
	const char *const words[] = {
		display->program, "--agent", display->socket, "--ready-fd", "1"};
	ProtobufCBinaryData argv[WORDS];

	for (size_t i = 0; i < WORDS; i++)
		argv[i] =
			(ProtobufCBinaryData){.data = (uint8_t *)words[i], .len = strlen(words[i])};
	open.argv = argv;
	open.n_argv = WORDS;
	if (program_start(&open, display->terms, ret, &failure) == 0)
		return 0;
	log_error(NULL, "%s: %s", display->program, failure.text);
	return UV_EIO;
}

static int display_start(struct display *display)
{
	struct program program;

	if (program_run(display, &program) < 0)
		return UV_EIO;
	close(program.stdin_fd);
	display->pid = program.pid;
	display->said_length = 0;
	display->cutter = (struct line_cutter){0};
	display->phase = DISPLAY_STARTING;
	display->ready = pipe_open(display, program.stdout_fd, on_ready);
	display->words = pipe_open(display, program.stderr_fd, on_words);
	if (!display->ready)
		display_signal(display, SIGKILL);
	uv_timer_start(&display->timer, on_timer, DISPLAY_READY_MS, 0);
	return 0;
}

bool display_wait(struct display *display, struct display_waiter *waiter)
{
	if (display->phase == DISPLAY_READY)
		return false;
	/* One that was told to end has to be reaped first. */
	if (display->phase == DISPLAY_OFF && display->pid == 0 && display_start(display) < 0)
		return false;
	TAILQ_INSERT_TAIL(&display->waiters, waiter, link);
	waiter->waits = true;
	return true;
}

void display_wait_cancel(struct display *display, struct display_waiter *waiter)
{
	if (waiter->waits)
		TAILQ_REMOVE(&display->waiters, waiter, link);
	waiter->waits = false;
}

bool display_reap(struct display *display, pid_t pid)
{
	if (pid != display->pid || pid == 0)
		return false;
	log_warning(NULL, "%s has ended%s", display->program,
		display->phase == DISPLAY_STARTING ? " before it was ready" : "");
	display->pid = 0;
	pipe_close(&display->ready);
	/* What it started may still hold its stderr. */
	pipe_close(&display->words);
	if (display->phase != DISPLAY_OFF || TAILQ_EMPTY(&display->waiters) ||
		display_start(display) < 0)
		display_off(display);
	return true;
}

void display_signal(struct display *display, int signal)
{
	if (display->pid > 0)
		kill(-display->pid, signal);
}

bool display_is_for(const struct display *display, const char *user)
{
	return display && display->program && strcmp(user, display->terms->user) == 0;
}

const struct strings *display_variables(const struct display *display)
{
	return display->phase == DISPLAY_READY ? &display->variables : NULL;
}

void display_init(struct display *display, uv_loop_t *loop, const char *program, const char *socket,
	const struct program_terms *terms)
{
	*display = (struct display){.loop = loop, .socket = socket, .terms = terms};
	TAILQ_INIT(&display->waiters);
	if (socket && program && access(program, X_OK) == 0)
		display->program = program;
	uv_timer_init(loop, &display->timer);
	display->timer.data = display;
}
