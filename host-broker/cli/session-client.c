#include "host-broker/cli/session-client.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host-broker/cli/exit-codes.h"
#include "host-broker/cli/report.h"
#include "host-broker/cli/session-open.h"
#include "host-broker/cli/stdio.h"
#include "host-broker/cli/terminal.h"
#include "proto/common.pb-c.h"
#include "proto/hello.h"
#include "proto/io-uring.h"
#include "proto/message.h"
#include "proto/session-rules.h"
#include "proto/text.h"

#define SIGNALS 9
#define WORKER_LINGER_MS 5000 /* from the worker's end to the program's */

static const int forwarded[SIGNALS] = {
	SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH, SIGTSTP, SIGCONT};

/* So many TERM or HUP, and a guest that does not answer is left alone. */
#define ENDS_MAX 3

struct client {
	const struct session_request *request;
	struct session_times *times;
	uv_loop_t loop;
	struct channel *channel; /* NULL once it is over */
	struct session_rules rules;
	struct source source;
	struct sink sinks[2];
	struct closer closer;
	uv_signal_t signals[SIGNALS];
	uv_timer_t linger; /* of a worker */
	unsigned int ends; /* TERM and HUP that came */
	bool over;         /* the last frame came */
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
	for (int i = 0; i < SIGNALS; i++)
		closer_close(&client->closer, (uv_handle_t *)&client->signals[i]);
	if (client->request->worker)
		closer_close(&client->closer, (uv_handle_t *)&client->linger);
	closer_finish(&client->closer);
}

static void end_check(struct client *client)
{
	if (client->over && sink_empty(&client->sinks[0]) && sink_empty(&client->sinks[1]))
		client_end(client);
}

static void on_sink_empty(void *data)
{
	end_check(data);
}

static void say(const struct client *client, const char *untrusted_text)
{
	char printable[1024];

	text_escape(printable, sizeof(printable), untrusted_text, strlen(untrusted_text));
	dprintf(STDERR_FILENO, "vmsilo: vm \"%s\": %s\r\n", client->request->vm, printable);
}

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
	const struct hello answer = {.version_min = hello->version_min,
		.version_max = hello->version_max,
		.features = hello->features};
	struct error error = {0};

	if (hello_accept(&answer, "agent", &error) == 0)
		return 0;
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

static int on_message(struct client *client, uint16_t type, const ProtobufCMessage *message)
{
	switch (type) {
	case FRAME_HELLO:
		return on_hello(client, (const Vmsilo__Hello *)message);
	case FRAME_REJECT:
		return on_reject(client, (const Vmsilo__Reject *)message);
	case FRAME_FAILED:
		return on_failed(client, (const Vmsilo__Session__Failed *)message);
	case FRAME_OPENED:
		client->times->opened = uv_hrtime();
		return 0;
	case FRAME_CREDIT:
		return source_credit(
			&client->source, ((const Vmsilo__Session__Credit *)message)->bytes);
	default:
		return on_status(client, (const Vmsilo__Session__Status *)message);
	}
}

static int on_frame(void *data, const struct frame *frame)
{
	struct client *client = data;
	int code =
		session_rules_feed(&client->rules, SESSION_FROM_AGENT, frame->type, frame->stream);

	if (code < 0)
		return code;
	switch (frame->type) {
	case FRAME_DATA:
		return sink_data(&client->sinks[frame->stream - 1], frame->payload, frame->length);
	case FRAME_END:
		sink_end(&client->sinks[frame->stream - 1]);
		return 0;
	case FRAME_STOP:
		source_stop(&client->source);
		return 0;
	default:
		break;
	}
	ProtobufCMessage *message = message_unpack(frame);
	if (!message)
		return UV_EPROTO;
	code = on_message(client, frame->type, message);
	message_free(message);
	return code;
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
		say(client, "the session was closed: its agent broke the protocol");
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
	.on_close = on_close,
	.on_drain = on_drain,
};

/* ---- what we say ---- */

static int greet(struct client *client)
{
	Vmsilo__Hello hello = VMSILO__HELLO__INIT;

	hello.version_min = PROTOCOL_VERSION_MIN;
	hello.version_max = PROTOCOL_VERSION_MAX;
	hello.features = PROTOCOL_FEATURES;
	hello.software = "vmsilo " VMSILO_VERSION;
	hello.token.data = (uint8_t *)client->request->token.bytes;
	hello.token.len = TOKEN_SIZE;
	session_rules_feed(&client->rules, SESSION_FROM_CLIENT, FRAME_HELLO, 0);
	return channel_send(client->channel, FRAME_HELLO, 0, &hello.base);
}

static int open_send(struct client *client)
{
	session_rules_feed(&client->rules, SESSION_FROM_CLIENT, FRAME_OPEN, 0);
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

/* Ends the session in the middle. */
static void give_up(struct client *client, int exit_code)
{
	channel_destroy(client->channel);
	client->channel = NULL;
	client->exit_code = exit_code;
	client_end(client);
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
	stdio_resume();
	if (!client->request->terminal)
		return;
	if (!client->request->no_stdin)
		terminal_raw();
	window_send(client);
}

/* As if TSTP were not handled: it does nothing where nobody could ever continue us. */
static void stop_self(void)
{
	const struct sigaction standard = {.sa_handler = SIG_DFL};
	struct sigaction ours;

	sigaction(SIGTSTP, &standard, &ours);
	raise(SIGTSTP);
	sigaction(SIGTSTP, &ours, NULL);
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
	stdio_restore();
	stop_self();
	if (!terminal)
		signal_send(client, SIGCONT);
	client_continue(client);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct client *client = handle->data;

	if (!client->channel)
		return;
	if (client->request->worker) {
		if (!client->over && number != SIGWINCH && number != SIGCONT)
			give_up(client, EXIT_SIGNAL_BASE + number);
		return;
	}
	if ((number == SIGTERM || number == SIGHUP) && ++client->ends == ENDS_MAX) {
		say(client, "the program does not end: left");
		give_up(client, EXIT_SIGNAL_BASE + number);
	} else if (number == SIGWINCH) {
		window_send(client);
	} else if (number == SIGTSTP) {
		client_stop(client);
	} else if (number == SIGCONT) {
		client_continue(client); /* after a STOP, which nobody sees come */
	} else {
		signal_send(client, number);
	}
}

/* A hang-up that is ignored for us stays so, as nohup(1) has it; a worker stops by itself. */
static bool wants_signal(const struct client *client, int number)
{
	struct sigaction action;

	if (client->request->worker && number == SIGTSTP)
		return false;
	return number != SIGHUP || sigaction(number, NULL, &action) < 0 ||
	       action.sa_handler != SIG_IGN;
}

static void signals_start(struct client *client)
{
	signal(SIGPIPE, SIG_IGN);
	for (int i = 0; i < SIGNALS; i++) {
		uv_signal_init(&client->loop, &client->signals[i]);
		closer_add(&client->closer);
		client->signals[i].data = client;
		if (wants_signal(client, forwarded[i]))
			uv_signal_start(&client->signals[i], on_signal, forwarded[i]);
	}
}

static void on_linger(uv_timer_t *timer)
{
	struct client *client = timer->data;

	if (!client->over)
		give_up(client, EXIT_SESSION_LOST);
}

/* Nobody waits for the program's output any more. */
static void on_worker_ended(void *data)
{
	struct client *client = data;

	uv_timer_start(&client->linger, on_linger, WORKER_LINGER_MS, 0);
}

static void worker_start(struct client *client, const struct session_worker *worker)
{
	uv_timer_init(&client->loop, &client->linger);
	client->linger.data = client;
	closer_add(&client->closer);
	int null_fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	source_start(
		&client->source, &client->loop, client->channel, worker->from_fd, &client->closer);
	client->source.owned = true;
	client->source.on_ended = on_worker_ended;
	client->source.data = client;
	sink_start(&client->sinks[0], &client->loop, client->channel, 1, worker->to_fd,
		&client->closer, on_sink_empty, client);
	sink_start(&client->sinks[1], &client->loop, client->channel, 2, null_fd, &client->closer,
		on_sink_empty, client);
	client->sinks[0].owned = client->sinks[1].owned = true;
}

static void streams_start(struct client *client)
{
	if (client->request->worker) {
		worker_start(client, client->request->worker);
		return;
	}
	if (client->request->no_stdin)
		source_start_empty(&client->source, client->channel);
	else
		source_start(&client->source, &client->loop, client->channel, STDIN_FILENO,
			&client->closer);
	for (int i = 0; i < 2; i++)
		sink_start(&client->sinks[i], &client->loop, client->channel, (uint16_t)(i + 1),
			STDOUT_FILENO + i, &client->closer, on_sink_empty, client);
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
	struct client client = {.request = request, .times = times, .exit_code = EXIT_VMSILO};
	struct error error = {0};

	if (io_uring_deny(&error) == 0 && uv_loop_init(&client.loop) < 0)
		error_set(&error, UV_ENOMEM, "cannot make an event loop");
	if (error.code < 0) {
		close(fd);
		worker_abandon(request);
		return report_error(&error);
	}
	closer_init(&client.closer, on_all_closed, NULL);
	session_rules_init(&client.rules);
	int code = channel_create(&client.loop, fd, &channel_ops, &client, &client.channel);
	if (code == 0) {
		signals_start(&client);
		code = greet(&client);
		if (code == 0)
			code = open_send(&client);
		streams_start(&client);
		stdio_started();
	}
	if (code < 0) {
		say(&client, code == UV_E2BIG || code == UV_EMSGSIZE ? "the command is too long"
								     : uv_strerror(code));
		if (client.channel)
			client_end(&client);
		else
			worker_abandon(request);
	} else if (request->terminal && !request->no_stdin) {
		terminal_raw();
	}
	uv_run(&client.loop, UV_RUN_DEFAULT);
	uv_loop_close(&client.loop);
	terminal_restore();
	stdio_restore();
	return client.exit_code;
}
