#include "host-broker/monitor/qemu/qmp.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host-broker/monitor/qemu/qmp-codec.h"
#include "proto/base/bytes.h"
#include "proto/base/log.h"
#include "proto/base/rate.h"
#include "proto/io/closer.h"

#define READ_SIZE 4096
#define BALLOON_ID "balloon"
#define RESIZE_ID "resize"
#define BALLOON_SLOW_MS 10000 /* then its owner is told */

/* A QEMU in its guest's hands may say what it likes. A sound one says a few lines a second; the
 * most comes when every write of a busy guest to its disk fails. */
#define LINES_PER_SECOND 2000
#define LINES_AT_ONCE 10000
#define BYTES_PER_SECOND (1024 * 1024)
#define BYTES_AT_ONCE (4 * 1024 * 1024)
#define ERRORS_PER_SECOND 1 /* that are logged */
#define ERRORS_AT_ONCE 10

enum qmp_phase { QMP_CONNECTED, QMP_NEGOTIATING, QMP_READY, QMP_ENDED };

struct qmp {
	enum qmp_phase phase;
	int fd;
	const struct monitor_control_callbacks *callbacks;
	void *data;
	bool wants_power_button; /* asked for before READY */
	const char *wants_run;   /* likewise: "stop" or "cont"; NULL: as it is */
	uint64_t balloon_bytes;  /* wanted, and not sent yet; 0: nothing */
	bool balloon_query;      /* likewise */
	bool balloon_sent;       /* and not answered yet */
	struct bytes in;
	struct rate lines;
	struct rate bytes;
	struct rate errors;
	struct closer closer;
	uv_poll_t poll;
	uv_timer_t balloon_timer;
};

static void qmp_free(void *data)
{
	struct qmp *qmp = data;

	close(qmp->fd);
	bytes_finish(&qmp->in);
	free(qmp);
}

static void qmp_destroy(void *control)
{
	struct qmp *qmp = control;

	qmp->phase = QMP_ENDED;
	closer_close(&qmp->closer, (uv_handle_t *)&qmp->poll);
	closer_close(&qmp->closer, (uv_handle_t *)&qmp->balloon_timer);
	closer_finish(&qmp->closer);
}

static void qmp_end(struct qmp *qmp, const char *text)
{
	qmp->phase = QMP_ENDED;
	uv_poll_stop(&qmp->poll);
	uv_timer_stop(&qmp->balloon_timer);
	qmp->callbacks->on_end(qmp->data, text);
}

/* Commands are short and few: one that the socket does not take at once says that QEMU hangs. */
static int line_send(struct qmp *qmp, const char *line, int length)
{
	return send(qmp->fd, line, (size_t)length, MSG_NOSIGNAL) == length ? 0 : UV_EPIPE;
}

static int command_send(struct qmp *qmp, const char *name)
{
	char line[128];

	return line_send(qmp, line, snprintf(line, sizeof(line), "{\"execute\": \"%s\"}\n", name));
}

/* ---- the balloon ---- */

static void on_balloon_slow(uv_timer_t *timer)
{
	struct qmp *qmp = timer->data;

	qmp->callbacks->on_event(qmp->data, MONITOR_EVENT_SLOW);
}

/* Sends what is wanted next, if nothing is under way. */
static int balloon_next(struct qmp *qmp)
{
	char line[128];
	int length;

	if (qmp->phase != QMP_READY || qmp->balloon_sent)
		return 0;
	if (qmp->balloon_bytes) {
		length = snprintf(line, sizeof(line),
			"{\"execute\": \"balloon\", \"arguments\": {\"value\": %" PRIu64
			"}, \"id\": \"" BALLOON_ID "\"}\n",
			qmp->balloon_bytes);
		qmp->balloon_bytes = 0;
	} else if (qmp->balloon_query) {
		length = snprintf(line, sizeof(line),
			"{\"execute\": \"query-balloon\", \"id\": \"" BALLOON_ID "\"}\n");
		qmp->balloon_query = false;
	} else {
		return 0;
	}
	qmp->balloon_sent = true;
	uv_timer_start(&qmp->balloon_timer, on_balloon_slow, BALLOON_SLOW_MS, 0);
	return line_send(qmp, line, length);
}

static int qmp_balloon(void *control, uint64_t guest_bytes)
{
	struct qmp *qmp = control;

	if (qmp->phase == QMP_ENDED)
		return UV_EPIPE;
	if (guest_bytes)
		qmp->balloon_bytes = guest_bytes;
	qmp->balloon_query = true;
	return balloon_next(qmp);
}

static int on_balloon_answer(struct qmp *qmp)
{
	qmp->balloon_sent = false;
	uv_timer_stop(&qmp->balloon_timer);
	return balloon_next(qmp);
}

/* ---- what QEMU says ---- */

static int qmp_power_button(void *control)
{
	struct qmp *qmp = control;

	if (qmp->phase == QMP_ENDED)
		return UV_EPIPE;
	if (qmp->phase != QMP_READY) {
		qmp->wants_power_button = true;
		return 0;
	}
	return command_send(qmp, "system_powerdown");
}

static int qmp_pause(void *control, bool paused)
{
	struct qmp *qmp = control;
	const char *name = paused ? "stop" : "cont";

	if (qmp->phase == QMP_ENDED)
		return UV_EPIPE;
	if (qmp->phase == QMP_READY)
		return command_send(qmp, name);
	qmp->wants_run = name;
	return 0;
}

/* The node is that of devices.c. */
static int qmp_resize_disk(void *control, const char *disk, uint64_t bytes)
{
	struct qmp *qmp = control;
	char line[192];

	if (qmp->phase != QMP_READY)
		return UV_EAGAIN;
	return line_send(qmp, line,
		snprintf(line, sizeof(line),
			"{\"execute\": \"block_resize\", \"arguments\": {\"node-name\": "
			"\"disk-%.*s\", \"size\": %" PRIu64 "}, \"id\": \"" RESIZE_ID "\"}\n",
			MONITOR_DISK_NAME_MAX, disk, bytes));
}

/* docs/interop/qmp, BLOCK_IO_ERROR: "stop" is what the disk's werror says (devices.c). */
static void on_disk_error(struct qmp *qmp, const struct qmp_message *message)
{
	if (strcmp(message->action, "stop") == 0)
		qmp->callbacks->on_event(qmp->data,
			message->no_space ? MONITOR_EVENT_DISK_FULL : MONITOR_EVENT_DISK_FAILED);
}

static void on_event(struct qmp *qmp, const struct qmp_message *message)
{
	if (strcmp(message->name, "SHUTDOWN") == 0)
		qmp->callbacks->on_shutdown(qmp->data, qmp_end_of(message->reason));
	else if (strcmp(message->name, "GUEST_PANICKED") == 0)
		qmp->callbacks->on_event(qmp->data, MONITOR_EVENT_PANICKED);
	else if (strcmp(message->name, "STOP") == 0)
		qmp->callbacks->on_event(qmp->data, MONITOR_EVENT_PAUSED);
	else if (strcmp(message->name, "RESUME") == 0)
		qmp->callbacks->on_event(qmp->data, MONITOR_EVENT_RESUMED);
	else if (strcmp(message->name, "BLOCK_IO_ERROR") == 0)
		on_disk_error(qmp, message);
}

static void on_ready(struct qmp *qmp)
{
	qmp->phase = QMP_READY;
	/* What happened while nobody was connected. */
	command_send(qmp, "query-status");
	if (qmp->wants_power_button)
		command_send(qmp, "system_powerdown");
	if (qmp->wants_run)
		command_send(qmp, qmp->wants_run);
	balloon_next(qmp);
	qmp->callbacks->on_event(qmp->data, MONITOR_EVENT_CONTROL_READY);
}

static bool answers_balloon(const struct qmp *qmp, const struct qmp_message *message)
{
	return qmp->balloon_sent && strcmp(message->id, BALLOON_ID) == 0;
}

static int on_return(struct qmp *qmp, const struct qmp_message *message)
{
	if (qmp->phase == QMP_NEGOTIATING)
		on_ready(qmp);
	if (strcmp(message->status, "io-error") == 0)
		qmp->callbacks->on_event(qmp->data, MONITOR_EVENT_DISK_FULL);
	if (strcmp(message->id, RESIZE_ID) == 0)
		qmp->callbacks->on_event(qmp->data, MONITOR_EVENT_DISK_RESIZED);
	if (strcmp(message->status, "paused") == 0)
		qmp->callbacks->on_event(qmp->data, MONITOR_EVENT_PAUSED);
	return answers_balloon(qmp, message) ? on_balloon_answer(qmp) : 0;
}

static int on_line(struct qmp *qmp, const char *line, size_t length)
{
	struct qmp_message message;
	int code = rate_take(&qmp->lines, 1, uv_now(qmp->poll.loop))
			   ? qmp_decode(line, length, &message)
			   : UV_ENOBUFS;

	if (code < 0)
		return code;
	if (message.actual >= 0)
		qmp->callbacks->on_balloon(qmp->data, (uint64_t)message.actual);
	switch (message.kind) {
	case QMP_GREETING:
		if (qmp->phase != QMP_CONNECTED)
			return UV_EPROTO;
		qmp->phase = QMP_NEGOTIATING;
		return command_send(qmp, "qmp_capabilities");
	case QMP_RETURN:
		return on_return(qmp, &message);
	case QMP_ERROR:
		if (rate_take(&qmp->errors, 1, uv_now(qmp->poll.loop)))
			log_warning(NULL, "QMP: %s", message.text);
		return answers_balloon(qmp, &message) ? on_balloon_answer(qmp) : 0;
	case QMP_EVENT:
		on_event(qmp, &message);
		return 0;
	default:
		return 0;
	}
}

static int lines_take(struct qmp *qmp)
{
	while (qmp->phase != QMP_ENDED && bytes_length(&qmp->in) > 0) {
		const char *at = (const char *)bytes_data(&qmp->in);
		const char *newline = memchr(at, '\n', bytes_length(&qmp->in));
		if (!newline)
			return bytes_length(&qmp->in) > QMP_LINE_MAX ? UV_EPROTO : 0;
		size_t length = (size_t)(newline - at);
		int code = length > QMP_LINE_MAX ? UV_EPROTO : on_line(qmp, at, length);
		if (code < 0)
			return code;
		if (qmp->phase != QMP_ENDED)
			bytes_consume(&qmp->in, length + 1);
	}
	return 0;
}

static const char *reason_of(int code)
{
	switch (code) {
	case UV_EPROTO:
		return "it sent data that is not QMP";
	case UV_ENOBUFS:
		return "it sent far more than a working monitor does";
	default:
		return uv_strerror(code);
	}
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct qmp *qmp = poll->data;
	char chunk[READ_SIZE];

	(void)events;
	ssize_t count = status < 0 ? -1 : recv(qmp->fd, chunk, sizeof(chunk), 0);
	if (count < 0 && status == 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (count <= 0) {
		qmp_end(qmp, NULL);
		return;
	}
	int code = rate_take(&qmp->bytes, (uint32_t)count, uv_now(poll->loop))
			   ? bytes_append(&qmp->in, chunk, (size_t)count)
			   : UV_ENOBUFS;
	if (code == 0)
		code = lines_take(qmp);
	if (code < 0 && qmp->phase != QMP_ENDED)
		qmp_end(qmp, reason_of(code));
}

static int qmp_create(uv_loop_t *loop, int fd, uint64_t memory_bytes,
	const struct monitor_control_callbacks *callbacks, void *data, void **ret)
{
	struct qmp *qmp = calloc(1, sizeof(*qmp));

	(void)memory_bytes; /* QMP names the guest's size */
	if (!qmp) {
		close(fd);
		return UV_ENOMEM;
	}
	*qmp = (struct qmp){.fd = fd, .callbacks = callbacks, .data = data};
	int code = uv_poll_init(loop, &qmp->poll, fd);
	if (code < 0) {
		qmp_free(qmp);
		return code;
	}
	closer_init(&qmp->closer, qmp_free, qmp);
	closer_add(&qmp->closer);
	qmp->poll.data = qmp;
	uv_timer_init(loop, &qmp->balloon_timer);
	closer_add(&qmp->closer);
	qmp->balloon_timer.data = qmp;
	rate_init(&qmp->lines, LINES_PER_SECOND, LINES_AT_ONCE, uv_now(loop));
	rate_init(&qmp->bytes, BYTES_PER_SECOND, BYTES_AT_ONCE, uv_now(loop));
	rate_init(&qmp->errors, ERRORS_PER_SECOND, ERRORS_AT_ONCE, uv_now(loop));
	uv_poll_start(&qmp->poll, UV_READABLE, on_readable);
	*ret = qmp;
	return 0;
}

const struct monitor_control_ops qmp_control = {
	.create = qmp_create,
	.destroy = qmp_destroy,
	.power_button = qmp_power_button,
	.balloon = qmp_balloon,
	.pause = qmp_pause,
	.resize_disk = qmp_resize_disk,
};
