#include "proto/io/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/base/bytes.h"
#include "proto/base/cleanup.h"
#include "proto/io/closer.h"
#include "proto/io/socket.h"
#include "proto/wire/message.h"

#define READ_SMALL 4096        /* bytes of a channel that only says a word now and then */
#define READ_BULK (192 * 1024) /* once a read filled the buffer */
#define READS_PER_TURN 16      /* then others have their turn */
#define FRAMES_PER_TURN 64     /* likewise: small ones can be many in one read */
#define PACK_STACK_SIZE 1024
#define HOLD_MAX 1024 /* bytes that wait for the end of the loop's turn */

enum channel_phase { CHANNEL_OPEN, CHANNEL_FLUSHING, CHANNEL_CLOSING };

struct channel {
	enum channel_phase phase;
	int fd;
	const struct channel_ops *ops;
	void *data;
	struct bytes in;  /* received, from the border of a frame on */
	struct bytes out; /* to be sent */
	bool paused;
	bool behind; /* whole frames wait for the next turn, and nothing is read before them */
	bool above_high_water;
	bool blocked;      /* the socket took no more: the poll tells when */
	bool shut_down;    /* FLUSHING: all is sent and said so */
	int send_error;    /* met in channel_send(), told from the loop */
	size_t delivering; /* bytes of the frame that on_frame has */
	struct closer closer;
	uv_poll_t poll;
	int events;           /* that poll waits for */
	uv_prepare_t prepare; /* what was said in this turn of the loop goes at its end */
	uv_timer_t linger;    /* what was said soon goes at its end */
	uv_timer_t timer; /* OPEN: at once, to go on outside of the caller's stack; FLUSHING: the
			 end */
};

static void on_poll(uv_poll_t *poll, int status, int events);
static void on_prepare(uv_prepare_t *prepare);
static void on_linger(uv_timer_t *timer);
static void on_timer(uv_timer_t *timer);

static void channel_free(void *data)
{
	struct channel *channel = data;

	close(channel->fd);
	bytes_finish(&channel->in);
	bytes_finish(&channel->out);
	free(channel);
}

void channel_destroy(struct channel *channel)
{
	channel->phase = CHANNEL_CLOSING;
	closer_close(&channel->closer, (uv_handle_t *)&channel->poll);
	closer_close(&channel->closer, (uv_handle_t *)&channel->prepare);
	closer_close(&channel->closer, (uv_handle_t *)&channel->linger);
	closer_close(&channel->closer, (uv_handle_t *)&channel->timer);
	closer_finish(&channel->closer);
}

int channel_detach(struct channel *channel, int *ret_fd)
{
	int code = 0;

	channel_flush(channel);
	if (bytes_length(&channel->in) > channel->delivering)
		code = UV_EPROTO;
	else if (bytes_length(&channel->out) > 0 || channel->send_error)
		code = UV_EAGAIN;
	int fd = code == 0 ? fcntl(channel->fd, F_DUPFD_CLOEXEC, 0) : -1;
	if (code == 0 && fd < 0)
		code = -errno;
	channel_destroy(channel);
	if (code == 0)
		*ret_fd = fd;
	return code;
}

static void poll_update(struct channel *channel)
{
	int events = 0;

	if (channel->phase == CHANNEL_CLOSING)
		return;
	if (!channel->paused && !channel->behind)
		events |= UV_READABLE;
	if (channel->blocked)
		events |= UV_WRITABLE;
	/* Starting again what runs already costs two system calls. */
	if (events == channel->events)
		return;
	channel->events = events;
	if (events)
		uv_poll_start(&channel->poll, events, on_poll);
	else
		uv_poll_stop(&channel->poll);
}

/* The stream is over for the owner: nothing is read or written until it destroys the channel. */
static void channel_end(struct channel *channel, int reason)
{
	if (channel->phase == CHANNEL_FLUSHING) {
		channel_destroy(channel);
		return;
	}
	uv_poll_stop(&channel->poll);
	channel->events = 0;
	uv_prepare_stop(&channel->prepare);
	uv_timer_stop(&channel->linger);
	uv_timer_stop(&channel->timer);
	channel->paused = true;
	channel->behind = false;
	channel->blocked = false; /* or the owner's pause or flush would begin to poll again */
	channel->send_error = UV_EPIPE;
	bytes_clear(&channel->out);
	channel->ops->on_close(channel->data, reason);
}

/* ---- reading ---- */

/* The others have their turn first. A timer of 0 ms that is set by a timer may come in the same
 * turn, so it is set at its end. */
static void frames_postpone(struct channel *channel)
{
	channel->behind = true;
	uv_prepare_start(&channel->prepare, on_prepare);
	poll_update(channel);
}

/* Hands over the whole frames that are there. False when reading should not go on. */
static bool frames_deliver(struct channel *channel)
{
	for (int i = 0; !channel->paused; i++) {
		struct frame frame;
		int64_t size =
			frame_decode(bytes_data(&channel->in), bytes_length(&channel->in), &frame);
		if (size == 0)
			return true;
		if (i == FRAMES_PER_TURN) {
			frames_postpone(channel);
			return false;
		}
		channel->delivering = size > 0 ? (size_t)size : 0;
		int code = size < 0 ? (int)size : channel->ops->on_frame(channel->data, &frame);
		channel->delivering = 0;
		if (channel->phase != CHANNEL_OPEN)
			return false;
		if (code < 0) {
			channel_end(channel, code);
			return false;
		}
		bytes_consume(&channel->in, (size_t)size);
	}
	return false;
}

/* Room for what is to be read next: the frame that has begun, or a little, or a lot. */
static int room_make(struct channel *channel, bool bulk)
{
	size_t wanted = bulk ? READ_BULK : READ_SMALL;
	struct bytes *in = &channel->in;

	if (bytes_length(in) >= FRAME_HEADER_SIZE) {
		const uint8_t *at = bytes_data(in);
		size_t frame = FRAME_HEADER_SIZE + (size_t)at[0] + ((size_t)at[1] << 8) +
			       ((size_t)at[2] << 16) + ((size_t)at[3] << 24);
		if (frame > wanted)
			wanted = frame;
	}
	return bytes_reserve(in, wanted);
}

/* Reads once. 1: all the room is filled, and there may be more; 2: that was all; 0: nothing is
 * there; negative: the end, with its reason in *ret_reason. */
static int read_once(struct channel *channel, bool *bulk, int *ret_reason)
{
	struct bytes *in = &channel->in;

	if (room_make(channel, *bulk) < 0) {
		*ret_reason = UV_ENOMEM;
		return -1;
	}
	size_t room = bytes_room(in);
	ssize_t count = recv(channel->fd, bytes_tail(in), room, 0);
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (count <= 0) {
		*ret_reason = count < 0 ? -errno : bytes_length(in) > 0 ? UV_ECONNRESET : 0;
		return -1;
	}
	bytes_add(in, (size_t)count);
	*bulk = (size_t)count == room || *bulk;
	return (size_t)count == room ? 1 : 2;
}

static void channel_read(struct channel *channel)
{
	bool bulk = bytes_capacity(&channel->in) > READ_SMALL;
	int reason = 0;

	for (int i = 0; i < READS_PER_TURN && !channel->paused; i++) {
		int got = read_once(channel, &bulk, &reason);
		if (got < 0)
			channel_end(channel, reason);
		if (got <= 0)
			return;
		if (!frames_deliver(channel))
			return;
		/* A read that did not fill the buffer emptied the socket: no need to ask again. */
		if (got == 2)
			break;
	}
	if (bytes_length(&channel->in) == 0 && bytes_capacity(&channel->in) > READ_BULK)
		bytes_finish(&channel->in);
}

/* ---- writing ---- */

/* Sends what is queued, then header and payload, or as much as goes at once. */
static ssize_t send_some(const struct channel *channel, const void *header, size_t header_length,
	const void *payload, size_t length)
{
	struct iovec iov[3] = {
		{.iov_base = (void *)bytes_data(&channel->out),
			.iov_len = bytes_length(&channel->out)},
		{.iov_base = (void *)header, .iov_len = header_length},
		{.iov_base = (void *)payload, .iov_len = length},
	};
	struct msghdr message = {.msg_iov = iov, .msg_iovlen = 3};
	ssize_t sent;

	do
		sent = sendmsg(channel->fd, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return errno == EAGAIN ? 0 : -errno;
	return sent;
}

/* The error is told to the owner from the loop, not from inside its own call. */
static void send_failed(struct channel *channel, int code)
{
	channel->send_error = code;
	uv_timer_start(&channel->timer, on_timer, 0, 0);
}

static int queue_rest(struct channel *channel, const void *bytes, size_t length, size_t sent)
{
	if (sent >= length)
		return 0;
	return bytes_append(&channel->out, (const uint8_t *)bytes + sent, length - sent);
}

/* Small frames wait for the others of this turn of the loop, so that a conversation's short words
 * share a packet; but not behind a socket that is full already. */
static bool is_held(const struct channel *channel, size_t total)
{
	return !channel->blocked && total <= HOLD_MAX &&
	       bytes_length(&channel->out) + total <= HOLD_MAX;
}

static int frame_queue(struct channel *channel, const uint8_t header[FRAME_HEADER_SIZE],
	const void *payload, uint32_t length, size_t sent)
{
	size_t of_payload = sent > FRAME_HEADER_SIZE ? sent - FRAME_HEADER_SIZE : 0;

	if (bytes_reserve(&channel->out, FRAME_HEADER_SIZE + (size_t)length) < 0 ||
		queue_rest(channel, header, FRAME_HEADER_SIZE, sent) < 0 ||
		queue_rest(channel, payload, length, of_payload) < 0)
		return UV_ENOMEM;
	if (bytes_length(&channel->out) > CHANNEL_HIGH_WATER)
		channel->above_high_water = true;
	return 0;
}

/* Sends the queue and the frame behind it; how much of the frame went is *ret_sent. */
static int frame_send(struct channel *channel, const uint8_t header[FRAME_HEADER_SIZE],
	const void *payload, uint32_t length, size_t *ret_sent)
{
	size_t queued = bytes_length(&channel->out);
	ssize_t sent = send_some(channel, header, FRAME_HEADER_SIZE, payload, length);

	uv_timer_stop(&channel->linger);
	if (sent < 0)
		return (int)sent;
	size_t of_queue = (size_t)sent < queued ? (size_t)sent : queued;
	bytes_consume(&channel->out, of_queue);
	*ret_sent = (size_t)sent - of_queue;
	channel->blocked = *ret_sent < FRAME_HEADER_SIZE + (size_t)length;
	return 0;
}

static void linger(struct channel *channel, uint64_t within_ms)
{
	if (within_ms == 0)
		uv_prepare_start(&channel->prepare, on_prepare);
	else if (!uv_is_active((uv_handle_t *)&channel->linger))
		uv_timer_start(&channel->linger, on_linger, within_ms, 0);
}

static int frame_push(struct channel *channel, uint64_t within_ms, uint16_t type, uint16_t stream,
	const void *payload, uint32_t length)
{
	uint8_t header[FRAME_HEADER_SIZE];
	size_t total = FRAME_HEADER_SIZE + (size_t)length;
	size_t sent = 0;
	int code = 0;

	if (channel->phase != CHANNEL_OPEN || channel->send_error)
		return UV_EPIPE;
	if ((int64_t)length > frame_length_max(type))
		return UV_EMSGSIZE;
	if (bytes_length(&channel->out) + total > CHANNEL_QUEUE_MAX)
		return UV_ENOBUFS;

	frame_encode_header(header, type, stream, length);
	bool held = is_held(channel, total);
	if (!held && !channel->blocked)
		code = frame_send(channel, header, payload, length, &sent);
	if (code == 0 && sent < total)
		code = frame_queue(channel, header, payload, length, sent);
	if (code < 0)
		/* Half a frame may be on its way: the stream cannot go on. */
		send_failed(channel, code);
	else if (held)
		linger(channel, within_ms);
	else
		poll_update(channel);
	return 0;
}

int channel_send_raw(struct channel *channel, uint16_t type, uint16_t stream, const void *payload,
	uint32_t length)
{
	return frame_push(channel, 0, type, stream, payload, length);
}

static int message_push(struct channel *channel, uint64_t within_ms, uint16_t type, uint16_t stream,
	const ProtobufCMessage *message)
{
	size_t length = protobuf_c_message_get_packed_size(message);
	uint8_t small[PACK_STACK_SIZE];
	_cleanup_free_ uint8_t *large = NULL;
	uint8_t *packed = small;

	if ((int64_t)length > frame_length_max(type))
		return UV_EMSGSIZE;
	if (length > sizeof(small)) {
		packed = large = malloc(length);
		if (!large)
			return UV_ENOMEM;
	}
	protobuf_c_message_pack(message, packed);
	return frame_push(channel, within_ms, type, stream, packed, (uint32_t)length);
}

int channel_send(
	struct channel *channel, uint16_t type, uint16_t stream, const ProtobufCMessage *message)
{
	return message_push(channel, 0, type, stream, message);
}

int channel_send_soon(struct channel *channel, uint64_t within_ms, uint16_t type, uint16_t stream,
	const ProtobufCMessage *message)
{
	return message ? message_push(channel, within_ms, type, stream, message)
		       : frame_push(channel, within_ms, type, stream, NULL, 0);
}

void channel_hold(struct channel *channel, uint64_t within_ms)
{
	if (!uv_is_active((uv_handle_t *)&channel->prepare) || channel->behind)
		return;
	uv_prepare_stop(&channel->prepare);
	linger(channel, within_ms);
}

int channel_send_fd(struct channel *channel, uint16_t type, const ProtobufCMessage *message, int fd)
{
	size_t length = protobuf_c_message_get_packed_size(message);
	uint8_t bytes[FRAME_HEADER_SIZE + FRAME_TEXT_MAX];
	struct bytes *out = &channel->out;

	if (channel->phase != CHANNEL_OPEN || channel->send_error)
		return UV_EPIPE;
	if (length > FRAME_TEXT_MAX || channel->blocked)
		return UV_ENOBUFS;
	frame_encode_header(bytes, type, 0, (uint32_t)length);
	protobuf_c_message_pack(message, bytes + FRAME_HEADER_SIZE);
	if (bytes_append(out, bytes, FRAME_HEADER_SIZE + length) < 0)
		return UV_ENOMEM;
	ssize_t sent = socket_send_fd(channel->fd, bytes_data(out), bytes_length(out), fd);
	if (sent < 0)
		return (int)sent;
	bytes_consume(out, (size_t)sent);
	return bytes_length(out) == 0 ? 0 : UV_ENOBUFS;
}

/* Returns 0, or why the stream is over. */
static int channel_write(struct channel *channel)
{
	struct bytes *out = &channel->out;

	uv_timer_stop(&channel->linger);
	channel->blocked = false;
	while (bytes_length(out) > 0 && !channel->blocked) {
		ssize_t sent = send_some(channel, NULL, 0, NULL, 0);
		if (sent < 0)
			return (int)sent;
		channel->blocked = sent == 0;
		bytes_consume(out, (size_t)sent);
	}
	if (bytes_length(out) == 0 && bytes_capacity(out) > READ_SMALL)
		bytes_finish(out);
	return 0;
}

void channel_flush(struct channel *channel)
{
	int code = 0;

	if (!channel->behind)
		uv_prepare_stop(&channel->prepare);
	if (!channel->blocked && !channel->send_error)
		code = channel_write(channel);
	if (code < 0)
		send_failed(channel, code);
	else
		poll_update(channel);
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct channel *channel = prepare->data;

	uv_prepare_stop(prepare);
	channel_flush(channel);
	if (channel->behind)
		uv_timer_start(&channel->timer, on_timer, 0, 0);
}

static void on_linger(uv_timer_t *timer)
{
	channel_flush(timer->data);
}

static void drain_tell(struct channel *channel)
{
	if (!channel->above_high_water || bytes_length(&channel->out) >= CHANNEL_LOW_WATER)
		return;
	channel->above_high_water = false;
	if (channel->ops->on_drain)
		channel->ops->on_drain(channel->data);
}

/* ---- flushing ---- */

/* Reads what still comes and forgets it. */
static void flush_read(struct channel *channel)
{
	uint8_t scratch[READ_SMALL];
	ssize_t count;

	for (int i = 0; i < READS_PER_TURN; i++) {
		count = recv(channel->fd, scratch, sizeof(scratch), 0);
		if (count < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (count <= 0) {
			channel_destroy(channel);
			return;
		}
	}
}

/* All is sent: say so, and wait for the peer to take it and close. */
static void flush_check(struct channel *channel)
{
	if (bytes_length(&channel->out) > 0 || channel->shut_down)
		return;
	channel->shut_down = true;
	if (shutdown(channel->fd, SHUT_WR) < 0)
		channel_destroy(channel);
}

void channel_finish(struct channel *channel, uint64_t timeout_ms)
{
	channel_flush(channel);
	if (channel->send_error) {
		channel_destroy(channel);
		return;
	}
	channel->phase = CHANNEL_FLUSHING;
	channel->paused = false;
	channel->behind = false;
	bytes_finish(&channel->in);
	uv_timer_start(&channel->timer, on_timer, timeout_ms, 0);
	flush_check(channel);
	poll_update(channel);
}

/* ---- events ---- */

static void on_poll_open(struct channel *channel, int events)
{
	if (events & UV_WRITABLE) {
		int code = channel_write(channel);
		if (code < 0) {
			channel_end(channel, code);
			return;
		}
		poll_update(channel);
		drain_tell(channel);
	}
	if ((events & UV_READABLE) && channel->phase == CHANNEL_OPEN && !channel->paused &&
		!channel->behind)
		channel_read(channel);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct channel *channel = poll->data;

	if (status < 0) {
		channel_end(channel, status);
		return;
	}
	if (channel->phase == CHANNEL_OPEN) {
		on_poll_open(channel, events);
		return;
	}
	if ((events & UV_WRITABLE) && channel_write(channel) < 0) {
		channel_destroy(channel);
		return;
	}
	flush_check(channel);
	poll_update(channel);
	if ((events & UV_READABLE) && channel->phase == CHANNEL_FLUSHING)
		flush_read(channel);
}

static void on_timer(uv_timer_t *timer)
{
	struct channel *channel = timer->data;

	channel->behind = false;
	if (channel->phase == CHANNEL_FLUSHING)
		channel_destroy(channel);
	else if (channel->send_error)
		channel_end(channel, channel->send_error);
	else if (frames_deliver(channel))
		poll_update(channel);
}

int channel_create(
	uv_loop_t *loop, int fd, const struct channel_ops *ops, void *data, struct channel **ret)
{
	struct channel *channel = calloc(1, sizeof(*channel));

	if (!channel) {
		close(fd);
		return UV_ENOMEM;
	}
	*channel = (struct channel){.fd = fd, .ops = ops, .data = data};
	int code = uv_poll_init(loop, &channel->poll, fd);
	if (code < 0) {
		channel_free(channel);
		return code;
	}
	uv_prepare_init(loop, &channel->prepare);
	uv_timer_init(loop, &channel->linger);
	uv_timer_init(loop, &channel->timer);
	channel->poll.data = channel;
	channel->prepare.data = channel;
	channel->linger.data = channel;
	channel->timer.data = channel;
	closer_init(&channel->closer, channel_free, channel);
	closer_add(&channel->closer);
	closer_add(&channel->closer);
	closer_add(&channel->closer);
	closer_add(&channel->closer);
	poll_update(channel);
	*ret = channel;
	return 0;
}

bool channel_writable(const struct channel *channel)
{
	return !channel->above_high_water && !channel->send_error;
}

size_t channel_queued(const struct channel *channel)
{
	return bytes_length(&channel->out);
}

void channel_hand_over(struct channel *channel, const struct channel_ops *ops, void *data)
{
	channel->ops = ops;
	channel->data = data;
	channel_resume(channel);
}

void channel_pause(struct channel *channel)
{
	channel->paused = true;
	poll_update(channel);
}

/* Frames that were received before the pause come first, from the loop: see on_timer(). */
void channel_resume(struct channel *channel)
{
	if (!channel->paused || channel->send_error)
		return;
	channel->paused = false;
	if (bytes_length(&channel->in) > 0)
		uv_timer_start(&channel->timer, on_timer, 0, 0);
	else
		poll_update(channel);
}
