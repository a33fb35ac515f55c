#include "guest-agent/session/output.h"

#include <errno.h>
#include <unistd.h>

#define READS_PER_TURN 8
/* Bytes read for a frame: whole pages, so that the pipe's are not split, and with the header less
 * than the 64 KiB that a packet of the virtio socket takes. */
#define OUTPUT_CHUNK (60 * 1024)

static void poll_update(struct output *output);

static void output_close(struct output *output)
{
	if (output->fd < 0)
		return;
	closer_close(output->closer, (uv_handle_t *)&output->poll);
	close(output->fd);
	output->fd = -1;
}

static void output_end(struct output *output)
{
	output_close(output);
	output->ended = true;
	channel_send_raw(output->channel, FRAME_END, output->stream, NULL, 0);
	output->on_ended(output->data);
}

/* EIO is how a terminal's master says that its last user closed it. 1: go on, 0: nothing there now,
 * -1: the end. */
static int read_once(struct output *output)
{
	uint8_t chunk[OUTPUT_CHUNK];
	uint32_t room =
		output->credit.available < sizeof(chunk) ? output->credit.available : sizeof(chunk);
	ssize_t count = read(output->fd, chunk, room);

	if (count < 0 && errno == EINTR)
		return 1;
	if (count < 0 && errno == EAGAIN) {
		output->cut = output->draining;
		return output->draining ? -1 : 0;
	}
	if (count <= 0)
		return -1;
	credit_sender_take(&output->credit, (uint32_t)count);
	channel_send_raw(output->channel, FRAME_DATA, output->stream, chunk, (uint32_t)count);
	return 1;
}

static bool may_read(const struct output *output)
{
	return output->fd >= 0 && output->credit.available > 0 && channel_writable(output->channel);
}

static void output_read(struct output *output)
{
	for (int i = 0; i < READS_PER_TURN && may_read(output); i++) {
		int got = read_once(output);
		if (got < 0) {
			output_end(output);
			return;
		}
		if (got == 0)
			break;
	}
	poll_update(output);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct output *output = poll->data;

	(void)status;
	(void)events;
	output_read(output);
}

static void poll_update(struct output *output)
{
	if (output->fd < 0)
		return;
	bool reads = may_read(output), polls = uv_is_active((uv_handle_t *)&output->poll);

	if (reads && !polls)
		uv_poll_start(&output->poll, UV_READABLE, on_readable);
	else if (!reads && polls)
		uv_poll_stop(&output->poll);
}

int output_start(struct output *output, uv_loop_t *loop, struct channel *channel, uint16_t stream,
	int fd, struct closer *closer, void (*on_ended)(void *data), void *data)
{
	*output = (struct output){.channel = channel,
		.stream = stream,
		.fd = fd,
		.closer = closer,
		.on_ended = on_ended,
		.data = data};
	credit_sender_init(&output->credit);
	int code = uv_poll_init(loop, &output->poll, fd);
	if (code < 0) {
		close(fd);
		output->fd = -1;
		return code;
	}
	closer_add(closer);
	output->poll.data = output;
	poll_update(output);
	return 0;
}

void output_start_ended(struct output *output, struct channel *channel, uint16_t stream)
{
	*output = (struct output){.channel = channel, .stream = stream, .fd = -1, .ended = true};
	credit_sender_init(&output->credit);
	channel_send_raw(channel, FRAME_END, stream, NULL, 0);
}

int output_credit(struct output *output, uint32_t bytes)
{
	int code = credit_sender_add(&output->credit, bytes);

	if (code == 0)
		output_resume(output);
	return code;
}

void output_resume(struct output *output)
{
	if (output->draining && may_read(output))
		output_read(output);
	else
		poll_update(output);
}

void output_drain(struct output *output)
{
	if (output->fd < 0 || output->draining)
		return;
	output->draining = true;
	output_read(output);
}

void output_stop(struct output *output)
{
	if (output->fd >= 0)
		output_end(output);
}

void output_abandon(struct output *output)
{
	output_close(output);
}
