#include "tests/lib/fake-monitor.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "proto/io/closer.h"

struct vmm {
	LIST_ENTRY(vmm) link; /* in monitors */
	char vm[64];
	const struct vmm_callbacks *callbacks;
	void *data;
	uint64_t wanted;
	bool ending;
	enum vmm_end end;
	struct closer closer;
	uv_timer_t timer; /* from its end to the telling of it */
};

static LIST_HEAD(monitor_list, vmm) monitors = LIST_HEAD_INITIALIZER(monitors);

static const struct vmm_ops qemu = {
	.name = "qemu", .has_console = true, .without_image = true, .needs_vsock_device = true};
const struct vmm_ops *const fake_monitor_registry[] = {&qemu, NULL};

static void vmm_free(void *data)
{
	free(data);
}

static int create(uv_loop_t *loop, const char *vm, const struct vmm_callbacks *callbacks,
	void *data, struct vmm **ret)
{
	struct vmm *vmm = calloc(1, sizeof(*vmm));

	if (!vmm)
		return UV_ENOMEM;
	snprintf(vmm->vm, sizeof(vmm->vm), "%s", vm);
	vmm->callbacks = callbacks;
	vmm->data = data;
	closer_init(&vmm->closer, vmm_free, vmm);
	uv_timer_init(loop, &vmm->timer);
	vmm->timer.data = vmm;
	closer_add(&vmm->closer);
	LIST_INSERT_HEAD(&monitors, vmm, link);
	*ret = vmm;
	return 0;
}

int vmm_start(uv_loop_t *loop, const struct vmm_ops *ops, struct vmm_launch *launch,
	const char *vsock_device_program, const struct vmm_callbacks *callbacks, void *data,
	struct vmm **ret, struct error *error)
{
	(void)ops;
	(void)vsock_device_program;
	int code = create(loop, launch->vm->name, callbacks, data, ret);
	return code < 0 ? error_set(error, code, "out of memory") : 0;
}

int vmm_adopt(uv_loop_t *loop, const struct vmm_ops *ops, const struct vm_config *vm,
	const struct paths *paths, const struct vmm_ids *ids, const struct vmm_callbacks *callbacks,
	void *data, struct vmm **ret)
{
	(void)ops;
	(void)paths;
	return ids->monitor.pid > 0 ? create(loop, vm->name, callbacks, data, ret) : UV_ESRCH;
}

struct vmm_ids vmm_ids(const struct vmm *vmm)
{
	(void)vmm;
	return (struct vmm_ids){0};
}

static void on_ended(uv_timer_t *timer)
{
	struct vmm *vmm = timer->data;

	vmm->callbacks->on_exit(vmm->data, vmm->end, "qemu exited with status 0", "");
}

void fake_monitor_exit(struct vmm *vmm, enum vmm_end end)
{
	if (vmm->ending)
		return;
	vmm->ending = true;
	vmm->end = end;
	uv_timer_start(&vmm->timer, on_ended, 0, 0);
}

void vmm_kill(struct vmm *vmm)
{
	fake_monitor_exit(vmm, VMM_END_UNKNOWN);
}

bool vmm_lives(const struct vmm *vmm)
{
	return !vmm->ending;
}

int vmm_power_button(struct vmm *vmm)
{
	return vmm->ending ? UV_ENOTCONN : 0;
}

int vmm_balloon(struct vmm *vmm, uint64_t guest_bytes)
{
	vmm->wanted = guest_bytes ? guest_bytes : vmm->wanted;
	return vmm->ending ? UV_ENOTCONN : 0;
}

void vmm_console_send(struct vmm *vmm, const char *bytes, size_t length)
{
	(void)vmm;
	(void)bytes;
	(void)length;
}

void vmm_destroy(struct vmm *vmm)
{
	LIST_REMOVE(vmm, link);
	closer_close(&vmm->closer, (uv_handle_t *)&vmm->timer);
	closer_finish(&vmm->closer);
}

struct vmm *fake_monitor_find(const char *vm)
{
	struct vmm *vmm;

	LIST_FOREACH(vmm, &monitors, link)
	if (strcmp(vmm->vm, vm) == 0)
		return vmm;
	return NULL;
}

void fake_monitor_event(struct vmm *vmm, enum vmm_event event)
{
	vmm->callbacks->on_event(vmm->data, event);
}

void fake_monitor_balloon(struct vmm *vmm, uint64_t guest_bytes)
{
	vmm->callbacks->on_balloon(vmm->data, guest_bytes);
}

void fake_monitor_console(struct vmm *vmm, const char *bytes, size_t length)
{
	vmm->callbacks->on_console(vmm->data, bytes, length);
}

uint64_t fake_monitor_wanted(const struct vmm *vmm)
{
	return vmm->wanted;
}
