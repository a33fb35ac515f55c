/*
 * What QEMU says, cut anywhere: the connection with its states and its bounds, and the codec below
 * it. Each step begins with a byte: what we do, and how many of the bytes after it QEMU says.
 *
 * Covers: host-broker/monitor/qemu/qmp-codec.c host-broker/monitor/qemu/qmp.c
 * Leaves out: processes
 */
#include "host-broker/monitor/qemu/qmp.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/log.h"

#define GREETING "{\"QMP\": {}}\n"
#define AGREED "{\"return\": {}}\n"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct play {
	void *qmp;
	int ends;
};

static uv_loop_t loop;
static bool is_set_up;

static void quiet(enum log_level level, const char *vm, const char *text)
{
	(void)level;
	(void)vm;
	(void)text;
}

static void play_check(const struct play *play)
{
	/* Nothing follows the end. */
	if (play->ends > 0)
		abort();
}

static void on_event(void *data, enum monitor_event event)
{
	(void)event;
	play_check(data);
}

static void on_shutdown(void *data, enum monitor_end end)
{
	if (end > MONITOR_END_ERROR)
		abort();
	play_check(data);
}

static void on_balloon(void *data, uint64_t guest_bytes)
{
	if (guest_bytes > INT64_MAX)
		abort();
	play_check(data);
}

static void on_end(void *data, const char *text)
{
	struct play *play = data;

	(void)text;
	play_check(play);
	play->ends++;
}

static const struct monitor_control_callbacks callbacks = {.on_event = on_event,
	.on_balloon = on_balloon,
	.on_shutdown = on_shutdown,
	.on_end = on_end};

static void tear_down(void)
{
	uv_loop_close(&loop);
}

static void set_up(void)
{
	log_set_sink(quiet);
	if (uv_loop_init(&loop) < 0)
		abort();
	is_set_up = true;
	atexit(tear_down);
}

static void ask(const struct play *play, unsigned int what)
{
	if (what == 1)
		qmp_control.power_button(play->qmp);
	else if (what == 2)
		qmp_control.balloon(play->qmp, 0);
	else if (what == 3)
		qmp_control.balloon(play->qmp, UINT64_C(1) << 30);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct play play = {0};
	uint8_t heard[1024];
	int fds[2];

	if (!is_set_up)
		set_up();
	if (size == 0 ||
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0 ||
		qmp_control.create(&loop, fds[0], 1 << 28, &callbacks, &play, &play.qmp) < 0)
		return 0;
	/* Most go on from here. */
	if (data[0] & 1)
		(void)!send(fds[1], GREETING, strlen(GREETING), MSG_NOSIGNAL);
	if (data[0] & 4)
		(void)!send(fds[1], AGREED, strlen(AGREED), MSG_NOSIGNAL);
	for (size_t at = 1; at < size;) {
		size_t length = data[at] >> 2;
		ask(&play, data[at++] & 3);
		if (length == 63)
			length = size;
		if (length > size - at)
			length = size - at;
		(void)!send(fds[1], data + at, length, MSG_NOSIGNAL);
		at += length;
		uv_run(&loop, UV_RUN_NOWAIT);
		(void)!recv(fds[1], heard, sizeof(heard), 0);
	}
	if (data[0] & 2) {
		shutdown(fds[1], SHUT_RDWR);
		uv_run(&loop, UV_RUN_NOWAIT);
	}
	qmp_control.destroy(play.qmp);
	uv_run(&loop, UV_RUN_NOWAIT);
	close(fds[1]);
	return 0;
}
