#include "tests/lib/stream-rig.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "tests/lib/test.h"

/* ---- an end ---- */

static int on_message(void *data, const struct frame *frame, const ProtobufCMessage *message)
{
	(void)data;
	(void)frame;
	(void)message;
	return UV_EPROTO;
}

static int on_frame(void *data, const struct frame *frame)
{
	return streams_take(&((struct stream_end *)data)->streams, frame);
}

static int on_begin(void *data, const struct frame *header)
{
	return streams_begin(&((struct stream_end *)data)->streams, header);
}

static int on_part(void *data, const uint8_t *bytes, uint32_t length)
{
	return streams_part(&((struct stream_end *)data)->streams, bytes, length);
}

static ssize_t on_socket(void *data, int fd, uint32_t length)
{
	return streams_receive(&((struct stream_end *)data)->streams, fd, length);
}

static void on_close(void *data, int reason)
{
	struct stream_end *end = data;

	end->closed++;
	end->reason = reason;
}

static void on_drain(void *data)
{
	struct stream_end *end = data;

	for (int i = 0; i < STREAMS; i++)
		if (end->sources[i].open)
			source_resume(&end->sources[i]);
}

static const struct channel_ops channel_ops = {.on_frame = on_frame,
	.on_begin = on_begin,
	.on_part = on_part,
	.on_socket = on_socket,
	.on_close = on_close,
	.on_drain = on_drain};

static void on_failed(void *data, uint16_t stream, int code)
{
	(void)stream;
	((struct stream_end *)data)->failed = code;
}

static const struct source_ops source_ops = {.on_failed = on_failed};
static const struct sink_ops sink_ops = {.on_failed = on_failed};

static void on_end_closed(void *data)
{
	(void)data;
}

static void end_begin(
	struct stream_rig *rig, struct stream_end *end, int fd, enum session_side peer)
{
	*end = (struct stream_end){
		.streams = {.peer = peer, .on_message = on_message, .data = end}};
	session_rules_init(&end->streams.rules);
	end->streams.rules.phase = SESSION_OPEN;
	end->streams.rules.agent_greeted = true;
	for (int i = 0; i < STREAMS; i++) {
		end->sinks[i].closed = true;
		end->streams.sources[i] = &end->sources[i];
		end->streams.sinks[i] = &end->sinks[i];
	}
	closer_init(&end->closer, on_end_closed, NULL);
	assert_int_equal(channel_create(&rig->loop, fd, &channel_ops, end, &end->channel), 0);
}

static void end_finish(struct stream_end *end)
{
	if (!end->channel)
		return;
	for (int i = 0; i < STREAMS; i++) {
		source_finish(&end->sources[i]);
		sink_finish(&end->sinks[i]);
	}
	channel_destroy(end->channel);
	closer_finish(&end->closer);
}

void rig_source(struct stream_rig *rig, struct stream_end *end, uint16_t stream, int fd)
{
	struct stream_fd stream_fd;

	assert_int_equal(stream_fd_open(&stream_fd, fd, false), 0);
	assert_int_equal(source_start(&end->sources[stream], &rig->loop, end->channel, stream,
				 &stream_fd, &end->closer, &source_ops, end),
		0);
}

void rig_sink(struct stream_rig *rig, struct stream_end *end, uint16_t stream, int fd)
{
	struct stream_fd stream_fd;

	assert_int_equal(stream_fd_open(&stream_fd, fd, true), 0);
	sink_start(&end->sinks[stream], &rig->loop, end->channel, stream, &stream_fd, &end->closer,
		&sink_ops, end);
}

/* ---- the rig ---- */

/* A small buffer has each payload rig_sent in pieces. */
void rig_begin(struct stream_rig *rig, int buffer)
{
	int fds[2];

	*rig = (struct stream_rig){.peer = -1};
	assert_int_equal(uv_loop_init(&rig->loop), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	for (int i = 0; buffer > 0 && i < 2; i++)
		setsockopt(fds[i], SOL_SOCKET, SO_SNDBUF, &buffer, sizeof(buffer));
	end_begin(rig, &rig->agent, fds[0], SESSION_FROM_CLIENT);
	end_begin(rig, &rig->client, fds[1], SESSION_FROM_AGENT);
}

/* Whoever is at the other end says what he likes. */
void rig_begin_hostile(struct stream_rig *rig)
{
	int fds[2];

	*rig = (struct stream_rig){0};
	assert_int_equal(uv_loop_init(&rig->loop), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	end_begin(rig, &rig->client, fds[1], SESSION_FROM_AGENT);
	rig->peer = fds[0];
}

void rig_end(struct stream_rig *rig)
{
	end_finish(&rig->agent);
	end_finish(&rig->client);
	uv_run(&rig->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&rig->loop), 0);
	if (rig->peer >= 0)
		close(rig->peer);
}

void rig_turn(struct stream_rig *rig)
{
	uv_run(&rig->loop, UV_RUN_NOWAIT);
}

void rig_turns(struct stream_rig *rig, int count)
{
	for (int i = 0; i < count; i++) {
		rig_turn(rig);
		usleep(1000);
	}
}

/* ---- descriptors and what is at their far ends ---- */

uint8_t rig_sent[AMOUNT], rig_got[AMOUNT + 1];

void rig_fill(void)
{
	uint32_t number = 1;

	for (size_t i = 0; i < sizeof(rig_sent); i++) {
		number = number * 1664525u + 1013904223u;
		rig_sent[i] = (uint8_t)(number >> 24);
	}
}

void rig_far_end(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* [0] is read, [1] is written; of a file both are the same, at its beginning. */
void rig_make(enum stream_far_kind kind, int fds[2])
{
	struct termios modes;

	switch (kind) {
	case PIPE:
		assert_int_equal(pipe(fds), 0);
		break;
	case SOCKET:
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
		break;
	case TERMINAL:
		assert_int_equal(openpty(&fds[1], &fds[0], NULL, NULL, NULL), 0);
		assert_int_equal(tcgetattr(fds[0], &modes), 0);
		cfmakeraw(&modes);
		assert_int_equal(tcsetattr(fds[0], TCSANOW, &modes), 0);
		break;
	case FILE_ITSELF:
		fds[0] = memfd_create("stream", MFD_CLOEXEC);
		fds[1] = dup(fds[0]);
		assert_true(fds[0] >= 0 && fds[1] >= 0);
		break;
	}
}

/* Writes a piece of what is not written yet. */
void rig_feed(int fd, size_t *done, size_t piece)
{
	size_t left = AMOUNT - *done;
	ssize_t count = fd < 0 ? 0 : write(fd, rig_sent + *done, left < piece ? left : piece);

	*done += count > 0 ? (size_t)count : 0;
}

void rig_take(int fd, size_t *done, size_t piece)
{
	size_t left = sizeof(rig_got) - *done;
	ssize_t count = read(fd, rig_got + *done, left < piece ? left : piece);

	*done += count > 0 ? (size_t)count : 0;
}

/* The near end is ours, the far end the program's or the user's. */
void rig_input(enum stream_far_kind kind, int *near, int *far)
{
	int fds[2];

	rig_make(kind, fds);
	*near = fds[0];
	*far = fds[1];
	if (kind != FILE_ITSELF) {
		rig_far_end(*far);
		return;
	}
	assert_int_equal(write(*far, rig_sent, AMOUNT), AMOUNT);
	assert_int_equal(lseek(*far, 0, SEEK_SET), 0);
	close(*far);
	*far = -1;
}

void rig_output(enum stream_far_kind kind, int *near, int *far)
{
	int fds[2];

	rig_make(kind, fds);
	*far = kind == TERMINAL ? fds[1] : fds[0];
	*near = kind == TERMINAL ? fds[0] : fds[1];
	if (kind != FILE_ITSELF)
		rig_far_end(*far);
}

size_t rig_waiting(const struct sink *sink)
{
	return sink->hold.length + bytes_length(&sink->waiting);
}
