#include "host-broker/vsock-device/connection.h"

#include <errno.h>
#include <linux/virtio_vsock.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "proto/io/socket.h"

#define BIT(op) (1u << (op))
#define ENDED_BOTH (VIRTIO_VSOCK_SHUTDOWN_RCV | VIRTIO_VSOCK_SHUTDOWN_SEND)
/* The guest hears of taken bytes when so many are unknown to it: half of what it may send ahead, so
 * that it neither stalls nor is interrupted for each write. */
#define CREDIT_STEP (CONNECTION_BUFFER_SIZE / 2)

/* ---- towards the device ---- */

static void change_tell(struct connection *connection)
{
	connection->callbacks->on_change(connection->data, connection);
}

static void operation_want(struct connection *connection, unsigned int op)
{
	connection->pending |= BIT(op);
	change_tell(connection);
}

static void set_state(struct connection *connection, enum connection_state state)
{
	connection->state = state;
	change_tell(connection);
}

/* What the guest may still be sent. A guest that claims to have taken more than it was sent gets
 * nothing. */
static uint32_t credit(const struct connection *connection)
{
	uint32_t flying = connection->sent - connection->guest_forwarded;

	return flying < connection->guest_buffer_size ? connection->guest_buffer_size - flying : 0;
}

/* ---- the local socket ---- */

/* What is not waited for cannot spin: bytes that are known of, or that nobody may have, are not. */
void connection_watch(struct connection *connection)
{
	int events = 0;

	switch (connection->state) {
	case CONNECTION_LINE:
		events = UV_READABLE;
		break;
	case CONNECTION_REQUESTED:
		events = UV_PRIORITIZED;
		break;
	case CONNECTION_OPEN:
	case CONNECTION_DRAINING:
		if (bytes_length(&connection->buffer) > 0)
			events |= UV_WRITABLE;
		if (connection->state == CONNECTION_OPEN && !connection->local_ended &&
			!connection->readable &&
			!(connection->guest_ended & VIRTIO_VSOCK_SHUTDOWN_RCV))
			events |= UV_READABLE;
		if (!events && !connection->readable)
			events = UV_PRIORITIZED;
		break;
	case CONNECTION_CLOSING:
	case CONNECTION_OVER:
		break;
	}
	if (connection->watch)
		watch_set(connection->watch, events);
}

static void local_close(struct connection *connection)
{
	if (connection->watch)
		watch_destroy(connection->watch);
	connection->watch = NULL;
	connection->readable = false;
	bytes_finish(&connection->buffer);
}

void connection_end(struct connection *connection)
{
	if (connection->state == CONNECTION_OVER)
		return;
	local_close(connection);
	connection->pending = 0;
	set_state(connection, CONNECTION_OVER);
}

void connection_reset(struct connection *connection)
{
	local_close(connection);
	connection->pending = 0;
	connection->state = CONNECTION_CLOSING;
	operation_want(connection, VIRTIO_VSOCK_OP_RST);
}

/* The local peer has closed its socket. The guest may still read what was sent to it, and agrees
 * with RST; one that has ended by itself waits for ours. */
static void local_gone(struct connection *connection)
{
	if (connection->state == CONNECTION_DRAINING) {
		connection_end(connection);
		return;
	}
	if (connection->guest_ended == ENDED_BOTH) {
		connection_reset(connection);
		return;
	}
	local_close(connection);
	connection->local_ended = true;
	connection->state = CONNECTION_CLOSING;
	operation_want(connection, VIRTIO_VSOCK_OP_SHUTDOWN);
}

static bool hung_up(const struct connection *connection)
{
	struct pollfd poll_fd = {.fd = watch_fd(connection->watch)};

	return poll(&poll_fd, 1, 0) == 1 && (poll_fd.revents & (POLLHUP | POLLERR));
}

/* The guest's ends take effect once all that it sent before has been taken. */
static void guest_ended_apply(struct connection *connection)
{
	if (connection->state != CONNECTION_OPEN || bytes_length(&connection->buffer) > 0)
		return;
	if (connection->guest_ended == ENDED_BOTH)
		connection_reset(connection);
	else if (connection->guest_ended & VIRTIO_VSOCK_SHUTDOWN_SEND)
		shutdown(watch_fd(connection->watch), SHUT_WR);
	else if (connection->guest_ended & VIRTIO_VSOCK_SHUTDOWN_RCV)
		shutdown(watch_fd(connection->watch), SHUT_RD);
}

static void forwarded_add(struct connection *connection, size_t length)
{
	connection->forwarded += (uint32_t)length;
	if (connection->state == CONNECTION_OPEN &&
		connection->forwarded - connection->told >= CREDIT_STEP)
		operation_want(connection, VIRTIO_VSOCK_OP_CREDIT_UPDATE);
}

static void flush(struct connection *connection)
{
	while (bytes_length(&connection->buffer) > 0) {
		ssize_t length = send(watch_fd(connection->watch), bytes_data(&connection->buffer),
			bytes_length(&connection->buffer), MSG_NOSIGNAL | MSG_DONTWAIT);
		if (length < 0 && errno == EAGAIN)
			return;
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0) {
			local_gone(connection);
			return;
		}
		bytes_consume(&connection->buffer, (size_t)length);
		forwarded_add(connection, (size_t)length);
	}
	bytes_finish(&connection->buffer);
	if (connection->state == CONNECTION_DRAINING)
		connection_end(connection);
	else
		guest_ended_apply(connection);
}

static void line_read(struct connection *connection)
{
	char *line = connection->line;
	uint32_t port;
	int taken = socket_take_line(watch_fd(connection->watch), line, sizeof(connection->line),
		&connection->line_length);

	if (taken == UV_EAGAIN)
		return;
	if (taken < 0) {
		connection_end(connection);
		return;
	}
	int code = hybrid_parse_connect(line, connection->line_length, &port);
	if (code < 0)
		connection_end(connection);
	else if (code > 0)
		connection->callbacks->on_line(connection->data, connection, port);
}

static void on_watch(void *data, int events)
{
	struct connection *connection = data;

	if (connection->state == CONNECTION_LINE) {
		line_read(connection);
	} else if (connection->state == CONNECTION_REQUESTED) {
		/* Nothing was said to it, so it is owed nothing; the guest may hold a half-open
		 * stream. */
		connection_reset(connection);
	} else {
		if ((events & UV_WRITABLE) && bytes_length(&connection->buffer) > 0)
			flush(connection);
		if ((events & UV_READABLE) && connection->state == CONNECTION_OPEN &&
			!connection->local_ended) {
			connection->readable = true;
			change_tell(connection);
		} else if ((events & UV_PRIORITIZED) && connection->watch) {
			local_gone(connection);
		}
	}
	connection->callbacks->on_settle(connection->data, connection);
}

/* ---- making and freeing ---- */

static int create(uv_loop_t *loop, int fd, const struct connection_callbacks *callbacks, void *data,
	struct connection **ret)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return UV_ENOMEM;
	connection->callbacks = callbacks;
	connection->data = data;
	int code = watch_create(loop, fd, on_watch, connection, &connection->watch);
	if (code < 0) {
		free(connection);
		return code;
	}
	*ret = connection;
	return 0;
}

int connection_accept(uv_loop_t *loop, int fd, const struct connection_callbacks *callbacks,
	void *data, struct connection **ret)
{
	int code = create(loop, fd, callbacks, data, ret);

	if (code == 0)
		connection_watch(*ret);
	return code;
}

int connection_answer(uv_loop_t *loop, int fd, const struct packet *request,
	const struct connection_callbacks *callbacks, void *data, struct connection **ret)
{
	int code = create(loop, fd, callbacks, data, ret);

	if (code < 0)
		return code;
	struct connection *connection = *ret;
	connection->state = CONNECTION_OPEN;
	connection->guest_port = request->source_port;
	connection->host_port = request->destination_port;
	connection->guest_buffer_size = request->buffer_size;
	connection->guest_forwarded = request->forwarded_count;
	connection->pending = BIT(VIRTIO_VSOCK_OP_RESPONSE);
	connection_watch(connection);
	return 0;
}

void connection_free(struct connection *connection)
{
	local_close(connection);
	free(connection);
}

void connection_request(struct connection *connection, uint32_t guest_port, uint32_t host_port)
{
	connection->guest_port = guest_port;
	connection->host_port = host_port;
	connection->state = CONNECTION_REQUESTED;
	connection_watch(connection);
	operation_want(connection, VIRTIO_VSOCK_OP_REQUEST);
}

/* ---- from the guest ---- */

/* A fresh socket's buffer takes a line whole. */
static void take_response(struct connection *connection)
{
	char line[HYBRID_LINE_MAX];
	size_t length = hybrid_format_ok(line, connection->host_port);

	if (send(watch_fd(connection->watch), line, length, MSG_NOSIGNAL | MSG_DONTWAIT) !=
		(ssize_t)length) {
		local_gone(connection);
		return;
	}
	set_state(connection, CONNECTION_OPEN);
}

static ssize_t write_parts(
	struct connection *connection, const struct iovec *parts, unsigned int count)
{
	const struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = count};
	ssize_t length;

	do
		length =
			sendmsg(watch_fd(connection->watch), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (length < 0 && errno == EINTR);
	if (length < 0)
		return errno == EAGAIN ? 0 : -errno;
	return length;
}

/* Keeps what lies behind the first skip bytes. */
static int keep_parts(
	struct connection *connection, const struct iovec *parts, unsigned int count, size_t skip)
{
	for (unsigned int i = 0; i < count; i++) {
		size_t here = skip < parts[i].iov_len ? skip : parts[i].iov_len;
		int code = bytes_append(&connection->buffer,
			(const uint8_t *)parts[i].iov_base + here, parts[i].iov_len - here);
		if (code < 0)
			return code;
		skip -= here;
	}
	return 0;
}

static void take_bytes(struct connection *connection, const struct packet *packet,
	const struct iovec *parts, unsigned int count)
{
	size_t kept = bytes_length(&connection->buffer);
	ssize_t written = 0;

	if (packet->length == 0)
		return;
	/* It was told how much it may send. */
	if (kept + packet->length > CONNECTION_BUFFER_SIZE) {
		connection_reset(connection);
		return;
	}
	if (kept == 0)
		written = write_parts(connection, parts, count);
	if (written < 0) {
		local_gone(connection);
		return;
	}
	forwarded_add(connection, (size_t)written);
	if ((size_t)written < packet->length &&
		keep_parts(connection, parts, count, (size_t)written) < 0)
		connection_reset(connection);
}

static void take_shutdown(struct connection *connection, uint32_t flags)
{
	connection->guest_ended |= flags & ENDED_BOTH;
	if (connection->state == CONNECTION_OPEN)
		guest_ended_apply(connection);
	else if (connection->guest_ended == ENDED_BOTH)
		connection_reset(connection);
}

static void take_reset(struct connection *connection)
{
	if (connection->state == CONNECTION_OPEN && bytes_length(&connection->buffer) > 0) {
		connection->pending = 0;
		connection->readable = false;
		set_state(connection, CONNECTION_DRAINING);
	} else {
		connection_end(connection);
	}
}

void connection_take(struct connection *connection, const struct packet *packet,
	const struct iovec *parts, unsigned int count)
{
	bool open = connection->state == CONNECTION_OPEN;

	connection->guest_buffer_size = packet->buffer_size;
	connection->guest_forwarded = packet->forwarded_count;
	connection->credit_requested = false;
	switch (packet->op) {
	case VIRTIO_VSOCK_OP_RESPONSE:
		if (connection->state == CONNECTION_REQUESTED)
			take_response(connection);
		else
			connection_reset(connection);
		break;
	case VIRTIO_VSOCK_OP_RW:
		if (open && !(connection->guest_ended & VIRTIO_VSOCK_SHUTDOWN_SEND))
			take_bytes(connection, packet, parts, count);
		else if (connection->state != CONNECTION_CLOSING)
			connection_reset(connection);
		break;
	case VIRTIO_VSOCK_OP_CREDIT_UPDATE:
		change_tell(connection);
		break;
	case VIRTIO_VSOCK_OP_CREDIT_REQUEST:
		if (open)
			operation_want(connection, VIRTIO_VSOCK_OP_CREDIT_UPDATE);
		break;
	case VIRTIO_VSOCK_OP_SHUTDOWN:
		take_shutdown(connection, packet->flags);
		break;
	case VIRTIO_VSOCK_OP_RST:
		take_reset(connection);
		break;
	default:
		connection_reset(connection);
		break;
	}
	connection_watch(connection);
}

/* ---- to the guest ---- */

static bool may_read(const struct connection *connection)
{
	return connection->state == CONNECTION_OPEN && connection->readable &&
	       !(connection->guest_ended & VIRTIO_VSOCK_SHUTDOWN_RCV);
}

bool connection_has_next(const struct connection *connection)
{
	if (connection->pending)
		return true;
	return may_read(connection) && (credit(connection) > 0 || !connection->credit_requested);
}

static bool header(struct connection *connection, unsigned int op, uint32_t length, uint32_t flags,
	struct packet *ret)
{
	/* Every packet says how far its sender's reader is. */
	connection->told = connection->forwarded;
	connection->pending &= ~(BIT(op) | BIT(VIRTIO_VSOCK_OP_CREDIT_UPDATE));
	*ret = (struct packet){
		.source_port = connection->host_port,
		.destination_port = connection->guest_port,
		.length = length,
		.type = VIRTIO_VSOCK_TYPE_STREAM,
		.op = (uint16_t)op,
		.flags = flags,
		.buffer_size = CONNECTION_BUFFER_SIZE,
		.forwarded_count = connection->forwarded,
	};
	return true;
}

static void local_eof(struct connection *connection)
{
	connection->readable = false;
	connection->local_ended = true;
	if (hung_up(connection))
		local_gone(connection);
	else
		operation_want(connection, VIRTIO_VSOCK_OP_SHUTDOWN);
}

/* Straight from the socket into the guest's memory: the bytes of many small writes in one packet.
 * Returns how many, 0 when there are none. */
static uint32_t read_parts(
	struct connection *connection, const struct iovec *parts, unsigned int count)
{
	struct iovec iov[64];
	size_t limit = credit(connection);
	size_t total = 0;
	unsigned int used = 0;

	if (limit > PACKET_PAYLOAD_MAX)
		limit = PACKET_PAYLOAD_MAX;
	for (; used < count && used < 64 && total < limit; used++) {
		iov[used] = parts[used];
		if (iov[used].iov_len > limit - total)
			iov[used].iov_len = limit - total;
		total += iov[used].iov_len;
	}
	if (total == 0)
		return 0;
	ssize_t length = readv(watch_fd(connection->watch), iov, (int)used);
	if (length > 0) {
		/* Less than there was room for was all of it. */
		connection->readable = (size_t)length == total;
		connection->sent += (uint32_t)length;
		return (uint32_t)length;
	}
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		connection->readable = false;
	else if (length < 0)
		local_gone(connection);
	else
		local_eof(connection);
	return 0;
}

static bool next_packet(struct connection *connection, const struct iovec *parts,
	unsigned int count, struct packet *ret)
{
	static const unsigned int opening[] = {
		VIRTIO_VSOCK_OP_REQUEST, VIRTIO_VSOCK_OP_RESPONSE, VIRTIO_VSOCK_OP_RST};

	for (size_t i = 0; i < sizeof(opening) / sizeof(opening[0]); i++)
		if (connection->pending & BIT(opening[i]))
			return header(connection, opening[i], 0, 0, ret);
	if (may_read(connection) && credit(connection) == 0 && !connection->credit_requested) {
		connection->credit_requested = true;
		return header(connection, VIRTIO_VSOCK_OP_CREDIT_REQUEST, 0, 0, ret);
	}
	if (may_read(connection) && credit(connection) > 0) {
		uint32_t length = read_parts(connection, parts, count);
		if (length > 0)
			return header(connection, VIRTIO_VSOCK_OP_RW, length, 0, ret);
	}
	if (connection->pending & BIT(VIRTIO_VSOCK_OP_SHUTDOWN)) {
		uint32_t flags = connection->watch ? VIRTIO_VSOCK_SHUTDOWN_SEND : ENDED_BOTH;
		return header(connection, VIRTIO_VSOCK_OP_SHUTDOWN, 0, flags, ret);
	}
	if (connection->pending & BIT(VIRTIO_VSOCK_OP_CREDIT_UPDATE))
		return header(connection, VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0, 0, ret);
	return false;
}

bool connection_next(struct connection *connection, const struct iovec *parts, unsigned int count,
	struct packet *ret)
{
	bool made = next_packet(connection, parts, count, ret);

	/* Nothing follows a reset. */
	if (made && ret->op == VIRTIO_VSOCK_OP_RST)
		connection_end(connection);
	return made;
}
