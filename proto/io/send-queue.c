#include "proto/io/send-queue.h"

#include <errno.h>
#include <sys/socket.h>
#include <uv.h>

#define KEEP_MAX 4096          /* a larger block is freed when it is empty */
#define SPLICE_MIN (16 * 1024) /* less is as fast copied, and in one piece with its header */

void send_queue_init(struct send_queue *queue, int fd)
{
	*queue = (struct send_queue){.fd = fd};
	pipe_queue_init(&queue->pipe);
}

void send_queue_finish(struct send_queue *queue)
{
	bytes_finish(&queue->bytes);
	pipe_queue_close(&queue->pipe);
}

void send_queue_clear(struct send_queue *queue)
{
	bytes_clear(&queue->bytes);
	pipe_queue_close(&queue->pipe);
	queue->blocked = false;
}

size_t send_queue_length(const struct send_queue *queue)
{
	return bytes_length(&queue->bytes) + queue->pipe.length;
}

/* ---- copied ---- */

/* Sends length queued bytes, then header and payload, or as much as goes at once. */
static ssize_t send_some(const struct send_queue *queue, size_t length, const void *header,
	size_t header_length, const void *payload, size_t payload_length)
{
	struct iovec iov[3] = {
		{.iov_base = (void *)bytes_data(&queue->bytes), .iov_len = length},
		{.iov_base = (void *)header, .iov_len = header_length},
		{.iov_base = (void *)payload, .iov_len = payload_length},
	};
	struct msghdr message = {.msg_iov = iov, .msg_iovlen = 3};
	ssize_t sent;

	do
		sent = sendmsg(queue->fd, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return errno == EAGAIN ? 0 : -errno;
	return sent;
}

static int rest_add(struct send_queue *queue, const void *bytes, size_t length, size_t sent)
{
	if (sent >= length)
		return 0;
	return bytes_append(&queue->bytes, (const uint8_t *)bytes + sent, length - sent);
}

static int frame_add(struct send_queue *queue, const uint8_t header[FRAME_HEADER_SIZE],
	const void *payload, uint32_t length, size_t sent)
{
	size_t of_payload = sent > FRAME_HEADER_SIZE ? sent - FRAME_HEADER_SIZE : 0;

	if (sent == FRAME_HEADER_SIZE + (size_t)length)
		return 0;
	if (bytes_reserve(&queue->bytes,
		    bytes_length(&queue->bytes) + FRAME_HEADER_SIZE + (size_t)length - sent) < 0 ||
		rest_add(queue, header, FRAME_HEADER_SIZE, sent) < 0 ||
		rest_add(queue, payload, length, of_payload) < 0)
		return UV_ENOMEM;
	return 0;
}

int send_queue_add(struct send_queue *queue, const uint8_t header[FRAME_HEADER_SIZE],
	const void *payload, uint32_t length)
{
	return frame_add(queue, header, payload, length, 0);
}

int send_queue_send(struct send_queue *queue, const uint8_t header[FRAME_HEADER_SIZE],
	const void *payload, uint32_t length)
{
	size_t queued = bytes_length(&queue->bytes);

	if (queue->blocked)
		return frame_add(queue, header, payload, length, 0);
	ssize_t sent = send_some(queue, queued, header, FRAME_HEADER_SIZE, payload, length);
	if (sent < 0)
		return (int)sent;
	size_t of_queue = (size_t)sent < queued ? (size_t)sent : queued;
	size_t of_frame = (size_t)sent - of_queue;
	bytes_consume(&queue->bytes, of_queue);
	queue->blocked = of_frame < FRAME_HEADER_SIZE + (size_t)length;
	return frame_add(queue, header, payload, length, of_frame);
}

/* ---- spliced ---- */

/*
 * To a unix socket the kernel hands pages over. To a vsock it copies in any case, and before 6.5 it
 * sends each page as a packet of its own.
 */
static bool is_unix(int fd)
{
	int domain = 0;
	socklen_t length = sizeof(domain);

	return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_UNIX;
}

static bool may_splice(struct send_queue *queue)
{
	if (queue->copies || queue->blocked)
		return false;
	if (queue->pipe.read_fd < 0)
		queue->copies = !is_unix(queue->fd) || pipe_queue_open(&queue->pipe, 0) < 0;
	return !queue->copies;
}

/* It was less than its header says, which stands before it in the pipe. */
static int short_send(struct send_queue *queue, uint16_t type, uint16_t stream, uint32_t length)
{
	uint8_t header[FRAME_HEADER_SIZE], few[SPLICE_MIN];
	int code = pipe_queue_get(&queue->pipe, header, sizeof(header));

	if (code < 0 || length == 0)
		return code;
	frame_encode_header(header, type, stream, length);
	if (length <= SPLICE_MIN) {
		code = pipe_queue_get(&queue->pipe, few, length);
		return code < 0 ? code : send_queue_send(queue, header, few, length);
	}
	code = bytes_append(&queue->bytes, header, sizeof(header));
	queue->before = bytes_length(&queue->bytes);
	return code < 0 ? code : send_queue_write(queue);
}

/* Header and payload are one packet that way, and one moment at which the other side wakes. */
ssize_t send_queue_splice(struct send_queue *queue, uint16_t type, uint16_t stream, int fd,
	off_t *at, uint32_t length, int *ret_code)
{
	uint8_t header[FRAME_HEADER_SIZE];

	*ret_code = 0;
	frame_encode_header(header, type, stream, length);
	if (!may_splice(queue) || pipe_queue_put(&queue->pipe, header, sizeof(header)) < 0)
		return UV_ENOTSUP;
	ssize_t count = pipe_queue_fill(&queue->pipe, fd, at, length);
	queue->before = bytes_length(&queue->bytes);
	if (count == (ssize_t)length)
		*ret_code = send_queue_write(queue);
	else
		*ret_code = short_send(queue, type, stream, count > 0 ? (uint32_t)count : 0);
	return count == UV_EINVAL || count == UV_ENOBUFS ? UV_ENOTSUP : count;
}

static ssize_t pipe_send(struct send_queue *queue)
{
	ssize_t sent = pipe_queue_move(&queue->pipe, queue->fd);

	if (sent == UV_EAGAIN)
		return 0;
	if (sent != UV_EINVAL && sent != UV_ENOTSUP)
		return sent;
	queue->copies = true;
	int code = pipe_queue_spill(&queue->pipe, &queue->bytes);
	return code < 0 ? code : 1;
}

/* ---- either ---- */

static ssize_t bytes_send(struct send_queue *queue)
{
	bool first = queue->pipe.length > 0;
	size_t length = first ? queue->before : bytes_length(&queue->bytes);
	ssize_t sent = send_some(queue, length, NULL, 0, NULL, 0);

	if (sent <= 0)
		return sent;
	bytes_consume(&queue->bytes, (size_t)sent);
	queue->before -= first ? (size_t)sent : 0;
	return sent;
}

int send_queue_write(struct send_queue *queue)
{
	queue->blocked = false;
	while (send_queue_length(queue) > 0 && !queue->blocked) {
		bool piped = queue->pipe.length > 0 && queue->before == 0;
		ssize_t sent = piped ? pipe_send(queue) : bytes_send(queue);
		if (sent < 0)
			return (int)sent;
		queue->blocked = sent == 0;
	}
	if (bytes_length(&queue->bytes) == 0 && bytes_capacity(&queue->bytes) > KEEP_MAX)
		bytes_finish(&queue->bytes);
	return 0;
}
