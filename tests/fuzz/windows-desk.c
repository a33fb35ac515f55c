/*
 * What vmsilo-windows takes from its view, which met the guest's bytes: answers to two commands
 * that wait (a list, the clipboard), what crossed, and last words.
 *
 * Covers: tray/windows/launch/desk.c tray/windows/launch/notice.c
 * Leaves out: the view's process and its channel (targets channel, frame; path/windows)
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/base/text.h"
#include "proto/wire/message.h"
#include "tray/windows/launch/desk.h"
#include "tray/windows/launch/notice.h"

#define TURNS 200
#define CLIPBOARD 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int tell(void *data, uint16_t type, const ProtobufCMessage *message)
{
	unsigned int *asked = data;

	(void)type;
	(void)message;
	(*asked)++;
	return 0;
}

static void activate(void *data, const Vmsilo__Desk__Activate *message)
{
	(void)data;
	(void)message;
}

static uint64_t clipboard_max(void *data)
{
	(void)data;
	return CLIPBOARD;
}

static const char *note(void *data)
{
	(void)data;
	return "it has gone";
}

/* A name of the kernel's choice, in no folder. */
static int listen_anywhere(struct sockaddr_un *ret, socklen_t *ret_length)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	const struct sockaddr_un none = {.sun_family = AF_UNIX};

	*ret_length = sizeof(*ret);
	if (fd < 0 ||
		bind(fd, (const struct sockaddr *)&none, offsetof(struct sockaddr_un, sun_path)) <
			0 ||
		listen(fd, 4) < 0 || getsockname(fd, (struct sockaddr *)ret, ret_length) < 0)
		abort();
	return fd;
}

static int command_send(const struct sockaddr_un *address, socklen_t length, uint16_t type)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	uint8_t header[FRAME_HEADER_SIZE];

	frame_encode_header(header, type, 0, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)address, length) < 0 ||
		write(fd, header, sizeof(header)) != sizeof(header))
		abort();
	return fd;
}

static void message_take(struct desk *desk, uint16_t type, const ProtobufCMessage *message)
{
	char summary[NOTICE_TEXT_SIZE], body[NOTICE_TEXT_SIZE], printable[256];

	if (type == FRAME_DESK_WINDOWS)
		desk_windows(desk, (const Vmsilo__Desk__Windows *)message);
	if (type == FRAME_WINDOWS_CLIPBOARD_DATA)
		desk_clipboard(desk, (const Vmsilo__Windows__ClipboardData *)message);
	if (type == FRAME_DESK_CROSSED)
		notice_crossed_text("work", (const Vmsilo__Desk__Crossed *)message, summary, body);
	if (type == FRAME_DESK_VIOLATION) {
		const char *text = ((const Vmsilo__Desk__Violation *)message)->text;
		text_escape(printable, sizeof(printable), text, strlen(text));
		if (text_has_controls(printable, strlen(printable)))
			abort();
	}
}

static void frames_feed(struct desk *desk, uv_loop_t *loop, const uint8_t *data, size_t size)
{
	for (size_t at = 0; at < size;) {
		struct frame frame;
		int64_t length = frame_decode(data + at, size - at, &frame);
		if (length <= 0)
			return;
		ProtobufCMessage *message = message_unpack(&frame);
		if (!message)
			return;
		message_take(desk, frame.type, message);
		message_free(message);
		uv_run(loop, UV_RUN_NOWAIT);
		at += (size_t)length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned int asked = 0;
	const struct desk_ops ops = {tell, activate, clipboard_max, note, &asked};
	struct sockaddr_un address;
	socklen_t length;
	struct desk desk;
	uv_loop_t loop;

	if (uv_loop_init(&loop) < 0)
		abort();
	if (desk_init(&desk, &loop, listen_anywhere(&address, &length), &ops) < 0)
		abort();
	int list = command_send(&address, length, FRAME_DESK_LIST);
	int get = command_send(&address, length, FRAME_WINDOWS_CLIPBOARD_GET);
	for (int i = 0; asked < 2 && i < TURNS; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	if (asked < 2)
		abort();
	frames_feed(&desk, &loop, data, size);
	desk_view_gone(&desk);
	desk_finish(&desk);
	/* Nobody reads what is on its way: it is given up. */
	close(list);
	close(get);
	uv_run(&loop, UV_RUN_DEFAULT);
	if (uv_loop_close(&loop) < 0)
		abort();
	return 0;
}
