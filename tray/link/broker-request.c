#include "tray/link/broker-request.h"

#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/base/bytes.h"
#include "proto/base/cleanup.h"
#include "proto/io/broker-dial.h"
#include "proto/io/broker-request.h"
#include "proto/io/socket.h"
#include "proto/wire/hello.h"
#include "proto/wire/message.h"

#define READ_SIZE 4096

struct broker_request {
	const struct broker_request_ops *ops;
	void *data;
	int fd;
	struct bytes in;
	int received_fd; /* that belongs to the frame to come */
	bool greeted;
	bool cancelled;
	uv_poll_t poll;
};

static void on_closed(uv_handle_t *handle)
{
	struct broker_request *request = handle->data;

	close(request->fd);
	if (request->received_fd >= 0)
		close(request->received_fd);
	bytes_finish(&request->in);
	free(request);
}

void broker_request_cancel(struct broker_request **place)
{
	struct broker_request *request = *place;

	if (!request)
		return;
	*place = NULL;
	request->cancelled = true;
	uv_close((uv_handle_t *)&request->poll, on_closed);
}

static void request_end(struct broker_request *request, int reason)
{
	uv_poll_stop(&request->poll);
	request->ops->on_end(request->data, reason);
}

/* ---- reading ---- */

static int on_hello(struct broker_request *request, const Vmsilo__Hello *message)
{
	request->greeted = true;
	return hello_accept(message, "broker", NULL);
}

static int on_frame(struct broker_request *request, const struct frame *frame)
{
	bool hello = frame->type == FRAME_HELLO;
	int code = 0;

	if (hello == request->greeted)
		return UV_EPROTO;
	ProtobufCMessage *message = message_unpack(frame);
	if (!message)
		return UV_EPROTO;
	if (hello)
		code = on_hello(request, (const Vmsilo__Hello *)message);
	else
		request->ops->on_answer(
			request->data, frame->type, message, steal_fd(&request->received_fd));
	message_free(message);
	return code;
}

/* 0, or why the connection is over. */
static int frames_handle(struct broker_request *request)
{
	struct bytes *in = &request->in;

	while (!request->cancelled) {
		struct frame frame;
		int64_t size = frame_decode(bytes_data(in), bytes_length(in), &frame);
		if (size <= 0)
			return (int)size;
		int code = on_frame(request, &frame);
		if (code < 0)
			return code;
		bytes_consume(in, (size_t)size);
	}
	return 0;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct broker_request *request = poll->data;
	uint8_t chunk[READ_SIZE];
	int fd = -1;

	(void)events;
	ssize_t count =
		status < 0 ? status : socket_receive_fd(request->fd, chunk, sizeof(chunk), &fd);
	if (count == UV_EAGAIN)
		return;
	if (count <= 0) {
		request_end(request, (int)count);
		return;
	}
	if (fd >= 0 && request->received_fd >= 0)
		close(fd);
	else if (fd >= 0)
		request->received_fd = fd;
	int code = bytes_append(&request->in, chunk, (size_t)count);
	if (code == 0)
		code = frames_handle(request);
	if (code < 0 && !request->cancelled)
		request_end(request, code);
}

/* ---- asking ---- */

int broker_request_start(uv_loop_t *loop, const char *path, uint16_t type,
	const ProtobufCMessage *message, const struct broker_request_ops *ops, void *data,
	struct broker_request **ret)
{
	_cleanup_close_ int fd = broker_dial(path, NULL);
	int code =
		fd < 0 ? fd : broker_request_send(fd, "vmsilo-tray " VMSILO_VERSION, type, message);

	if (code < 0)
		return code;
	_cleanup_free_ struct broker_request *request = calloc(1, sizeof(*request));
	if (!request)
		return UV_ENOMEM;
	request->ops = ops;
	request->data = data;
	request->received_fd = -1;
	code = uv_poll_init(loop, &request->poll, fd);
	if (code < 0)
		return code;
	request->poll.data = request;
	request->fd = steal_fd(&fd);
	uv_poll_start(&request->poll, UV_READABLE, on_readable);
	*ret = steal_pointer(&request);
	return 0;
}
