#include "host-broker/cli/session/client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/base/report.h"
#include "host-broker/cli/session/leave.h"
#include "host-broker/cli/session/open.h"
#include "host-broker/cli/session/rouse.h"
#include "host-broker/cli/session/terminal.h"
#include "proto/base/signals.h"
#include "proto/base/text.h"
#include "proto/common.pb-c.h"
#include "proto/host/io-uring.h"
#include "proto/io/signal-watch.h"
#include "proto/session/streams.h"
#include "proto/wire/hello.h"

#define SIGNALS 9
#define SIGNAL_BIT(number) (1u << (number))
#define WORKER_LINGER_MS 5000 /* from the worker's end to the program's */

static const int forwarded[SIGNALS] = {
	SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGTSTP, SIGCONT};

struct client {
	const struct session_request *request;
	struct session_times *times;
	uv_loop_t loop;
	struct channel *channel; /* NULL once it is over */
	struct streams streams;
	struct source source;
	struct sink sinks[2];
	struct closer closer;
	struct signal_watch signals;
	uv_timer_t linger; /* of a worker */
	struct leave leave;
	struct rouse rouse;
	unsigned int ignored; /* signals, as bits: who started us does not want them to end us */
	bool probes;          /* the agent answers PROBE */
	bool on_terminal;     /* there was one that could hang up on us */
	bool over;            /* the last frame came */
	bool lost;            /* some of the input or output, and it was told */
	int exit_code;
};

static void on_all_closed(void *data)
{
	(void)data; /* the client stands on session_run()'s stack, and its loop ends now */
}

/* All is told and written, or lost. */
static void client_end(struct client *client)
{
	source_finish(&client->source);
	sink_finish(&client->sinks[0]);
	sink_finish(&client->sinks[1]);
	/* Its last frame was the last of all: whatever we had still to say, nobody waits for it. */
	if (client->channel)
		channel_destroy(client->channel);
	client->channel = NULL;
	signal_watch_finish(&client->signals);
	rouse_finish(&client->rouse);
	if (client->request->worker)
		closer_close(&client->closer, (uv_handle_t *)&client->linger);
	closer_finish(&client->closer);
}

static void end_check(struct client *client)
{
	if (client->over && sink_empty(&client->sinks[0]) && sink_empty(&client->sinks[1]))
		client_end(client);
}

static void say(const struct client *client, const char *untrusted_text)
{
	char printable[1024];

	text_escape(printable, sizeof(printable), untrusted_text, strlen(untrusted_text));
	dprintf(STDERR_FILENO, "vmsilo: vm \"%s\": %s\r\n", client->request->vm, printable);
}

/* Ends the session in the middle. */
static void give_up(struct client *client, int exit_code)
{
	channel_destroy(client->channel);
	client->channel = NULL;
	client->exit_code = exit_code;
	client_end(client);
}

/* Says when one more would do it, and does it. True: it is over. */
static bool leave_take(struct client *client, enum leave_step step, int number)
{
	if (step == LEAVE_WARN)
		say(client,
			"the program has not ended; a third signal, ^C or ^\\ detaches from it");
	if (step != LEAVE_NOW)
		return false;
	say(client, "detached: the program has not ended");
	give_up(client, EXIT_SIGNAL_BASE + number);
	return true;
}

/* ---- our own descriptors ---- */

static bool is_raw(const struct client *client)
{
	return client->request->terminal && !client->request->no_stdin;
}

/* A peer that answers is alive, and may take its time. */
static void probe(struct client *client)
{
	if (client->probes && streams_say(&client->streams, FRAME_PROBE, 0) == 0)
		channel_send_raw(client->channel, FRAME_PROBE, 0, NULL, 0);
}

/* It is heard, where the VM stands still as well. */
static void be_heard(struct client *client)
{
	if (rouse_begin(&client->rouse))
		probe(client);
}

static void on_typed(void *data, const uint8_t *bytes, size_t length)
{
	struct client *client = data;
	int number;

	enum leave_step step =
		leave_typed(&client->leave, bytes, length, uv_now(&client->loop), &number);
	if (leave_take(client, step, number))
		return;
	if (number)
		probe(client);
	be_heard(client);
}

static void on_linger(uv_timer_t *timer)
{
	struct client *client = timer->data;

	if (!client->over)
		give_up(client, EXIT_SESSION_LOST);
}

/* Nobody waits for a worker's program any more; or there is no terminal any more, of which we are
 * not always told by a signal. */
static void on_source_ended(void *data)
{
	struct client *client = data;

	if (client->request->worker)
		uv_timer_start(&client->linger, on_linger, WORKER_LINGER_MS, 0);
	else if (terminal_is_hung_up(STDIN_FILENO) && !signal_is_ignored(SIGHUP))
		give_up(client, EXIT_SIGNAL_BASE + SIGHUP);
}

static void on_sink_empty(void *data)
{
	end_check(data);
}

static void on_stdio_failed(void *data, uint16_t stream, int code)
{
	static const char *const what[] = {
		"cannot read stdin", "cannot write to stdout", "cannot write to stderr"};
	struct client *client = data;
	char text[256];

	snprintf(text, sizeof(text), "%s: %s", what[stream], uv_strerror(code));
	say(client, text);
	client->lost = true;
}

static const struct source_ops typed_ops = {
	.on_read = on_typed,
	.on_ended = on_source_ended,
	.on_failed = on_stdio_failed,
};
static const struct source_ops source_ops = {
	.on_ended = on_source_ended,
	.on_failed = on_stdio_failed,
};
static const struct sink_ops sink_ops = {
	.on_empty = on_sink_empty,
	.on_failed = on_stdio_failed,
};

/* ---- what the agent says ---- */

static int over(struct client *client, int exit_code)
{
	client->over = true;
	client->exit_code = exit_code;
	client->times->ended = uv_hrtime();
	end_check(client);
	return 0;
}

static int on_hello(struct client *client, const Vmsilo__Hello *hello)
{
	struct error error = {0};

	client->probes = hello->features & FEATURE_PROBE;
	if (hello_accept(hello, "agent", &error) == 0) {
		source_release(&client->source);
		rouse_begin(&client->rouse); /* the program is to begin */
		return 0;
	}
	say(client, error.text);
	return over(client, EXIT_VMSILO);
}

static int on_reject(struct client *client, const Vmsilo__Reject *reject)
{
	bool draining = reject->reason == VMSILO__REJECT__REASON__DRAINING;

	if (draining && client->request->again)
		return over(client, SESSION_AGAIN);
	say(client, reject->text);
	return over(client, draining ? EXIT_SESSION_LOST : EXIT_VMSILO);
}

static int on_failed(struct client *client, const Vmsilo__Session__Failed *failed)
{
	say(client, failed->text);
	if (failed->stage == VMSILO__SESSION__FAILED__STAGE__POLICY)
		return over(client, EXIT_NOT_PERMITTED);
	if (failed->stage != VMSILO__SESSION__FAILED__STAGE__EXEC)
		return over(client, EXIT_VMSILO);
	return over(client, failed->error == ENOENT ? EXIT_NOT_FOUND : EXIT_NOT_EXECUTABLE);
}

static int on_status(struct client *client, const Vmsilo__Session__Status *status)
{
	switch (status->how_case) {
	case VMSILO__SESSION__STATUS__HOW_EXITED:
		return status->exited > 255 ? UV_EPROTO : over(client, (int)status->exited);
	case VMSILO__SESSION__STATUS__HOW_SIGNALLED:
		if (status->signalled < 1 || status->signalled > 127)
			return UV_EPROTO;
		return over(client, EXIT_SIGNAL_BASE + (int)status->signalled);
	default:
		return UV_EPROTO;
	}
}

static int on_message(void *data, const struct frame *frame, const ProtobufCMessage *message)
{
	struct client *client = data;

	switch (frame->type) {
	case FRAME_HELLO:
		return on_hello(client, (const Vmsilo__Hello *)message);
	case FRAME_REJECT:
		return on_reject(client, (const Vmsilo__Reject *)message);
	case FRAME_FAILED:
		return on_failed(client, (const Vmsilo__Session__Failed *)message);
	case FRAME_OPENED:
		client->times->opened = uv_hrtime();
		return 0;
	case FRAME_PROBE:
		return 0;
	default:
		return on_status(client, (const Vmsilo__Session__Status *)message);
	}
}

static int on_frame(void *data, const struct frame *frame)
{
	struct client *client = data;

	leave_heard(&client->leave);
	rouse_heard(&client->rouse);
	return streams_take(&client->streams, frame);
}

static int on_begin(void *data, const struct frame *untrusted_header)
{
	return streams_begin(&((struct client *)data)->streams, untrusted_header);
}

static int on_part(void *data, const uint8_t *untrusted_bytes, uint32_t length)
{
	return streams_part(&((struct client *)data)->streams, untrusted_bytes, length);
}

static ssize_t on_socket(void *data, int fd, uint32_t length)
{
	return streams_receive(&((struct client *)data)->streams, fd, length);
}

static void on_close(void *data, int reason)
{
	struct client *client = data;

	/* What is left is being written; until then the sinks speak to the channel, to no end. */
	if (client->over)
		return;
	channel_destroy(client->channel);
	client->channel = NULL;
	if (reason == UV_EPROTO || reason == UV_EMSGSIZE)
		say(client, "the session was closed: the VM's agent broke the protocol");
	else
		say(client, "the session was lost: the VM or its agent ended");
	client->exit_code = EXIT_SESSION_LOST;
	client_end(client);
}

static void on_drain(void *data)
{
	struct client *client = data;

	source_resume(&client->source);
}

static const struct channel_ops channel_ops = {
	.on_frame = on_frame,
	.on_begin = on_begin,
	.on_part = on_part,
	.on_socket = on_socket,
	.on_close = on_close,
	.on_drain = on_drain,
};

static void streams_init(struct client *client)
{
	client->streams = (struct streams){.peer = SESSION_FROM_AGENT,
		.sources = {&client->source},
		.sinks = {NULL, &client->sinks[0], &client->sinks[1]},
		.on_message = on_message,
		.data = client};
	session_rules_init(&client->streams.rules);
}

/* ---- what we say ---- */

static int greet(struct client *client)
{
	Vmsilo__Hello hello;

	hello_offer(&hello, "vmsilo " VMSILO_VERSION, &client->request->token);
	streams_say(&client->streams, FRAME_HELLO, 0);
	return channel_send(client->channel, FRAME_HELLO, 0, &hello.base);
}

static int open_send(struct client *client)
{
	streams_say(&client->streams, FRAME_OPEN, 0);
	rouse_begin(&client->rouse); /* it may have been paused since it was granted */
	return session_open_send(client->channel, client->request);
}

static void window_send(struct client *client)
{
	Vmsilo__Session__Window window;

	if (!client->request->terminal)
		return;
	terminal_size(&window);
	channel_send(client->channel, FRAME_WINDOW, 0, &window.base);
}

static void signal_send(struct client *client, int number)
{
	Vmsilo__Session__Signal message = VMSILO__SESSION__SIGNAL__INIT;

	message.number = number;
	channel_send(client->channel, FRAME_SIGNAL, 0, &message.base);
}

/* The terminal and what hangs on it, as the session wants them. */
static void client_continue(struct client *client)
{
	if (!client->request->terminal)
		return;
	if (!client->request->no_stdin)
		terminal_raw();
	window_send(client);
}

/* As if TSTP were not watched: it does nothing where nobody could ever continue us. */
static void stop_self(void)
{
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
	sigprocmask(SIG_BLOCK, &stop, NULL);
}

/* A job control shell stops us: the terminal is its own meanwhile. A program on a terminal has job
 * control of its own; another stops and goes on with us, as if it were here. */
static void client_stop(struct client *client)
{
	bool terminal = client->request->terminal;

	if (!terminal)
		signal_send(client, SIGTSTP);
	channel_flush(client->channel);
	terminal_restore();
	stop_self();
	if (!terminal)
		signal_send(client, SIGCONT);
	client_continue(client);
}

/* The program has ended, and the output waits for who does not read it; or nobody could see more
 * of it, since the terminal is gone: then the agent hangs up on it as well. */
static bool ends_us(const struct client *client, int number)
{
	if (client->over && leave_is_end(number))
		return true;
	return number == SIGHUP && client->on_terminal && !terminal_is_there();
}

static void on_signal(void *data, int number)
{
	struct client *client = data;

	if (!client->channel)
		return;
	if (client->request->worker) {
		if (!client->over && number != SIGWINCH && number != SIGCONT)
			give_up(client, EXIT_SIGNAL_BASE + number);
		return;
	}
	if (client->ignored & SIGNAL_BIT(number)) {
		if (!leave_take(client, leave_press(&client->leave, uv_now(&client->loop)), number))
			probe(client);
		return;
	}
	if (leave_take(client, leave_signal(&client->leave, number, uv_now(&client->loop)), number))
		return;
	if (ends_us(client, number)) {
		give_up(client, EXIT_SIGNAL_BASE + number);
	} else if (number == SIGWINCH) {
		window_send(client);
	} else if (number == SIGTSTP) {
		client_stop(client);
	} else if (number == SIGCONT) {
		client_continue(client); /* after a STOP, which nobody sees come */
	} else {
		signal_send(client, number);
		be_heard(client);
	}
}

/*
 * What is ignored for us stays so, as ssh has it. INT and QUIT are heard all the same, since each
 * job of a script in the background has them ignored: they count when the guest does not answer. A
 * worker stops by itself.
 */
static bool wants_signal(struct client *client, int number)
{
	bool worker = client->request->worker;

	if (worker && number == SIGTSTP)
		return false;
	if (number == SIGWINCH || number == SIGCONT || !signal_is_ignored(number))
		return true;
	if (worker || (number != SIGINT && number != SIGQUIT))
		return false;
	client->ignored |= SIGNAL_BIT(number);
	return true;
}

static int signals_start(struct client *client)
{
	sigset_t wanted;

	sigemptyset(&wanted);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is told of as a full disk is */
	for (int i = 0; i < SIGNALS; i++)
		if (wants_signal(client, forwarded[i]))
			sigaddset(&wanted, forwarded[i]);
	return signal_watch_start(
		&client->signals, &client->loop, &wanted, &client->closer, on_signal, client);
}

static int in_start(struct client *client, const struct stream_fd *fd)
{
	return source_start(&client->source, &client->loop, client->channel, 0, fd, &client->closer,
		is_raw(client) ? &typed_ops : &source_ops, client);
}

static void out_start(struct client *client, uint16_t stream, const struct stream_fd *fd)
{
	sink_start(&client->sinks[stream - 1], &client->loop, client->channel, stream, fd,
		&client->closer, &sink_ops, client);
}

static int worker_start(struct client *client, const struct session_worker *worker)
{
	int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct stream_fd from, to, null;

	uv_timer_init(&client->loop, &client->linger);
	client->linger.data = client;
	closer_add(&client->closer);
	stream_fd_take(&from, worker->from_fd, false);
	stream_fd_take(&to, worker->to_fd, true);
	int in = in_start(client, &from);
	out_start(client, 1, &to);
	int dropped = null_fd < 0 ? -errno : stream_fd_open(&null, null_fd, true);
	if (dropped == 0) {
		null.owned = true;
		out_start(client, 2, &null);
	}
	return in < 0 ? in : dropped;
}

static int streams_start(struct client *client)
{
	struct stream_fd fd;
	int code = 0;

	if (client->request->worker)
		return worker_start(client, client->request->worker);
	if (client->request->no_stdin)
		source_start_ended(&client->source, client->channel, 0);
	else
		code = stream_fd_open(&fd, STDIN_FILENO, false);
	if (code == 0 && !client->request->no_stdin)
		code = in_start(client, &fd);
	/* As long as the agent may send us to the next one. */
	if (code == 0 && client->request->again)
		source_hold(&client->source);
	for (uint16_t stream = 1; code == 0 && stream <= 2; stream++) {
		code = stream_fd_open(&fd, stream, true);
		if (code == 0)
			out_start(client, stream, &fd);
	}
	return code;
}

/* There is no session for it. */
static void worker_abandon(const struct session_request *request)
{
	if (!request->worker)
		return;
	close(request->worker->from_fd);
	close(request->worker->to_fd);
}

int session_run(int fd, const struct session_request *request, struct session_times *times)
{
	struct client client = {.request = request,
		.times = times,
		.sinks = {{.closed = true}, {.closed = true}},
		.signals = {.fd = -1},
		.on_terminal = terminal_is_there(),
		.exit_code = EXIT_VMSILO};
	struct error error = {0};

	if (io_uring_deny(&error) == 0 && uv_loop_init(&client.loop) < 0)
		error_set(&error, UV_ENOMEM, "vm \"%s\": cannot create an event loop", request->vm);
	if (error.code < 0) {
		close(fd);
		worker_abandon(request);
		return report_error(&error);
	}
	closer_init(&client.closer, on_all_closed, NULL);
	streams_init(&client);
	int code = channel_create(&client.loop, fd, &channel_ops, &client, &client.channel);
	if (code == 0) {
		rouse_init(
			&client.rouse, &client.loop, request->broker, request->vm, &client.closer);
		int watched = signals_start(&client);
		code = watched < 0 ? watched : greet(&client);
		if (code == 0)
			code = open_send(&client);
		int started = streams_start(&client);
		code = code < 0 ? code : started;
	}
	if (code < 0) {
		say(&client, code == UV_E2BIG || code == UV_EMSGSIZE ? "the command is too long"
								     : uv_strerror(code));
		if (client.channel)
			client_end(&client);
		else
			worker_abandon(request);
	} else if (is_raw(&client)) {
		terminal_raw();
	}
	uv_run(&client.loop, UV_RUN_DEFAULT);
	uv_loop_close(&client.loop);
	terminal_restore();
	return client.over && client.lost ? EXIT_VMSILO : client.exit_code;
}
