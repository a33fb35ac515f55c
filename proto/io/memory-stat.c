#include "proto/io/memory-stat.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/cleanup.h"
#include "proto/io/closer.h"

#define PRESSURE_FILE "/proc/pressure/memory"
#define TEXT_SIZE 8192 /* /proc/meminfo has some 1500 bytes */

static ssize_t text_read(const char *path, char text[TEXT_SIZE])
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, TEXT_SIZE);

	return length < 0 ? -errno : length;
}

int memory_stat_read(struct memory_stat *ret)
{
	struct memory_stat stat = {0};
	char text[TEXT_SIZE];
	ssize_t length = text_read("/proc/meminfo", text);
	int code = length < 0 ? (int)length : meminfo_parse(text, (size_t)length, &stat.info);

	if (code < 0)
		return code;
	length = text_read(PRESSURE_FILE, text);
	if (length > 0)
		pressure_parse(text, (size_t)length, &stat.pressure);
	*ret = stat;
	return 0;
}

struct pressure_trigger {
	int fd;
	void (*on_pressure)(void *data);
	void *data;
	struct closer closer;
	uv_poll_t poll;
};

static void trigger_free(void *data)
{
	struct pressure_trigger *trigger = data;

	close(trigger->fd);
	free(trigger);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct pressure_trigger *trigger = poll->data;

	if (status < 0) {
		uv_poll_stop(poll);
		return;
	}
	if (events & UV_PRIORITIZED)
		trigger->on_pressure(trigger->data);
}

static int trigger_open(void)
{
	_cleanup_close_ int fd = open(PRESSURE_FILE, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, PRESSURE_TRIGGER, sizeof(PRESSURE_TRIGGER)) < 0)
		return -errno;
	return steal_fd(&fd);
}

int pressure_trigger_create(
	uv_loop_t *loop, void (*on_pressure)(void *data), void *data, struct pressure_trigger **ret)
{
	int fd = trigger_open();

	if (fd < 0)
		return fd;
	struct pressure_trigger *trigger = calloc(1, sizeof(*trigger));
	if (!trigger) {
		close(fd);
		return UV_ENOMEM;
	}
	*trigger = (struct pressure_trigger){.fd = fd, .on_pressure = on_pressure, .data = data};
	int code = uv_poll_init(loop, &trigger->poll, fd);
	if (code < 0) {
		trigger_free(trigger);
		return code;
	}
	closer_init(&trigger->closer, trigger_free, trigger);
	closer_add(&trigger->closer);
	trigger->poll.data = trigger;
	uv_poll_start(&trigger->poll, UV_PRIORITIZED, on_poll);
	*ret = trigger;
	return 0;
}

void pressure_trigger_destroy(struct pressure_trigger *trigger)
{
	closer_close(&trigger->closer, (uv_handle_t *)&trigger->poll);
	closer_finish(&trigger->closer);
}
