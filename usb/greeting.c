#include "usb/greeting.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

#include "proto/base/text.h"
#include "proto/common.pb-c.h"
#include "proto/wire/hello.h"
#include "proto/wire/message.h"

static int hello_send(int fd, const struct token *token)
{
	uint8_t bytes[FRAME_HEADER_SIZE + FRAME_HELLO_MAX];
	Vmsilo__Hello hello;

	hello_offer(&hello, "vmsilo-usb-server " VMSILO_VERSION, token);
	size_t length = vmsilo__hello__pack(&hello, bytes + FRAME_HEADER_SIZE);
	frame_encode_header(bytes, FRAME_HELLO, 0, (uint32_t)length);
	length += FRAME_HEADER_SIZE;
	/* The first bytes of a stream: they fit, or nothing will. */
	ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
	if (sent < 0)
		return -errno;
	return (size_t)sent == length ? 0 : UV_EPIPE;
}

static int bytes_receive(int fd, uint8_t *bytes, size_t length, uint64_t deadline_ns)
{
	for (size_t at = 0; at < length;) {
		uint64_t now = uv_hrtime();
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		if (now >= deadline_ns)
			return UV_ETIMEDOUT;
		if (poll(&ready, 1, (int)((deadline_ns - now) / 1000000) + 1) < 0 && errno != EINTR)
			return -errno;
		ssize_t count = recv(fd, bytes + at, length - at, 0);
		if (count == 0)
			return UV_ECONNRESET;
		if (count < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		at += count > 0 ? (size_t)count : 0;
	}
	return 0;
}

/* No byte more than the frame has. */
static int frame_receive(int fd, uint8_t *bytes, size_t room, struct frame *ret)
{
	uint64_t deadline = uv_hrtime() + UINT64_C(1000000) * GREETING_TIMEOUT_MS;
	int code = bytes_receive(fd, bytes, FRAME_HEADER_SIZE, deadline);

	if (code < 0)
		return code;
	size_t untrusted_length = (size_t)bytes[0] | (size_t)bytes[1] << 8 |
				  (size_t)bytes[2] << 16 | (size_t)bytes[3] << 24;
	int64_t size = frame_decode(bytes, FRAME_HEADER_SIZE, ret);
	if (size < 0 || untrusted_length > room - FRAME_HEADER_SIZE)
		return UV_EPROTO;
	code = bytes_receive(fd, bytes + FRAME_HEADER_SIZE, untrusted_length, deadline);
	if (code < 0)
		return code;
	return frame_decode(bytes, FRAME_HEADER_SIZE + untrusted_length, ret) > 0 ? 0 : UV_EPROTO;
}

static int answer_check(
	uint16_t type, const ProtobufCMessage *untrusted_message, struct error *error)
{
	char text[512];

	if (type == FRAME_REJECT) {
		const char *untrusted_text = ((const Vmsilo__Reject *)untrusted_message)->text;
		text_escape(text, sizeof(text), untrusted_text, strlen(untrusted_text));
		return error_set(error, UV_ECONNREFUSED, "the agent refused the stream: %s", text);
	}
	if (type != FRAME_HELLO)
		return error_set(error, UV_EPROTO, "the agent did not answer with a hello");
	return hello_accept((const Vmsilo__Hello *)untrusted_message, "agent", error);
}

int greeting_exchange(int fd, const struct token *token, struct error *error)
{
	uint8_t bytes[FRAME_HEADER_SIZE + FRAME_TEXT_MAX] = {0};
	struct frame frame = {0};
	int code = hello_send(fd, token);

	if (code == 0)
		code = frame_receive(fd, bytes, sizeof(bytes), &frame);
	if (code < 0)
		return error_set(error, code, "no hello from the agent: %s", uv_strerror(code));
	ProtobufCMessage *message = message_unpack(&frame);
	if (!message)
		return error_set(error, UV_EPROTO, "the agent did not answer with a hello");
	code = answer_check(frame.type, message, error);
	message_free(message);
	return code;
}
