#include "host-broker/cli/base/broker-client.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/cli/base/broker-start.h"
#include "proto/base/bytes.h"
#include "proto/base/cleanup.h"
#include "proto/common.pb-c.h"
#include "proto/io/broker-dial.h"
#include "proto/io/broker-request.h"
#include "proto/io/socket.h"
#include "proto/wire/hello.h"
#include "proto/wire/message.h"

#define READ_SIZE 4096
#define ATTEMPTS 3

struct conversation {
	int fd;
	struct bytes in;
	size_t consumed; /* of the frame that was handed out last */
	int session_fd;
	uint16_t request; /* its type */
	bool greeted;
};

static int broker_connect(const struct paths *paths, bool start, struct error *error)
{
	char path[PATH_SIZE];

	if (!paths_runtime(paths, NULL, "broker.socket", path))
		return error_set(
			error, UV_ENAMETOOLONG, "the path of %s is too long", paths->runtime);
	int fd = broker_dial(path, error);
	if (fd >= 0 || (fd != UV_ENOENT && fd != UV_ECONNREFUSED))
		return fd;
	if (!start || paths->system)
		return error_set(error, UV_ENOENT, "no broker is running in %s%s", paths->runtime,
			paths->system ? "; as root, run: systemctl start vmsilo-broker (or: "
					"vmsilo-broker --system)"
				      : "");
	return broker_start(paths, path, error);
}

/* The next whole frame; its payload is valid until the next call. */
static int frame_next(struct conversation *conversation, struct frame *ret)
{
	struct bytes *in = &conversation->in;

	bytes_consume(in, conversation->consumed);
	conversation->consumed = 0;
	for (;;) {
		int64_t size = frame_decode(bytes_data(in), bytes_length(in), ret);
		if (size != 0) {
			conversation->consumed = size > 0 ? (size_t)size : 0;
			return size < 0 ? (int)size : 0;
		}
		uint8_t chunk[READ_SIZE];
		int fd;
		ssize_t count = socket_receive_fd(conversation->fd, chunk, sizeof(chunk), &fd);
		if (fd >= 0 && conversation->session_fd >= 0)
			close(fd);
		else if (fd >= 0)
			conversation->session_fd = fd;
		if (count <= 0)
			return count < 0 ? (int)count : UV_EOF;
		if (bytes_append(in, chunk, (size_t)count) < 0)
			return UV_ENOMEM;
	}
}

/* A request has one kind of answer, or fails. */
static bool is_answer(uint16_t request, uint16_t type)
{
	switch (type) {
	case FRAME_FAILURE:
		return true;
	case FRAME_DONE:
		return request == FRAME_START || request == FRAME_STOP_VM ||
		       request == FRAME_INHIBIT || request == FRAME_USB_LEND ||
		       request == FRAME_USB_RETURN || request == FRAME_PAUSE_VM ||
		       request == FRAME_RESUME_VM || request == FRAME_RESET_ROOT;
	case FRAME_USB_DEVICES:
		return request == FRAME_USB_LIST;
	case FRAME_VM_LIST:
		return request == FRAME_LIST;
	case FRAME_GRANTED:
		return request == FRAME_SESSION;
	case FRAME_REASONS:
		return request == FRAME_WHY;
	case FRAME_MEMORY_LIST:
		return request == FRAME_MEMORY;
	case FRAME_NETWORK_LIST:
		return request == FRAME_NETWORKS;
	case FRAME_EVENT:
		return request == FRAME_EVENTS;
	case FRAME_DESCRIPTOR:
		return request == FRAME_CONSOLE || request == FRAME_LOGS;
	case FRAME_RELOADED:
		return request == FRAME_RELOAD;
	default:
		return false;
	}
}

/* Whether the frame may come now: HELLO or REJECT, once, and then the rest. */
static bool is_in_order(const struct conversation *conversation, uint16_t type)
{
	bool first = type == FRAME_HELLO || type == FRAME_REJECT;

	if (first || !conversation->greeted)
		return first && !conversation->greeted;
	return type == FRAME_PROGRESS || is_answer(conversation->request, type);
}

static int answer_wait(
	struct conversation *conversation, struct broker_answer *ret, struct error *error)
{
	for (;;) {
		struct frame frame;
		int code = frame_next(conversation, &frame);
		if (code == UV_EOF)
			return error_set(error, code, "the broker closed the connection");
		if (code < 0)
			return error_set(error, code, "cannot read the broker's answer: %s",
				uv_strerror(code));
		if (!is_in_order(conversation, frame.type))
			return error_set(error, UV_EPROTO,
				"the broker sent an unexpected %s message",
				frame_type_name(frame.type));
		ProtobufCMessage *message = message_unpack(&frame);
		if (!message)
			return error_set(error, UV_EPROTO, "the broker sent a malformed %s message",
				frame_type_name(frame.type));
		if (is_answer(conversation->request, frame.type)) {
			*ret = (struct broker_answer){.type = frame.type,
				.message = message,
				.session_fd = steal_fd(&conversation->session_fd)};
			return 0;
		}
		if (frame.type == FRAME_HELLO)
			code = hello_accept((const Vmsilo__Hello *)message, "broker", error);
		else if (frame.type == FRAME_REJECT)
			code = error_set(error, UV_EPROTONOSUPPORT, "the broker refused: %s",
				((const Vmsilo__Reject *)message)->text);
		conversation->greeted = true;
		message_free(message);
		if (code < 0)
			return code;
	}
}

/* What may be asked for once more when the broker died over it: a lost grant is never used, and to
 * start, stop, pause or hold a VM twice is as good as once. A device that was lent already cannot
 * be. */
static bool is_repeatable(uint16_t request)
{
	return request != FRAME_USB_LEND && request != FRAME_USB_RETURN;
}

static bool is_broken(int code)
{
	return code == UV_EOF || code == UV_ECONNRESET || code == UV_EPIPE;
}

/* *ret_again: the broker died before it answered, and the next one may be asked. */
static int converse_once(const struct paths *paths, bool start, uint16_t type,
	const ProtobufCMessage *request, broker_answer_cb on_answer, void *data, int *ret_fd,
	bool *ret_again, struct error *error)
{
	_cleanup_close_ int fd = broker_connect(paths, start, error);
	if (fd < 0)
		return fd;
	struct conversation conversation = {.fd = fd, .session_fd = -1, .request = type};
	struct broker_answer answer;
	bool more = true, answered = false;
	int code = broker_request_send(fd, "vmsilo " VMSILO_VERSION, type, request);
	if (code < 0)
		error_set(error, code, "cannot send to the broker: %s", uv_strerror(code));
	while (code == 0 && more) {
		code = answer_wait(&conversation, &answer, error);
		answered = answered || code == 0;
		if (code == 0)
			more = on_answer(data, &answer);
	}
	bytes_finish(&conversation.in);
	if (conversation.session_fd >= 0)
		close(conversation.session_fd);
	if (code == 0)
		*ret_fd = steal_fd(&fd);
	*ret_again = is_broken(code) && !answered && (!conversation.greeted || is_repeatable(type));
	return code;
}

/* One request; on_answer gets its answers until it has enough. The connection is the caller's then.
 */
static int converse(const struct paths *paths, bool start, uint16_t type,
	const ProtobufCMessage *request, broker_answer_cb on_answer, void *data, int *ret_fd,
	struct error *error)
{
	bool again = true;
	int code = 0;

	for (int i = 0; i < ATTEMPTS && again; i++) {
		again = false;
		code = converse_once(
			paths, start, type, request, on_answer, data, ret_fd, &again, error);
	}
	return code;
}

int broker_follow(const struct paths *paths, bool start, uint16_t type,
	const ProtobufCMessage *request, broker_answer_cb on_answer, void *data,
	struct error *error)
{
	int fd;
	int code = converse(paths, start, type, request, on_answer, data, &fd, error);

	if (code == 0)
		close(fd);
	return code;
}

static bool on_only_answer(void *data, struct broker_answer *answer)
{
	*(struct broker_answer *)data = *answer;
	return false;
}

int broker_ask_keep(const struct paths *paths, bool start, uint16_t type,
	const ProtobufCMessage *request, struct broker_answer *ret, int *ret_fd,
	struct error *error)
{
	return converse(paths, start, type, request, on_only_answer, ret, ret_fd, error);
}

int broker_ask(const struct paths *paths, bool start, uint16_t type,
	const ProtobufCMessage *request, struct broker_answer *ret, struct error *error)
{
	return broker_follow(paths, start, type, request, on_only_answer, ret, error);
}
