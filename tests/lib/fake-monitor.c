#include "tests/lib/fake-monitor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "proto/io/closer.h"

struct monitor {
	LIST_ENTRY(monitor) link; /* in monitors */
	char vm[64];
	const struct monitor_callbacks *callbacks;
	void *data;
	uint64_t wanted;
	unsigned int pauses, resumes;
	bool ending;
	enum monitor_end end;
	struct closer closer;
	uv_timer_t timer; /* from its end to the telling of it */
};

static LIST_HEAD(monitor_list, monitor) monitors = LIST_HEAD_INITIALIZER(monitors);

static unsigned int capabilities(const char *machine)
{
	(void)machine;
	return CAPABILITY_BALLOON | CAPABILITY_CONSOLE | CAPABILITY_PAUSE;
}

static unsigned int capabilities_paired(const char *machine)
{
	return capabilities(machine) | CAPABILITY_VHOST_USER;
}

static const struct monitor_ops qemu = {
	.name = "qemu", .capabilities = capabilities_paired, .without_image = true};
static const struct monitor_ops alone = {
	.name = "qemu", .capabilities = capabilities, .without_image = true};
const struct monitor_ops *const fake_monitor_registry[] = {&qemu, NULL};
const struct monitor_ops *const fake_monitor_alone_registry[] = {&alone, NULL};

static void monitor_free(void *data)
{
	free(data);
}

static int create(uv_loop_t *loop, const char *vm, const struct monitor_callbacks *callbacks,
	void *data, struct monitor **ret)
{
	struct monitor *monitor = calloc(1, sizeof(*monitor));

	if (!monitor)
		return UV_ENOMEM;
	snprintf(monitor->vm, sizeof(monitor->vm), "%s", vm);
	monitor->callbacks = callbacks;
	monitor->data = data;
	closer_init(&monitor->closer, monitor_free, monitor);
	uv_timer_init(loop, &monitor->timer);
	monitor->timer.data = monitor;
	closer_add(&monitor->closer);
	LIST_INSERT_HEAD(&monitors, monitor, link);
	*ret = monitor;
	return 0;
}

int monitor_start(uv_loop_t *loop, const struct monitor_ops *ops, struct monitor_launch *launch,
	const struct monitor_callbacks *callbacks, void *data, struct monitor **ret,
	struct error *error)
{
	(void)ops;
	int code = create(loop, launch->vm->name, callbacks, data, ret);
	if (code < 0)
		return error_set(error, code, "out of memory");
	code = callbacks->on_born(data, (struct process_id){0}, error);
	if (code < 0)
		monitor_destroy(*ret);
	return code;
}

int monitor_adopt(uv_loop_t *loop, const struct monitor_ops *ops, const struct vm_config *vm,
	const struct paths *paths, struct process_id id, const struct monitor_callbacks *callbacks,
	void *data, struct monitor **ret)
{
	(void)ops;
	(void)paths;
	return id.pid > 0 ? create(loop, vm->name, callbacks, data, ret) : UV_ESRCH;
}

struct process_id monitor_id(const struct monitor *monitor)
{
	(void)monitor;
	return (struct process_id){0};
}

static void on_ended(uv_timer_t *timer)
{
	struct monitor *monitor = timer->data;

	monitor->callbacks->on_gone(monitor->data);
	monitor->callbacks->on_exit(monitor->data, monitor->end, "qemu exited with status 0", "");
}

void fake_monitor_exit(struct monitor *monitor, enum monitor_end end)
{
	if (monitor->ending)
		return;
	monitor->ending = true;
	monitor->end = end;
	uv_timer_start(&monitor->timer, on_ended, 0, 0);
}

void monitor_kill(struct monitor *monitor)
{
	fake_monitor_exit(monitor, MONITOR_END_UNKNOWN);
}

bool monitor_lives(const struct monitor *monitor)
{
	return !monitor->ending;
}

int monitor_power_button(struct monitor *monitor)
{
	return monitor->ending ? UV_ENOTCONN : 0;
}

int monitor_pause(struct monitor *monitor)
{
	monitor->pauses++;
	return monitor->ending ? UV_ENOTCONN : 0;
}

int monitor_resume(struct monitor *monitor)
{
	monitor->resumes++;
	return monitor->ending ? UV_ENOTCONN : 0;
}

int monitor_resize_disk(struct monitor *monitor, const char *disk, uint64_t bytes)
{
	(void)monitor;
	(void)disk;
	(void)bytes;
	return UV_ENOTSUP;
}

int monitor_balloon(struct monitor *monitor, uint64_t guest_bytes)
{
	monitor->wanted = guest_bytes ? guest_bytes : monitor->wanted;
	return monitor->ending ? UV_ENOTCONN : 0;
}

void monitor_console_send(struct monitor *monitor, const char *bytes, size_t length)
{
	(void)monitor;
	(void)bytes;
	(void)length;
}

void monitor_destroy(struct monitor *monitor)
{
	LIST_REMOVE(monitor, link);
	closer_close(&monitor->closer, (uv_handle_t *)&monitor->timer);
	closer_finish(&monitor->closer);
}

struct monitor *fake_monitor_find(const char *vm)
{
	struct monitor *monitor;

	LIST_FOREACH (monitor, &monitors, link)
		if (strcmp(monitor->vm, vm) == 0)
			return monitor;
	return NULL;
}

void fake_monitor_event(struct monitor *monitor, enum monitor_event event)
{
	monitor->callbacks->on_event(monitor->data, event);
}

void fake_monitor_balloon(struct monitor *monitor, uint64_t guest_bytes)
{
	monitor->callbacks->on_balloon(monitor->data, guest_bytes);
}

void fake_monitor_console(struct monitor *monitor, const char *bytes, size_t length)
{
	monitor->callbacks->on_console(monitor->data, bytes, length);
}

unsigned int fake_monitor_pauses(const struct monitor *monitor)
{
	return monitor->pauses;
}

unsigned int fake_monitor_resumes(const struct monitor *monitor)
{
	return monitor->resumes;
}

uint64_t fake_monitor_wanted(const struct monitor *monitor)
{
	return monitor->wanted;
}
