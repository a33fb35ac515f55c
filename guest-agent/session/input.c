#include "guest-agent/session/input.h"

#include <errno.h>
#include <termios.h>
#include <unistd.h>

#include "proto/base/fd.h"
#include "proto/session.pb-c.h"

static void on_writable(uv_poll_t *poll, int status, int events);

void input_abandon(struct input *input)
{
	bytes_finish(&input->waiting);
	if (input->fd < 0)
		return;
	if (input->polls)
		closer_close(input->closer, (uv_handle_t *)&input->poll);
	close(input->fd);
	input->fd = -1;
}

/* The program reads no more: the client need not send, and its credit is not renewed. */
static void input_refuse(struct input *input)
{
	input_abandon(input);
	if (!input->ending)
		channel_send_raw(input->channel, FRAME_STOP, 0, NULL, 0);
}

static void consumed(struct input *input, size_t length)
{
	Vmsilo__Session__Credit credit = VMSILO__SESSION__CREDIT__INIT;

	credit.bytes = credit_receiver_consume(&input->credit, (uint32_t)length);
	if (credit.bytes > 0 && !input->ending)
		channel_send(input->channel, FRAME_CREDIT, 0, &credit.base);
}

/* On a terminal the end of a file is a character, and only where lines are edited. */
static void terminal_end(struct input *input)
{
	struct termios modes;

	if (tcgetattr(input->fd, &modes) == 0 && (modes.c_lflag & ICANON))
		fd_write_some(input->fd, &modes.c_cc[VEOF], 1);
}

static void end_check(struct input *input)
{
	if (!input->ending || bytes_length(&input->waiting) > 0 || input->fd < 0)
		return;
	if (input->terminal)
		terminal_end(input);
	input_abandon(input);
}

static void waiting_write(struct input *input)
{
	ssize_t count = fd_write_some(
		input->fd, bytes_data(&input->waiting), bytes_length(&input->waiting));

	if (count < 0) {
		input_refuse(input);
		return;
	}
	bytes_consume(&input->waiting, (size_t)count);
	consumed(input, (size_t)count);
	if (bytes_length(&input->waiting) == 0) {
		bytes_finish(&input->waiting);
		uv_poll_stop(&input->poll);
	}
	end_check(input);
}

static void on_writable(uv_poll_t *poll, int status, int events)
{
	struct input *input = poll->data;

	(void)status;
	(void)events;
	waiting_write(input);
}

void input_start(struct input *input, uv_loop_t *loop, struct channel *channel, int fd,
	bool terminal, struct closer *closer)
{
	*input = (struct input){
		.channel = channel, .fd = fd, .terminal = terminal, .loop = loop, .closer = closer};
	credit_receiver_init(&input->credit);
}

/* The rest goes when the program has read some. */
static int rest_keep(struct input *input, const uint8_t *bytes, size_t length)
{
	int code = input->polls ? 0 : uv_poll_init(input->loop, &input->poll, input->fd);

	if (code < 0)
		return code;
	if (!input->polls)
		closer_add(input->closer);
	input->polls = true;
	input->poll.data = input;
	code = bytes_append(&input->waiting, bytes, length);
	if (code == 0 && !uv_is_active((uv_handle_t *)&input->poll))
		uv_poll_start(&input->poll, UV_WRITABLE, on_writable);
	return code;
}

int input_data(struct input *input, const uint8_t *untrusted_bytes, uint32_t length)
{
	int code = credit_receiver_take(&input->credit, length);

	/* Closed: it was under way when we said STOP. */
	if (code < 0 || input->fd < 0)
		return code;
	ssize_t written = 0;
	if (bytes_length(&input->waiting) == 0)
		written = fd_write_some(input->fd, untrusted_bytes, length);
	if (written < 0) {
		input_refuse(input);
		return 0;
	}
	consumed(input, (size_t)written);
	if ((size_t)written == length)
		return 0;
	return rest_keep(input, untrusted_bytes + written, length - (size_t)written);
}

void input_end(struct input *input)
{
	input->ending = true;
	end_check(input);
}
