#include "host-broker/monitor/console.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host-broker/system/pace.h"
#include "proto/base/log.h"
#include "proto/io/closer.h"

#define READ_SIZE 4096
#define READS_PER_TURN 8 /* a guest that prints without end has its turn, no more */

/* Far beyond any serial line; a guest that prints more waits. */
static const struct allowance_limits bytes_limits = {
	.per_second = 1, /* bytes are counted */
	.burst = 1,
	.bytes_per_second = 2 * 1024 * 1024,
	.bytes_burst = 4 * 1024 * 1024,
};

struct console {
	int fd;
	const struct console_callbacks *callbacks;
	void *data;
	struct closer closer;
	uv_poll_t poll;
	struct pace pace;
	bool ended;
};

static void console_free(void *data)
{
	struct console *console = data;

	close(console->fd);
	free(console);
}

void console_destroy(struct console *console)
{
	console->ended = true;
	closer_close(&console->closer, (uv_handle_t *)&console->poll);
	pace_close(&console->pace);
	closer_finish(&console->closer);
}

void console_send(struct console *console, const char *bytes, size_t length)
{
	if (console->ended)
		return;
	ssize_t sent = send(console->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent != (ssize_t)length)
		log_debug(NULL, "%zu bytes of console input were lost",
			length - (size_t)(sent > 0 ? sent : 0));
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct console *console = poll->data;
	char chunk[READ_SIZE];

	(void)events;
	for (int i = 0; i < READS_PER_TURN && !console->ended && !pace_holds(&console->pace); i++) {
		ssize_t count = status < 0 ? 0 : recv(console->fd, chunk, sizeof(chunk), 0);
		if (count < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (count <= 0) {
			console->ended = true;
			uv_poll_stop(poll);
			console->callbacks->on_end(console->data);
			return;
		}
		console->callbacks->on_bytes(console->data, chunk, (size_t)count);
		if (!console->ended)
			pace_spend(&console->pace, 0, (uint32_t)count);
	}
}

static void on_hold(void *data, bool hold)
{
	struct console *console = data;

	if (hold)
		uv_poll_stop(&console->poll);
	else if (!console->ended)
		uv_poll_start(&console->poll, UV_READABLE, on_readable);
}

int console_create(uv_loop_t *loop, int fd, const char *vm,
	const struct console_callbacks *callbacks, void *data, struct console **ret)
{
	struct console *console = calloc(1, sizeof(*console));

	if (!console) {
		close(fd);
		return UV_ENOMEM;
	}
	*console = (struct console){.fd = fd, .callbacks = callbacks, .data = data};
	int code = uv_poll_init(loop, &console->poll, fd);
	if (code < 0) {
		console_free(console);
		return code;
	}
	closer_init(&console->closer, console_free, console);
	closer_add(&console->closer);
	console->poll.data = console;
	pace_init(&console->pace, loop,
		&(const struct pace_options){.limits = &bytes_limits,
			.on_hold = on_hold,
			.data = console,
			.vm = vm,
			.what = "its console"},
		&console->closer);
	uv_poll_start(&console->poll, UV_READABLE, on_readable);
	*ret = console;
	return 0;
}
