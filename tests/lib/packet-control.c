#include "tests/lib/packet-control.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/io/closer.h"

#define PACKET_MAX 4096
#define STATS "{\"BalloonCommand\": \"Stats\"}"
#define STATE "\"State\""

struct packets {
	int fd;
	uint64_t memory_bytes;
	bool begun;
	bool paused;  /* as was asked for last */
	bool pausing; /* an answer to that is owed */
	const struct monitor_control_callbacks *callbacks;
	void *data;
	struct closer closer;
	uv_poll_t poll;
};

static void packets_free(void *data)
{
	struct packets *packets = data;

	close(packets->fd);
	free(packets);
}

static int request_send(struct packets *packets, const char *text)
{
	return send(packets->fd, text, strlen(text), MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static void on_answer(struct packets *packets, const json_t *answer)
{
	const json_t *stats = json_object_get(answer, "BalloonStats");

	if (!packets->begun)
		packets->callbacks->on_event(packets->data, MONITOR_EVENT_CONTROL_READY);
	packets->begun = true;
	if (stats) {
		json_int_t balloon = json_integer_value(json_object_get(stats, "balloon_actual"));
		packets->callbacks->on_balloon(
			packets->data, packets->memory_bytes - (uint64_t)balloon);
		return;
	}
	if (json_is_true(json_object_get(answer, "Paused")))
		packets->callbacks->on_event(packets->data, MONITOR_EVENT_PAUSED);
	if (json_object_get(answer, "Paused"))
		return;
	if (packets->pausing)
		packets->callbacks->on_event(packets->data,
			packets->paused ? MONITOR_EVENT_PAUSED : MONITOR_EVENT_RESUMED);
	packets->pausing = false;
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct packets *packets = poll->data;
	char packet[PACKET_MAX];

	(void)events;
	ssize_t length = status < 0 ? 0 : recv(packets->fd, packet, sizeof(packet), 0);
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	json_t *answer =
		length > 0 ? json_loadb(packet, (size_t)length, JSON_DECODE_ANY, NULL) : NULL;
	if (answer) {
		on_answer(packets, answer);
	} else {
		uv_poll_stop(poll);
		packets->callbacks->on_end(
			packets->data, length > 0 ? "it sent something that is not JSON" : NULL);
	}
	json_decref(answer);
}

static int create(uv_loop_t *loop, int fd, uint64_t memory_bytes,
	const struct monitor_control_callbacks *callbacks, void *data, void **ret)
{
	struct packets *packets = calloc(1, sizeof(*packets));

	if (!packets) {
		close(fd);
		return UV_ENOMEM;
	}
	*packets = (struct packets){
		.fd = fd, .memory_bytes = memory_bytes, .callbacks = callbacks, .data = data};
	uv_poll_init(loop, &packets->poll, fd);
	closer_init(&packets->closer, packets_free, packets);
	closer_add(&packets->closer);
	packets->poll.data = packets;
	uv_poll_start(&packets->poll, UV_READABLE, on_readable);
	*ret = packets;
	int code = request_send(packets, STATE);
	return code < 0 ? code : request_send(packets, STATS);
}

static void destroy(void *control)
{
	struct packets *packets = control;

	closer_close(&packets->closer, (uv_handle_t *)&packets->poll);
	closer_finish(&packets->closer);
}

static int power_button(void *control)
{
	return request_send(control, "\"Powerbtn\"");
}

static int balloon(void *control, uint64_t guest_bytes)
{
	struct packets *packets = control;
	char text[128];

	if (guest_bytes) {
		snprintf(text, sizeof(text),
			"{\"BalloonCommand\": {\"Adjust\": {\"num_bytes\": %" PRIu64 "}}}",
			packets->memory_bytes - guest_bytes);
		int code = request_send(packets, text);
		if (code < 0)
			return code;
	}
	return request_send(packets, STATS);
}

static int pause_set(void *control, bool paused)
{
	struct packets *packets = control;

	packets->paused = paused;
	packets->pausing = true;
	return request_send(packets, paused ? "\"SuspendVcpus\"" : "\"ResumeVcpus\"");
}

const struct monitor_control_ops packet_control = {
	.create = create,
	.destroy = destroy,
	.power_button = power_button,
	.balloon = balloon,
	.pause = pause_set,
};
