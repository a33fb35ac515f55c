#include "host-broker/monitor/monitor.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host-broker/monitor/console.h"
#include "host-broker/system/runtime-dir.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/io/closer.h"
#include "proto/io/socket.h"

#define BACKLOG 1024 /* streams that are dialled before the device comes to accept them */
#define FIRST_CHILD_FD 3
#define END_MS 1500 /* for what is left once the monitor is gone; then it is ended by force */

struct vmm {
	uv_loop_t *loop;
	const struct vmm_ops *ops;
	const char *name; /* of the VM */
	const struct vmm_callbacks *callbacks;
	void *data;

	struct process *monitor; /* NULL once it is gone; likewise below */
	struct process *device;
	void *control;
	struct console *console;
	struct vmm_ids ids;

	enum vmm_end end;       /* as the monitor said, or as its status tells */
	struct error first_end; /* of whichever went first */
	char last_words[PROCESS_TAIL_SIZE + 1];
	uv_timer_t end_timer;
	struct closer closer;
};

/* ---- the end ---- */

/* All four must be over, so that nothing that was said is lost. */
static void end_check(struct vmm *vmm)
{
	if (vmm->monitor || vmm->device || vmm->control || vmm->console)
		return;
	uv_timer_stop(&vmm->end_timer);
	const char *words = shutdown_cause_words(vmm->end);
	char text[sizeof(vmm->first_end.text) + 96];

	snprintf(text, sizeof(text), "%s%s%s", vmm->first_end.text, words ? ": " : "",
		words ? words : "");
	vmm->callbacks->on_exit(vmm->data, vmm->end, text, vmm->last_words);
}

static void end_note(struct vmm *vmm, const char *what, int status, const char *last_words)
{
	if (vmm->first_end.text[0])
		return;
	if (status == -1)
		error_set(&vmm->first_end, 0, "%s is gone", what);
	else if (WIFSIGNALED(status))
		error_set(&vmm->first_end, 0, "%s was killed by signal %d", what, WTERMSIG(status));
	else
		error_set(
			&vmm->first_end, 0, "%s exited with status %d", what, WEXITSTATUS(status));
	if (vmm->end == VMM_END_UNKNOWN)
		vmm->end = shutdown_cause_of_status(status);
	snprintf(vmm->last_words, sizeof(vmm->last_words), "%s", last_words);
}

static void control_drop(struct vmm *vmm)
{
	if (vmm->control)
		vmm->ops->control->destroy(vmm->control);
	vmm->control = NULL;
}

static void console_drop(struct vmm *vmm)
{
	if (vmm->console)
		console_destroy(vmm->console);
	vmm->console = NULL;
}

/* The device did not listen, or somebody else has the other end of control or console. */
static void on_end_time(uv_timer_t *timer)
{
	struct vmm *vmm = timer->data;

	control_drop(vmm);
	console_drop(vmm);
	if (vmm->device) {
		log_warning(
			vmm->name, "the vsock device did not end in %d ms: it is killed", END_MS);
		process_kill(vmm->device, SIGKILL);
	}
	end_check(vmm);
}

/* Neither is of use without the other. */
static void on_monitor_gone(void *data, int status)
{
	struct vmm *vmm = data;

	end_note(vmm, vmm->ops->name, status, process_tail(vmm->monitor));
	/* A monitor without a control connection has no other way to say that all went well. */
	if (!vmm->ops->control && status == 0)
		vmm->end = VMM_END_POWERED_OFF;
	process_destroy(vmm->monitor);
	vmm->monitor = NULL;
	if (vmm->device)
		process_kill(vmm->device, SIGTERM);
	uv_timer_start(&vmm->end_timer, on_end_time, END_MS, 0);
	end_check(vmm);
}

static void on_device_gone(void *data, int status)
{
	struct vmm *vmm = data;

	if (vmm->monitor) {
		end_note(vmm, "the vsock device", status, process_tail(vmm->device));
		process_kill(vmm->monitor, SIGKILL);
	}
	process_destroy(vmm->device);
	vmm->device = NULL;
	end_check(vmm);
}

static void on_control_end(void *data, const char *text)
{
	struct vmm *vmm = data;

	control_drop(vmm);
	if (text) {
		/* A monitor that breaks the rules may be the guest's. */
		if (!vmm->first_end.text[0])
			error_set(&vmm->first_end, 0, "%s was killed: on its control connection %s",
				vmm->ops->name, text);
		vmm->end = VMM_END_UNKNOWN;
		vmm_kill(vmm);
	}
	end_check(vmm);
}

static void on_console_end(void *data)
{
	struct vmm *vmm = data;

	console_drop(vmm);
	end_check(vmm);
}

/* ---- events ---- */

static void on_control_event(void *data, enum vmm_event event)
{
	struct vmm *vmm = data;

	if (event == VMM_EVENT_SLOW)
		log_warning(vmm->name, "%s does not answer", vmm->ops->name);
	vmm->callbacks->on_event(vmm->data, event);
}

/* The first cause is the true one. */
static void on_control_shutdown(void *data, enum vmm_end end)
{
	struct vmm *vmm = data;

	if (vmm->end == VMM_END_UNKNOWN || vmm->end == VMM_END_KILLED)
		vmm->end = end;
	vmm->callbacks->on_event(vmm->data, VMM_EVENT_ENDING);
}

static void on_control_balloon(void *data, uint64_t guest_bytes)
{
	struct vmm *vmm = data;

	vmm->callbacks->on_balloon(vmm->data, guest_bytes);
}

static void on_console_bytes(void *data, const char *bytes, size_t length)
{
	struct vmm *vmm = data;

	vmm->callbacks->on_console(vmm->data, bytes, length);
}

static const struct vmm_control_callbacks control_callbacks = {
	.on_event = on_control_event,
	.on_balloon = on_control_balloon,
	.on_shutdown = on_control_shutdown,
	.on_end = on_control_end,
};

static const struct console_callbacks console_callbacks = {
	.on_bytes = on_console_bytes,
	.on_end = on_console_end,
};

/* ---- connecting ---- */

static int vm_path(const struct paths *paths, const char *vm, const char *name, char out[PATH_SIZE])
{
	return paths_runtime(paths, vm, name, out) ? 0 : UV_ENAMETOOLONG;
}

static int connect_to(const struct paths *paths, const char *vm, const char *name)
{
	char path[PATH_SIZE];
	int code = vm_path(paths, vm, name, path);

	return code < 0 ? code : socket_connect(path);
}

static int listen_at(const struct paths *paths, const char *vm, const char *name)
{
	char path[PATH_SIZE];
	int code = vm_path(paths, vm, name, path);

	return code < 0 ? code : socket_listen(path, BACKLOG);
}

static int control_connect(struct vmm *vmm, const struct paths *paths, const char *vm)
{
	if (!vmm->ops->control)
		return 0;
	int fd = connect_to(paths, vm, "qmp.socket");
	return fd < 0 ? fd
		      : vmm->ops->control->create(
				vmm->loop, fd, &control_callbacks, vmm, &vmm->control);
}

static int console_connect(struct vmm *vmm, const struct paths *paths, const char *vm)
{
	if (!vmm->ops->has_console)
		return 0;
	int fd = connect_to(paths, vm, "console.socket");
	return fd < 0 ? fd
		      : console_create(
				vmm->loop, fd, vmm->name, &console_callbacks, vmm, &vmm->console);
}

/* ---- starting ---- */

static int device_start(
	struct vmm *vmm, const struct vmm_launch *launch, const char *program, struct error *error)
{
	const struct vm_config *vm = launch->vm;
	char directory[PATH_SIZE];
	_cleanup_close_ int vhost = listen_at(launch->paths, vm->name, "vhost.socket");
	_cleanup_close_ int hybrid = listen_at(launch->paths, vm->name, "vsock/s");
	int code = vm_path(launch->paths, vm->name, "vsock", directory);

	if (code == 0 && launch->identity)
		code = runtime_dir_give(launch->paths, vm->name, "vhost.socket", launch->identity);
	if (vhost < 0 || hybrid < 0 || code < 0) {
		code = vhost < 0 ? vhost : hybrid < 0 ? hybrid : code;
		return error_set(error, code, "vm \"%s\": cannot make its vsock sockets: %s",
			vm->name, uv_strerror(code));
	}
	const char *const argv[] = {program, "--vhost-fd", "3", "--listen-fd", "4", "--directory",
		directory, "--name", vm->name, "--cid", "3", "--sandbox",
		vm->sandbox == SANDBOX_REQUIRED ? "required" : "best-effort", NULL};
	const int fds[] = {vhost, hybrid};
	const struct identity identity = identity_bare(launch->identity);
	const struct child_options options = {.argv = argv,
		.fds = fds,
		.fds_count = 2,
		.identity = launch->identity ? &identity : NULL,
		.capabilities = CHILD_CAPABILITIES_SANDBOX,
		.own_pids = true,
		.vm = vm->name};
	code = process_start(vmm->loop, &options, on_device_gone, vmm, &vmm->device, error);
	return code < 0 ? error_prefix(error, "vm \"%s\" failed to start", vm->name) : 0;
}

#define FILES_MAX 4

/* What the monitor opens by itself. */
static size_t files_list(
	const struct vmm *vmm, const struct vmm_launch *launch, struct child_file files[FILES_MAX])
{
	size_t count = 0;

	if (launch->vhost_path[0])
		files[count++] = (struct child_file){launch->vhost_path, O_PATH};
	if (vmm->ops->without_image)
		return count;
	files[count++] = (struct child_file){launch->kernel, O_RDONLY};
	files[count++] = (struct child_file){launch->initrd, O_RDONLY};
	if (launch->kvm)
		files[count++] = (struct child_file){"/dev/kvm", O_RDWR};
	return count;
}

static int monitor_run(struct vmm *vmm, struct vmm_launch *launch, const int *fds, size_t count,
	struct error *error)
{
	struct child_file files[FILES_MAX];
	struct argv argv;

	argv_init(&argv);
	int code = vmm->ops->argv(launch, &argv, error);
	const struct child_options options = {.argv = (const char *const *)argv.items,
		.fds = fds,
		.fds_count = count,
		.identity = launch->monitor_identity,
		.capabilities = vmm->ops->keeps_capabilities ? CHILD_CAPABILITIES_ALL
							     : CHILD_CAPABILITIES_NONE,
		.files = files,
		.files_count = files_list(vmm, launch, files),
		.vm = launch->vm->name};
	if (code == 0)
		code = process_start(
			vmm->loop, &options, on_monitor_gone, vmm, &vmm->monitor, error);
	argv_finish(&argv);
	return code < 0 ? error_prefix(error, "vm \"%s\" failed to start", vmm->name) : 0;
}

/* Everything it listens on is bound here, and we connect before it runs. */
static int monitor_start(struct vmm *vmm, struct vmm_launch *launch, struct error *error)
{
	const struct vmm_ops *ops = vmm->ops;
	const char *name = launch->vm->name;
	int fds[3];
	size_t count = 0;
	_cleanup_close_ int control = -1;
	_cleanup_close_ int console = -1;
	int code = 0;

	if (ops->control) {
		code = control = listen_at(launch->paths, name, "qmp.socket");
		launch->control_fd = FIRST_CHILD_FD + (int)count;
		fds[count++] = control;
	}
	if (code >= 0 && ops->has_console) {
		code = console = listen_at(launch->paths, name, "console.socket");
		launch->console_fd = FIRST_CHILD_FD + (int)count;
		fds[count++] = console;
	}
	if (launch->vhost_vsock_fd >= 0) {
		fds[count] = launch->vhost_vsock_fd;
		launch->vhost_vsock_fd = FIRST_CHILD_FD + (int)count++;
	}
	if (code >= 0)
		code = control_connect(vmm, launch->paths, name);
	if (code >= 0)
		code = console_connect(vmm, launch->paths, name);
	if (code < 0)
		return error_set(error, code, "vm \"%s\": cannot make the monitor's sockets: %s",
			name, uv_strerror(code));
	return monitor_run(vmm, launch, fds, count, error);
}

static void start_undo(struct vmm *vmm)
{
	if (vmm->monitor)
		process_kill(vmm->monitor, SIGKILL);
	if (vmm->device)
		process_kill(vmm->device, SIGKILL);
	vmm_destroy(vmm);
}

static void vmm_free(void *data)
{
	free(data);
}

static struct vmm *vmm_new(uv_loop_t *loop, const struct vmm_ops *ops, const char *name,
	const struct vmm_callbacks *callbacks, void *data)
{
	struct vmm *vmm = calloc(1, sizeof(*vmm));

	if (!vmm)
		return NULL;
	vmm->loop = loop;
	vmm->ops = ops;
	vmm->name = name;
	vmm->callbacks = callbacks;
	vmm->data = data;
	closer_init(&vmm->closer, vmm_free, vmm);
	uv_timer_init(loop, &vmm->end_timer);
	closer_add(&vmm->closer);
	vmm->end_timer.data = vmm;
	return vmm;
}

int vmm_start(uv_loop_t *loop, const struct vmm_ops *ops, struct vmm_launch *launch,
	const char *vsock_device_program, const struct vmm_callbacks *callbacks, void *data,
	struct vmm **ret, struct error *error)
{
	struct vmm *vmm = vmm_new(loop, ops, launch->vm->name, callbacks, data);
	int code = 0;

	if (!vmm)
		return error_set(error, UV_ENOMEM, "out of memory");
	if (ops->needs_vsock_device && launch->vsock.kind == ENDPOINT_UNIX) {
		vm_path(launch->paths, launch->vm->name, "vhost.socket", launch->vhost_path);
		code = device_start(vmm, launch, vsock_device_program, error);
	}
	if (code == 0)
		code = monitor_start(vmm, launch, error);
	if (code < 0) {
		start_undo(vmm);
		return code;
	}
	if (vmm->monitor)
		vmm->ids.monitor = process_id(vmm->monitor);
	if (vmm->device)
		vmm->ids.vsock_device = process_id(vmm->device);
	*ret = vmm;
	return 0;
}

/* A device without its monitor serves nobody. */
static void device_end(uv_loop_t *loop, struct process_id id)
{
	struct process *device;

	if (process_adopt(loop, id, NULL, NULL, &device) < 0)
		return;
	process_kill(device, SIGKILL);
	process_destroy(device);
}

int vmm_adopt(uv_loop_t *loop, const struct vmm_ops *ops, const struct vm_config *vm,
	const struct paths *paths, const struct vmm_ids *ids, const struct vmm_callbacks *callbacks,
	void *data, struct vmm **ret)
{
	struct vmm *vmm = vmm_new(loop, ops, vm->name, callbacks, data);

	if (!vmm)
		return UV_ENOMEM;
	vmm->ids = *ids;
	int code = process_adopt(loop, ids->monitor, on_monitor_gone, vmm, &vmm->monitor);
	if (code < 0) {
		vmm_destroy(vmm);
		device_end(loop, ids->vsock_device);
		return UV_ESRCH;
	}
	if (ids->vsock_device.pid)
		code = process_adopt(loop, ids->vsock_device, on_device_gone, vmm, &vmm->device);
	if (code == 0)
		code = control_connect(vmm, paths, vm->name);
	if (code == 0)
		code = console_connect(vmm, paths, vm->name);
	if (code < 0) {
		start_undo(vmm);
		return UV_ESRCH;
	}
	*ret = vmm;
	return 0;
}

struct vmm_ids vmm_ids(const struct vmm *vmm)
{
	return vmm->ids;
}

int vmm_power_button(struct vmm *vmm)
{
	if (!vmm->control)
		return UV_ENOTCONN;
	return vmm->ops->control->power_button(vmm->control);
}

int vmm_balloon(struct vmm *vmm, uint64_t guest_bytes)
{
	if (!vmm->ops->control || !vmm->ops->control->balloon)
		return UV_ENOTSUP;
	return vmm->control ? vmm->ops->control->balloon(vmm->control, guest_bytes) : UV_ENOTCONN;
}

void vmm_console_send(struct vmm *vmm, const char *bytes, size_t length)
{
	if (vmm->console)
		console_send(vmm->console, bytes, length);
}

bool vmm_lives(const struct vmm *vmm)
{
	return vmm->monitor && process_lives(vmm->monitor) &&
	       (!vmm->ids.vsock_device.pid || (vmm->device && process_lives(vmm->device)));
}

void vmm_kill(struct vmm *vmm)
{
	if (vmm->monitor)
		process_kill(vmm->monitor, SIGKILL);
	if (vmm->device)
		process_kill(vmm->device, SIGKILL);
}

void vmm_destroy(struct vmm *vmm)
{
	if (vmm->monitor)
		process_destroy(vmm->monitor);
	if (vmm->device)
		process_destroy(vmm->device);
	control_drop(vmm);
	console_drop(vmm);
	closer_close(&vmm->closer, (uv_handle_t *)&vmm->end_timer);
	closer_finish(&vmm->closer);
}
