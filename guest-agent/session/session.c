#include "guest-agent/session/session.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest-agent/program/program.h"
#include "guest-agent/program/terminal.h"
#include "guest-agent/session/end.h"
#include "guest-agent/session/open-check.h"
#include "guest-agent/session/refusal.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/io/channel.h"
#include "proto/io/closer.h"
#include "proto/session/streams.h"

enum phase { PHASE_ADMITTED, PHASE_RUNNING, PHASE_OVER };

struct session {
	struct sessions *sessions;
	TAILQ_ENTRY(session) link; /* in sessions.list */
	enum phase phase;
	struct channel *channel; /* NULL once the client is gone */
	struct streams streams;
	struct grant grant;

	pid_t pid;
	int kill_signal; /* the next to send to an orphan; 0: all were sent */
	int left_by;     /* the signal that ended it after the program; 0: none */
	int status;      /* wait status */
	int terminal_fd; /* the master, borrowed of stdout; -1: none */
	struct session_ends ends;
	struct sink sink;         /* the program's stdin */
	struct source sources[2]; /* its stdout and stderr */

	Vmsilo__Session__Open *open; /* that waits for the display; its own */
	struct display_waiter display;

	struct closer closer;
	uv_timer_t timer; /* orphan: the next signal */
};

static void session_step(struct session *session);
static void on_close(void *data, int reason);

static void session_free(void *data)
{
	free(data);
}

static void phase_set(struct session *session, enum phase phase)
{
	struct sessions *sessions = session->sessions;
	bool running = session->phase == PHASE_RUNNING;

	session->phase = phase;
	if (running == (phase == PHASE_RUNNING))
		return;
	sessions->running += running ? (unsigned int)-1 : 1;
	sessions->on_activity(sessions->data);
}

/* The program's descriptors. */
static void session_close(struct session *session)
{
	sink_finish(&session->sink);
	source_finish(&session->sources[0]);
	source_finish(&session->sources[1]);
}

/* The one that waits, if any. */
static void open_forget(struct session *session)
{
	display_wait_cancel(session->sessions->display, &session->display);
	if (session->open)
		vmsilo__session__open__free_unpacked(session->open, NULL);
	session->open = NULL;
}

/* Everything but the channel, which the caller has destroyed or let finish. */
static void session_release(struct session *session)
{
	bool started = session->pid != 0;

	phase_set(session, PHASE_OVER);
	open_forget(session);
	if (started)
		session_close(session);
	TAILQ_REMOVE(&session->sessions->list, session, link);
	session->sessions->count--;
	closer_close(&session->closer, (uv_handle_t *)&session->timer);
	closer_finish(&session->closer);
}

static void session_drop(struct session *session)
{
	channel_destroy(session->channel);
	session_release(session);
}

/* The last frame is queued. */
static void session_finish(struct session *session)
{
	channel_finish(session->channel, SESSION_FINISH_TIMEOUT_MS);
	session_release(session);
}

static void send_frame(struct session *session, uint16_t type, const ProtobufCMessage *message)
{
	streams_say(&session->streams, type, 0);
	channel_send(session->channel, type, 0, message);
}

/* ---- the program ---- */

static void send_failed(struct session *session, const struct program_failure *failure)
{
	Vmsilo__Session__Failed message = VMSILO__SESSION__FAILED__INIT;

	message.stage = failure->stage;
	message.error = failure->error;
	message.text = (char *)failure->text;
	send_frame(session, FRAME_FAILED, &message.base);
	session_finish(session);
}

static void on_stdout_ended(void *data)
{
	struct session *session = data;

	session->ends.stdout_ended = true;
	session->terminal_fd = -1;
	streams_say(&session->streams, FRAME_END, 1);
	session_step(session);
}

static void on_stderr_ended(void *data)
{
	struct session *session = data;

	session->ends.stderr_ended = true;
	streams_say(&session->streams, FRAME_END, 2);
	session_step(session);
}

static void on_typed_end(void *data, int fd)
{
	(void)data;
	terminal_end(fd);
}

static const struct source_ops stdout_ops = {.on_ended = on_stdout_ended};
static const struct source_ops stderr_ops = {.on_ended = on_stderr_ended};
static const struct sink_ops stdin_ops = {0};
static const struct sink_ops typed_ops = {.on_end = on_typed_end};

static void stdin_start(struct session *session, int fd)
{
	struct stream_fd stream_fd;

	stream_fd_take(&stream_fd, fd, true);
	sink_start(&session->sink, session->sessions->loop, session->channel, 0, &stream_fd,
		&session->closer, session->ends.terminal ? &typed_ops : &stdin_ops, session);
}

static int source_begin(
	struct session *session, uint16_t stream, int fd, const struct source_ops *ops)
{
	struct stream_fd stream_fd;

	stream_fd_take(&stream_fd, fd, false);
	return source_start(&session->sources[stream - 1], session->sessions->loop,
		session->channel, stream, &stream_fd, &session->closer, ops, session);
}

static int streams_start(struct session *session, const struct program *program)
{
	stdin_start(session, program->stdin_fd);
	int first = source_begin(session, 1, program->stdout_fd, &stdout_ops);
	int second = 0;
	if (session->ends.terminal) {
		session->terminal_fd = program->stdout_fd;
		session->ends.stderr_ended = true;
		streams_say(&session->streams, FRAME_END, 2);
		source_start_ended(&session->sources[1], session->channel, 2);
	} else {
		second = source_begin(session, 2, program->stderr_fd, &stderr_ops);
	}
	return first < 0 ? first : second;
}

static void send_opened(struct session *session, pid_t pid)
{
	Vmsilo__Session__Opened opened = VMSILO__SESSION__OPENED__INIT;

	opened.pid = (uint32_t)pid;
	send_frame(session, FRAME_OPENED, &opened.base);
}

/* The program goes on without us. */
static void session_detach(struct session *session, const Vmsilo__Session__Open *open,
	const struct program *program, bool windowed)
{
	Vmsilo__Session__Status status = VMSILO__SESSION__STATUS__INIT;
	char name[LOG_PROGRAM_MAX + 1];

	program_name(open, name, sizeof(name));
	const struct detached_start start = {program->pid, name, program->stdout_fd, windowed};
	if (detached_add(session->sessions->detached, &start) < 0)
		log_error(NULL, "out of memory: cannot read the output of '%s'", name);
	send_opened(session, program->pid);
	for (uint16_t stream = 1; stream <= 2; stream++) {
		streams_say(&session->streams, FRAME_END, stream);
		channel_send_raw(session->channel, FRAME_END, stream, NULL, 0);
	}
	status.how_case = VMSILO__SESSION__STATUS__HOW_EXITED;
	send_frame(session, FRAME_STATUS, &status.base);
	session_finish(session);
}

static int open_start(struct session *session, const Vmsilo__Session__Open *untrusted_open)
{
	const struct display *display = session->sessions->display;
	const struct program_terms terms = {.user = session->grant.user,
		.services = session->sessions->services,
		.services_only = session->grant.services_only,
		.locale = session->sessions->locale,
		.time_zone = session->sessions->time_zone,
		.pam_session = session->sessions->pam_session,
		.display = untrusted_open->display && display_is_for(display, session->grant.user)
				   ? display_variables(display)
				   : NULL,
		.cgroups = &session->sessions->cgroups,
		.files_limit = session->sessions->files_limit};
	struct program_failure failure;
	struct program program;

	if (open_is_refused(session->sessions, &session->grant, untrusted_open, &failure) ||
		program_start(untrusted_open, &terms, &program, &failure) < 0) {
		send_failed(session, &failure);
		return 0;
	}
	if (untrusted_open->detach) {
		session_detach(session, untrusted_open, &program, terms.display != NULL);
		return 0;
	}
	session->pid = program.pid;
	session->ends.terminal = untrusted_open->terminal;
	phase_set(session, PHASE_RUNNING);
	send_opened(session, program.pid);
	return streams_start(session, &program);
}

static void on_display(void *data)
{
	struct session *session = data;
	Vmsilo__Session__Open *open = session->open;
	struct channel *channel = session->channel;

	session->open = NULL;
	/* Its only failure is that the program's streams cannot be had: as if the client had gone.
	 */
	if (open_start(session, open) < 0)
		on_close(session, UV_ENOMEM);
	else if (session->phase == PHASE_RUNNING)
		channel_resume(channel);
	vmsilo__session__open__free_unpacked(open, NULL);
}

/* A message lasts as long as its callback. */
static Vmsilo__Session__Open *open_copy(const Vmsilo__Session__Open *open)
{
	size_t length = vmsilo__session__open__get_packed_size(open);
	_cleanup_free_ uint8_t *packed = malloc(length + 1);

	if (!packed)
		return NULL;
	vmsilo__session__open__pack(open, packed);
	return vmsilo__session__open__unpack(NULL, length, packed);
}

/* What the client says beyond the OPEN waits in the channel. */
static int on_open(struct session *session, const Vmsilo__Session__Open *untrusted_open)
{
	struct display *display = session->sessions->display;

	if (!untrusted_open->display || !display_is_for(display, session->grant.user) ||
		!display_wait(display, &session->display))
		return open_start(session, untrusted_open);
	session->open = open_copy(untrusted_open);
	if (!session->open)
		return UV_ENOMEM;
	channel_pause(session->channel);
	return 0;
}

/* Once the program is reaped, its number stands for its group only as long as that has members. */
static void group_check(struct session *session)
{
	if (session->ends.exited && kill(-session->pid, 0) < 0 && errno == ESRCH)
		session->ends.group_gone = true;
}

static void signal_group(struct session *session, int number)
{
	if (session->pid > 0 && !session->ends.group_gone)
		kill(-session->pid, number);
}

/* Others held the pipes when the user had enough: his result is not whole. */
static bool was_cut(const struct session *session)
{
	return session->left_by && (session->sources[0].cut || session->sources[1].cut);
}

static void send_status(struct session *session)
{
	Vmsilo__Session__Status status = VMSILO__SESSION__STATUS__INIT;

	if (was_cut(session)) {
		status.how_case = VMSILO__SESSION__STATUS__HOW_SIGNALLED;
		status.signalled = (uint32_t)session->left_by;
	} else if (WIFSIGNALED(session->status)) {
		status.how_case = VMSILO__SESSION__STATUS__HOW_SIGNALLED;
		status.signalled = (uint32_t)WTERMSIG(session->status);
		status.core_dumped = WCOREDUMP(session->status);
	} else {
		status.how_case = VMSILO__SESSION__STATUS__HOW_EXITED;
		status.exited = (uint32_t)WEXITSTATUS(session->status);
	}
	send_frame(session, FRAME_STATUS, &status.base);
	session_finish(session);
}

static void session_step(struct session *session)
{
	switch (session_end_step(&session->ends)) {
	case SESSION_GOES_ON:
		break;
	case SESSION_DRAIN_TERMINAL:
		source_drain(&session->sources[0]);
		break;
	case SESSION_SEND_STATUS:
		send_status(session);
		break;
	case SESSION_FREE:
		session_release(session);
		break;
	}
}

/* Those whom a program leaves behind are our children then: each end may be their group's, too. */
void sessions_reap(struct sessions *sessions, pid_t pid, int status)
{
	struct session *session = TAILQ_FIRST(&sessions->list);

	while (session) {
		struct session *next = TAILQ_NEXT(session, link);
		bool exits = session->pid == pid && !session->ends.exited;
		if (exits) {
			session->ends.exited = true;
			session->status = status;
		}
		if (session->ends.exited && !session->ends.group_gone) {
			group_check(session);
			if (exits || session->ends.client_gone)
				session_step(session);
		}
		session = next;
	}
}

/* ---- the client goes ---- */

/* A stopped process handles no signal but KILL until it is continued. */
static void orphan_signal(struct session *session)
{
	signal_group(session, session->kill_signal);
	if (session->kill_signal != SIGKILL)
		signal_group(session, SIGCONT);
	session->kill_signal = session->kill_signal == SIGHUP    ? SIGTERM
			       : session->kill_signal == SIGTERM ? SIGKILL
								 : 0;
}

static void on_timer(uv_timer_t *timer)
{
	struct session *session = timer->data;

	group_check(session);
	if (session->kill_signal)
		orphan_signal(session);
	else if (session->ends.exited)
		session->ends.group_gone = true; /* what outlives KILL is dead, and not reaped */
	session_step(session);
}

static void on_close(void *data, int reason)
{
	struct session *session = data;

	if (reason == UV_EPROTO || reason == UV_EMSGSIZE)
		log_warning(NULL, "closed a session that broke the protocol: %s",
			session_phase_name(session->streams.rules.phase));
	if (session->phase != PHASE_RUNNING) {
		session_drop(session);
		return;
	}
	session_close(session);
	channel_destroy(session->channel);
	session->channel = NULL;
	session->ends.client_gone = true;
	session->kill_signal = SIGHUP;
	group_check(session);
	orphan_signal(session);
	uv_timer_start(&session->timer, on_timer, SESSION_KILL_STEP_MS, SESSION_KILL_STEP_MS);
	session_step(session);
}

/* ---- frames ---- */

/* Those by which a user wants to be rid of it. */
static bool ends_session(int number)
{
	return number == SIGHUP || number == SIGINT || number == SIGQUIT || number == SIGTERM;
}

/* The program has ended, and others whom it left behind hold its pipes: what they have written up
 * to now is the last. */
static void session_leave(struct session *session, int number)
{
	session->left_by = number;
	source_drain(&session->sources[0]);
	if (session->phase == PHASE_RUNNING)
		source_drain(&session->sources[1]);
}

static int on_signal(struct session *session, const Vmsilo__Session__Signal *untrusted_signal)
{
	if (!signal_check(untrusted_signal->number))
		return UV_EPROTO;
	int number = untrusted_signal->number;

	/* The program leads a session, where the kernel ignores a stop that a terminal might have
	 * sent; without a terminal it can be from the user's own alone. */
	if (number == SIGTSTP && !session->ends.terminal)
		number = SIGSTOP;
	signal_group(session, number);
	if (session->ends.exited && ends_session(number))
		session_leave(session, number);
	return 0;
}

static int on_window(struct session *session, const Vmsilo__Session__Window *untrusted_window)
{
	if (!window_check(untrusted_window))
		return UV_EPROTO;
	if (session->terminal_fd >= 0)
		terminal_resize(session->terminal_fd, untrusted_window);
	return 0;
}

static void on_probe(struct session *session)
{
	streams_say(&session->streams, FRAME_PROBE, 0);
	channel_send_raw(session->channel, FRAME_PROBE, 0, NULL, 0);
}

static int on_message(
	void *data, const struct frame *frame, const ProtobufCMessage *untrusted_message)
{
	struct session *session = data;

	switch (frame->type) {
	case FRAME_OPEN:
		return on_open(session, (const Vmsilo__Session__Open *)untrusted_message);
	case FRAME_SIGNAL:
		return on_signal(session, (const Vmsilo__Session__Signal *)untrusted_message);
	case FRAME_WINDOW:
		return on_window(session, (const Vmsilo__Session__Window *)untrusted_message);
	default:
		on_probe(session);
		return 0;
	}
}

static int on_frame(void *data, const struct frame *frame)
{
	struct session *session = data;
	int code = streams_take(&session->streams, frame);

	/* Who has said all waits for nothing but the output and the end. */
	if (code == 0 && frame->type == FRAME_END)
		channel_hold(session->channel, SESSION_HOLD_MS);
	return code;
}

static int on_begin(void *data, const struct frame *untrusted_header)
{
	struct session *session = data;

	return streams_begin(&session->streams, untrusted_header);
}

static int on_part(void *data, const uint8_t *untrusted_bytes, uint32_t length)
{
	struct session *session = data;

	return streams_part(&session->streams, untrusted_bytes, length);
}

static ssize_t on_socket(void *data, int fd, uint32_t length)
{
	struct session *session = data;

	return streams_receive(&session->streams, fd, length);
}

static void on_drain(void *data)
{
	struct session *session = data;

	if (session->phase != PHASE_RUNNING)
		return;
	source_resume(&session->sources[1]);
	if (session->phase == PHASE_RUNNING && session->channel)
		source_resume(&session->sources[0]);
}

static const struct channel_ops channel_ops = {
	.on_frame = on_frame,
	.on_begin = on_begin,
	.on_part = on_part,
	.on_socket = on_socket,
	.on_close = on_close,
	.on_drain = on_drain,
};

void sessions_init(
	struct sessions *sessions, uv_loop_t *loop, void (*on_activity)(void *data), void *data)
{
	*sessions = (struct sessions){.loop = loop,
		.on_activity = on_activity,
		.locale = "",
		.time_zone = "",
		.data = data};
	TAILQ_INIT(&sessions->list);
}

/* Both hellos have passed: what follows is the session's own. */
static void streams_init(struct session *session)
{
	session->streams = (struct streams){.peer = SESSION_FROM_CLIENT,
		.sinks = {&session->sink},
		.sources = {NULL, &session->sources[0], &session->sources[1]},
		.on_message = on_message,
		.data = session};
	session_rules_init(&session->streams.rules);
	session_rules_feed(&session->streams.rules, SESSION_FROM_CLIENT, FRAME_HELLO, 0);
	streams_say(&session->streams, FRAME_HELLO, 0);
}

void sessions_add(struct sessions *sessions, struct channel *channel, const struct grant *grant)
{
	struct session *session =
		sessions->count < SESSIONS_OPEN_MAX ? calloc(1, sizeof(*session)) : NULL;

	if (!session) {
		log_warning(NULL, "too many sessions: closed the newest");
		channel_destroy(channel);
		return;
	}
	session->sessions = sessions;
	session->channel = channel;
	session->grant = *grant;
	session->terminal_fd = -1;
	session->display = (struct display_waiter){.on_done = on_display, .data = session};
	streams_init(session);
	closer_init(&session->closer, session_free, session);
	uv_timer_init(sessions->loop, &session->timer);
	session->timer.data = session;
	closer_add(&session->closer);
	TAILQ_INSERT_TAIL(&sessions->list, session, link);
	sessions->count++;
	channel_hand_over(channel, &channel_ops, session);
}

void sessions_signal(struct sessions *sessions, int signal)
{
	struct session *session;

	TAILQ_FOREACH (session, &sessions->list, link)
		signal_group(session, signal);
}
