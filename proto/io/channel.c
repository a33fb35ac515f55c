#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/common.pb-c.h"
#include "proto/io/channel-private.h"

#define READ_BULK (192 * 1024) /* once a read filled the buffer */
#define READS_PER_TURN 16      /* then others have their turn */
#define PART_MIN (16 * 1024)   /* a payload that may be taken from the socket; less is copied */
#define EXACT_FRAMES 16
#define FRAMES_PER_TURN 64 /* likewise: small ones can be many in one read */

static void on_poll(uv_poll_t *poll, int status, int events);

static void channel_free(void *data)
{
	struct channel *channel = data;

	close(channel->fd);
	bytes_finish(&channel->in);
	send_queue_finish(&channel->out);
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
	else if (send_queue_length(&channel->out) > 0 || channel->send_error)
		code = UV_EAGAIN;
	int fd = code == 0 ? fcntl(channel->fd, F_DUPFD_CLOEXEC, 0) : -1;
	if (code == 0 && fd < 0)
		code = -errno;
	channel_destroy(channel);
	if (code == 0)
		*ret_fd = fd;
	return code;
}

void channel_poll_update(struct channel *channel)
{
	int events = 0;

	if (channel->phase == CHANNEL_CLOSING)
		return;
	if (!channel->paused && !channel->behind)
		events |= UV_READABLE;
	if (channel->out.blocked)
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
	channel->send_error = UV_EPIPE;
	/* Or the owner's pause or flush would begin to poll again. */
	send_queue_clear(&channel->out);
	channel->ops->on_close(channel->data, reason);
}

/* ---- reading ---- */

/* The others have their turn first. A timer of 0 ms that is set by a timer may come in the same
 * turn, so it is set at its end. */
static void frames_postpone(struct channel *channel)
{
	channel->behind = true;
	uv_prepare_start(&channel->prepare, channel_on_prepare);
	channel_poll_update(channel);
}

/* Of the frame that its owner takes from the socket, what was read with its header. */
static int part_deliver(struct channel *channel, uint32_t length)
{
	uint32_t have = (uint32_t)bytes_length(&channel->in) - FRAME_HEADER_SIZE;
	int code = 0;

	channel->left = length - have;
	channel->exact = EXACT_FRAMES;
	if (have > 0)
		code = channel->ops->on_part(
			channel->data, bytes_data(&channel->in) + FRAME_HEADER_SIZE, have);
	bytes_clear(&channel->in);
	return code;
}

/* A frame has come in part, if at all. False when reading should not go on. */
static bool frame_begin(struct channel *channel)
{
	struct frame frame;

	if (!channel->ops->on_begin || bytes_length(&channel->in) < FRAME_HEADER_SIZE)
		return true;
	frame_decode_header(bytes_data(&channel->in), &frame);
	if (!frame_type_is_raw(frame.type) || frame.length < PART_MIN)
		return true;
	int code = channel->ops->on_begin(channel->data, &frame);
	if (code > 0)
		code = part_deliver(channel, frame.length);
	if (code < 0 && channel->phase == CHANNEL_OPEN)
		channel_end(channel, code);
	return code >= 0 && channel->phase == CHANNEL_OPEN;
}

/* Hands over the whole frames that are there. False when reading should not go on. */
static bool frames_deliver(struct channel *channel)
{
	for (int i = 0; !channel->paused; i++) {
		struct frame frame;
		int64_t size =
			frame_decode(bytes_data(&channel->in), bytes_length(&channel->in), &frame);
		if (size == 0)
			return frame_begin(channel);
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
		channel->exact -= channel->exact > 0;
	}
	return false;
}

/*
 * How many bytes are to be read next: the rest of the frame that has begun, or a little, or a lot.
 * Where payloads are taken from the socket, exactly the next header or small frame, so that no
 * payload's beginning comes along.
 */
static size_t in_wanted(const struct channel *channel, bool bulk)
{
	size_t have = bytes_length(&channel->in);
	size_t frame = FRAME_HEADER_SIZE;
	struct frame begun;

	if (have >= FRAME_HEADER_SIZE)
		frame = (size_t)frame_decode_header(bytes_data(&channel->in), &begun);
	if (channel->exact > 0)
		return frame - have;
	size_t room = bulk ? READ_BULK : CHANNEL_SMALL;
	return (frame > room ? frame : room) - have;
}

/* Reads once. 1: all the room is filled, and there may be more; 2: that was all; 0: nothing is
 * there; negative: the end, with its reason in *ret_reason. */
static int read_once(struct channel *channel, bool *bulk, int *ret_reason)
{
	struct bytes *in = &channel->in;
	size_t wanted = in_wanted(channel, *bulk);

	if (bytes_reserve(in, bytes_length(in) + wanted) < 0) {
		*ret_reason = UV_ENOMEM;
		return -1;
	}
	size_t room = channel->exact > 0 ? wanted : bytes_room(in);
	ssize_t count = recv(channel->fd, bytes_tail(in), room, 0);
	if (count < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (count <= 0) {
		*ret_reason = count < 0 ? -errno : bytes_length(in) > 0 ? UV_ECONNRESET : 0;
		return -1;
	}
	bytes_add(in, (size_t)count);
	if (channel->exact == 0)
		*bulk = (size_t)count == room || *bulk;
	return (size_t)count == room ? 1 : 2;
}

/* The same of a payload that its owner takes. */
static int part_read(struct channel *channel, int *ret_reason)
{
	ssize_t count = channel->ops->on_socket(channel->data, channel->fd, channel->left);

	if (channel->phase != CHANNEL_OPEN || count == UV_EAGAIN)
		return 0;
	if (count <= 0) {
		*ret_reason = count < 0 ? (int)count : UV_ECONNRESET;
		return -1;
	}
	channel->left -= (uint32_t)count;
	return 1;
}

static void channel_read(struct channel *channel)
{
	bool bulk = bytes_capacity(&channel->in) > CHANNEL_SMALL;
	int reason = 0;

	for (int i = 0; i < READS_PER_TURN && !channel->paused; i++) {
		bool part = channel->left > 0;
		int got = part ? part_read(channel, &reason) : read_once(channel, &bulk, &reason);
		if (got < 0)
			channel_end(channel, reason);
		if (got <= 0)
			return;
		if (!part && !frames_deliver(channel))
			return;
		/* A read that did not fill the buffer emptied the socket: no need to ask again. */
		if (got == 2)
			break;
	}
	if (bytes_length(&channel->in) == 0 && bytes_capacity(&channel->in) > READ_BULK)
		bytes_finish(&channel->in);
}

static void drain_tell(struct channel *channel)
{
	if (!channel->above_high_water || channel->out.pipe.length > 0 ||
		send_queue_length(&channel->out) >= CHANNEL_LOW_WATER)
		return;
	channel->above_high_water = false;
	if (channel->ops->on_drain)
		channel->ops->on_drain(channel->data);
}

/* ---- flushing ---- */

/* Reads what still comes and forgets it. */
static void flush_read(struct channel *channel)
{
	uint8_t scratch[CHANNEL_SMALL];
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
	if (send_queue_length(&channel->out) > 0 || channel->shut_down)
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
	uv_timer_start(&channel->timer, channel_on_timer, timeout_ms, 0);
	flush_check(channel);
	channel_poll_update(channel);
}

void channel_reject(struct channel *channel, int reason, const char *text, uint64_t timeout_ms)
{
	Vmsilo__Reject reject = VMSILO__REJECT__INIT;

	reject.reason = (Vmsilo__Reject__Reason)reason;
	reject.text = (char *)text;
	channel_send(channel, FRAME_REJECT, 0, &reject.base);
	channel_finish(channel, timeout_ms);
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
		channel_poll_update(channel);
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
	channel_poll_update(channel);
	if ((events & UV_READABLE) && channel->phase == CHANNEL_FLUSHING)
		flush_read(channel);
}

void channel_on_timer(uv_timer_t *timer)
{
	struct channel *channel = timer->data;

	channel->behind = false;
	if (channel->phase == CHANNEL_FLUSHING)
		channel_destroy(channel);
	else if (channel->send_error)
		channel_end(channel, channel->send_error);
	else if (frames_deliver(channel))
		channel_poll_update(channel);
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
	send_queue_init(&channel->out, fd);
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
	channel_poll_update(channel);
	*ret = channel;
	return 0;
}

bool channel_writable(const struct channel *channel)
{
	return !channel->above_high_water && !channel->send_error;
}

size_t channel_queued(const struct channel *channel)
{
	return send_queue_length(&channel->out);
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
	channel_poll_update(channel);
}

/* Frames that were received before the pause come first, from the loop: see channel_on_timer(). */
void channel_resume(struct channel *channel)
{
	if (!channel->paused || channel->send_error)
		return;
	channel->paused = false;
	if (bytes_length(&channel->in) > 0)
		uv_timer_start(&channel->timer, channel_on_timer, 0, 0);
	else
		channel_poll_update(channel);
}
