/*
 * A stream of frames over a connected descriptor on a libuv loop: reads and cuts frames, queues
 * writes within bounds, and tells producers when to stop and go on. A peer that sends without end
 * has its turn of the loop, a bounded one, as all others have theirs.
 *
 *   OPEN --channel_finish()--> FLUSHING --queue empty--> CLOSING --handles closed--> (freed)
 *   OPEN or FLUSHING --peer closed, error, violation--> on_close, and the owner calls
 * channel_destroy()
 */
#ifndef VMSILO_PROTO_IO_CHANNEL_H
#define VMSILO_PROTO_IO_CHANNEL_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <uv.h>

#include "proto/wire/frame.h"

struct channel;

struct channel_ops {
	/* A whole frame, within its type's limits. Return 0, or a negative UV_E* to end the stream
	 * (on_close follows with that code). May call channel_destroy(); then return 0. */
	int (*on_frame)(void *data, const struct frame *frame);
	/* May be NULL, with the two below. The header of a frame with raw bytes has come, and not
	 * all of its payload. 1: the owner takes the payload as it comes; 0: on_frame takes the
	 * frame once it is whole; or as on_frame. */
	int (*on_begin)(void *data, const struct frame *untrusted_header);
	/* What has come of that payload with its header. As on_frame. */
	int (*on_part)(void *data, const uint8_t *untrusted_bytes, uint32_t length);
	/* The next of its bytes, at most length, can be taken from the socket. Returns how many
	 * were; 0 when the peer has closed it; UV_EAGAIN; or an error that ends the stream. */
	ssize_t (*on_socket)(void *data, int fd, uint32_t length);
	/* The stream is over: 0 for the peer's end of file at a frame's border, UV_ECONNRESET for
	 * one inside a frame, as of a program that is killed, UV_EPROTO for a violation, else the
	 * error. Called once, and nothing after it. The owner calls channel_destroy(), now or
	 * later. */
	void (*on_close)(void *data, int reason);
	/* The queue fell below CHANNEL_LOW_WATER after it had been above CHANNEL_HIGH_WATER. May be
	 * NULL. */
	void (*on_drain)(void *data);
};

/* Takes fd (also when it fails). Reading begins at once. */
int channel_create(
	uv_loop_t *loop, int fd, const struct channel_ops *ops, void *data, struct channel **ret);
/* Another owner takes over: the callbacks are its own from now on, with the frames that have been
 * received already. Reading goes on if it was paused. May be called from inside on_frame. */
void channel_hand_over(struct channel *channel, const struct channel_ops *ops, void *data);
/* Gives the descriptor up to *ret_fd, the caller's, and frees the channel. UV_EPROTO when bytes
 * were received beyond the frame that is being handled, UV_EAGAIN when not all is sent; the channel
 * is destroyed then, too. No callback comes after it. */
int channel_detach(struct channel *channel, int *ret_fd);
/* Closes without flushing; frees later, when libuv lets go. No callback comes after it. */
void channel_destroy(struct channel *channel);
/* Flushes what is queued, then closes and frees, all without callbacks; received bytes are read and
 * dropped meanwhile, since closing a socket with unread bytes can discard what is still on its way
 * to the peer. At most timeout_ms. */
void channel_finish(struct channel *channel, uint64_t timeout_ms);

/* Queue a frame. 0; UV_ENOBUFS when the queue would exceed CHANNEL_QUEUE_MAX; UV_EPIPE after the
 * end. The message must fit its type's limit (UV_EMSGSIZE). Small frames go at the end of the
 * loop's turn, all others at once, as far as the socket takes them. */
int channel_send(
	struct channel *channel, uint16_t type, uint16_t stream, const ProtobufCMessage *message);
/* The same for DATA, END and STOP: raw payload, copied only as far as the socket did not take it.
 */
int channel_send_raw(struct channel *channel, uint16_t type, uint16_t stream, const void *payload,
	uint32_t length);
/* For a small frame that nobody waits for: it goes with the next one that somebody does wait for,
 * and within so many milliseconds at the latest, so that a short conversation is fewer packets and
 * wakes its reader less often. message: NULL for a frame without one. */
int channel_send_soon(struct channel *channel, uint64_t within_ms, uint16_t type, uint16_t stream,
	const ProtobufCMessage *message);
/* The same for all that waits for the end of this turn. */
void channel_hold(struct channel *channel, uint64_t within_ms);
/* Says REJECT with a reason of common.proto's and a sentence, and ends as channel_finish() does. */
void channel_reject(struct channel *channel, int reason, const char *text, uint64_t timeout_ms);
/* On a unix socket: a frame of at most FRAME_TEXT_MAX bytes with a descriptor beside it, behind all
 * that is queued, in one piece. After an error (UV_ENOBUFS: the socket has no room) the stream
 * cannot go on. */
int channel_send_fd(
	struct channel *channel, uint16_t type, const ProtobufCMessage *message, int fd);

/* Sends a DATA frame of what fd has, from *at if at is not NULL, up to length bytes, moved by the
 * kernel: see send_queue_splice(), for what is returned too. UV_EPIPE after the end. While such a
 * frame waits the channel is not writable. SIGPIPE must be ignored. */
ssize_t channel_send_from(struct channel *channel, uint16_t type, uint16_t stream, int fd,
	off_t *at, uint32_t length);

/* What waits for the end of the turn, or for company, goes now. */
void channel_flush(struct channel *channel);

/* False while more than CHANNEL_HIGH_WATER is queued: a producer of bulk data stops until on_drain.
 */
bool channel_writable(const struct channel *channel);
size_t channel_queued(const struct channel *channel);

/* Stops and starts reading, to put back-pressure on the peer. */
void channel_pause(struct channel *channel);
void channel_resume(struct channel *channel);

#endif
