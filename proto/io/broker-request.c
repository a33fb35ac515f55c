#include "proto/io/broker-request.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/wire/frame.h"
#include "proto/wire/hello.h"

static size_t frame_size(const ProtobufCMessage *message)
{
	return FRAME_HEADER_SIZE + protobuf_c_message_get_packed_size(message);
}

static uint8_t *frame_put(uint8_t *at, uint16_t type, const ProtobufCMessage *message)
{
	size_t length = protobuf_c_message_pack(message, at + FRAME_HEADER_SIZE);

	frame_encode_header(at, type, 0, (uint32_t)length);
	return at + FRAME_HEADER_SIZE + length;
}

static int send_all(int fd, const uint8_t *bytes, size_t length)
{
	for (size_t done = 0; done < length;) {
		ssize_t count = send(fd, bytes + done, length - done, MSG_NOSIGNAL);
		if (count < 0 && errno != EINTR)
			return -errno;
		done += count > 0 ? (size_t)count : 0;
	}
	return 0;
}

int frame_send(int fd, uint16_t type, const ProtobufCMessage *message)
{
	size_t length = frame_size(message);
	_cleanup_free_ uint8_t *bytes = malloc(length);

	if (!bytes)
		return UV_ENOMEM;
	frame_put(bytes, type, message);
	return send_all(fd, bytes, length);
}

int broker_request_send(
	int fd, const char *software, uint16_t type, const ProtobufCMessage *message)
{
	Vmsilo__Hello hello;

	hello_offer(&hello, software, NULL);
	size_t length = frame_size(&hello.base) + frame_size(message);
	_cleanup_free_ uint8_t *bytes = malloc(length);
	if (!bytes)
		return UV_ENOMEM;
	frame_put(frame_put(bytes, FRAME_HELLO, &hello.base), type, message);
	return send_all(fd, bytes, length);
}
