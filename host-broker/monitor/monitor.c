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

struct monitor {
	uv_loop_t *loop;
	const struct monitor_ops *ops;
	const char *name; /* of the VM */
	const struct monitor_callbacks *callbacks;
	void *data;

	struct process *process; /* NULL once it is gone; likewise below */
	struct process *device;
	void *control;
	struct console *console;
	struct monitor_ids ids;

	enum monitor_end end;   /* as the monitor said, or as its status tells */
	struct error first_end; /* of whichever went first */
	char last_words[PROCESS_TAIL_SIZE + 1];
	uv_timer_t end_timer;
	struct closer closer;
};

/* ---- the end ---- */

/* All four must be over, so that nothing that was said is lost. */
static void end_check(struct monitor *monitor)
{
	if (monitor->process || monitor->device || monitor->control || monitor->console)
		return;
	uv_timer_stop(&monitor->end_timer);
	const char *words = shutdown_cause_words(monitor->end);
	char text[sizeof(monitor->first_end.text) + 96];

	snprintf(text, sizeof(text), "%s%s%s", monitor->first_end.text, words ? ": " : "",
		words ? words : "");
	monitor->callbacks->on_exit(monitor->data, monitor->end, text, monitor->last_words);
}

static void end_note(struct monitor *monitor, const char *what, int status, const char *last_words)
{
	if (monitor->first_end.text[0])
		return;
	if (status == -1)
		error_set(&monitor->first_end, 0, "%s is gone", what);
	else if (WIFSIGNALED(status))
		error_set(&monitor->first_end, 0, "%s was killed by signal %d", what,
			WTERMSIG(status));
	else
		error_set(&monitor->first_end, 0, "%s exited with status %d", what,
			WEXITSTATUS(status));
	if (monitor->end == MONITOR_END_UNKNOWN)
		monitor->end = shutdown_cause_of_status(status);
	snprintf(monitor->last_words, sizeof(monitor->last_words), "%s", last_words);
}

static void control_drop(struct monitor *monitor)
{
	if (monitor->control)
		monitor->ops->control->destroy(monitor->control);
	monitor->control = NULL;
}

static void console_drop(struct monitor *monitor)
{
	if (monitor->console)
		console_destroy(monitor->console);
	monitor->console = NULL;
}

/* The device did not listen, or somebody else has the other end of control or console. */
static void on_end_time(uv_timer_t *timer)
{
	struct monitor *monitor = timer->data;

	control_drop(monitor);
	console_drop(monitor);
	if (monitor->device) {
		log_warning(monitor->name, "the vsock device did not end in %d ms: it is killed",
			END_MS);
		process_kill(monitor->device, SIGKILL);
	}
	end_check(monitor);
}

/* Neither is of use without the other. */
static void on_monitor_gone(void *data, int status)
{
	struct monitor *monitor = data;

	end_note(monitor, monitor->ops->name, status, process_tail(monitor->process));
	/* A monitor without a control connection has no other way to say that all went well. */
	if (!monitor->ops->control && status == 0)
		monitor->end = MONITOR_END_POWERED_OFF;
	process_destroy(monitor->process);
	monitor->process = NULL;
	if (monitor->device)
		process_kill(monitor->device, SIGTERM);
	uv_timer_start(&monitor->end_timer, on_end_time, END_MS, 0);
	end_check(monitor);
}

static void on_device_gone(void *data, int status)
{
	struct monitor *monitor = data;

	if (monitor->process) {
		end_note(monitor, "the vsock device", status, process_tail(monitor->device));
		process_kill(monitor->process, SIGKILL);
	}
	process_destroy(monitor->device);
	monitor->device = NULL;
	end_check(monitor);
}

static void on_control_end(void *data, const char *text)
{
	struct monitor *monitor = data;

	control_drop(monitor);
	if (text) {
		/* A monitor that breaks the rules may be the guest's. */
		if (!monitor->first_end.text[0])
			error_set(&monitor->first_end, 0,
				"%s was killed: on its control connection %s", monitor->ops->name,
				text);
		monitor->end = MONITOR_END_UNKNOWN;
		monitor_kill(monitor);
	}
	end_check(monitor);
}

static void on_console_end(void *data)
{
	struct monitor *monitor = data;

	console_drop(monitor);
	end_check(monitor);
}

/* ---- events ---- */

static void on_control_event(void *data, enum monitor_event event)
{
	struct monitor *monitor = data;

	if (event == MONITOR_EVENT_SLOW)
		log_warning(monitor->name, "%s does not answer", monitor->ops->name);
	monitor->callbacks->on_event(monitor->data, event);
}

/* The first cause is the true one. */
static void on_control_shutdown(void *data, enum monitor_end end)
{
	struct monitor *monitor = data;

	if (monitor->end == MONITOR_END_UNKNOWN || monitor->end == MONITOR_END_KILLED)
		monitor->end = end;
	monitor->callbacks->on_event(monitor->data, MONITOR_EVENT_ENDING);
}

static void on_control_balloon(void *data, uint64_t guest_bytes)
{
	struct monitor *monitor = data;

	monitor->callbacks->on_balloon(monitor->data, guest_bytes);
}

static void on_console_bytes(void *data, const char *bytes, size_t length)
{
	struct monitor *monitor = data;

	monitor->callbacks->on_console(monitor->data, bytes, length);
}

static const struct monitor_control_callbacks control_callbacks = {
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

static int control_connect(struct monitor *monitor, const struct paths *paths, const char *vm)
{
	if (!monitor->ops->control)
		return 0;
	int fd = connect_to(paths, vm, "qmp.socket");
	return fd < 0 ? fd
		      : monitor->ops->control->create(
				monitor->loop, fd, &control_callbacks, monitor, &monitor->control);
}

static int console_connect(struct monitor *monitor, const struct paths *paths, const char *vm)
{
	if (!monitor->ops->has_console)
		return 0;
	int fd = connect_to(paths, vm, "console.socket");
	return fd < 0 ? fd
		      : console_create(monitor->loop, fd, monitor->name, &console_callbacks,
				monitor, &monitor->console);
}

/* ---- starting ---- */

static int device_start(struct monitor *monitor, const struct monitor_launch *launch,
	const char *program, struct error *error)
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
	code = process_start(
		monitor->loop, &options, on_device_gone, monitor, &monitor->device, error);
	return code < 0 ? error_prefix(error, "vm \"%s\" failed to start", vm->name) : 0;
}

#define FILES_MAX 4

/* What the monitor opens by itself. */
static size_t files_list(const struct monitor *monitor, const struct monitor_launch *launch,
	struct child_file files[FILES_MAX])
{
	size_t count = 0;

	if (launch->vhost_path[0])
		files[count++] = (struct child_file){launch->vhost_path, O_PATH};
	if (monitor->ops->without_image)
		return count;
	files[count++] = (struct child_file){launch->kernel, O_RDONLY};
	files[count++] = (struct child_file){launch->initrd, O_RDONLY};
	if (launch->kvm)
		files[count++] = (struct child_file){"/dev/kvm", O_RDWR};
	return count;
}

static int monitor_process_run(struct monitor *monitor, struct monitor_launch *launch,
	const int *fds, size_t count, struct error *error)
{
	struct child_file files[FILES_MAX];
	struct argv argv;

	argv_init(&argv);
	int code = monitor->ops->argv(launch, &argv, error);
	const struct child_options options = {.argv = (const char *const *)argv.items,
		.fds = fds,
		.fds_count = count,
		.identity = launch->monitor_identity,
		.capabilities = monitor->ops->keeps_capabilities ? CHILD_CAPABILITIES_ALL
								 : CHILD_CAPABILITIES_NONE,
		.files = files,
		.files_count = files_list(monitor, launch, files),
		.vm = launch->vm->name};
	if (code == 0)
		code = process_start(monitor->loop, &options, on_monitor_gone, monitor,
			&monitor->process, error);
	argv_finish(&argv);
	return code < 0 ? error_prefix(error, "vm \"%s\" failed to start", monitor->name) : 0;
}

/* Everything it listens on is bound here, and we connect before it runs. */
static int monitor_process_start(
	struct monitor *monitor, struct monitor_launch *launch, struct error *error)
{
	const struct monitor_ops *ops = monitor->ops;
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
		code = control_connect(monitor, launch->paths, name);
	if (code >= 0)
		code = console_connect(monitor, launch->paths, name);
	if (code < 0)
		return error_set(error, code, "vm \"%s\": cannot make the monitor's sockets: %s",
			name, uv_strerror(code));
	return monitor_process_run(monitor, launch, fds, count, error);
}

static void start_undo(struct monitor *monitor)
{
	if (monitor->process)
		process_kill(monitor->process, SIGKILL);
	if (monitor->device)
		process_kill(monitor->device, SIGKILL);
	monitor_destroy(monitor);
}

static void monitor_free(void *data)
{
	free(data);
}

static struct monitor *monitor_new(uv_loop_t *loop, const struct monitor_ops *ops, const char *name,
	const struct monitor_callbacks *callbacks, void *data)
{
	struct monitor *monitor = calloc(1, sizeof(*monitor));

	if (!monitor)
		return NULL;
	monitor->loop = loop;
	monitor->ops = ops;
	monitor->name = name;
	monitor->callbacks = callbacks;
	monitor->data = data;
	closer_init(&monitor->closer, monitor_free, monitor);
	uv_timer_init(loop, &monitor->end_timer);
	closer_add(&monitor->closer);
	monitor->end_timer.data = monitor;
	return monitor;
}

int monitor_start(uv_loop_t *loop, const struct monitor_ops *ops, struct monitor_launch *launch,
	const char *vsock_device_program, const struct monitor_callbacks *callbacks, void *data,
	struct monitor **ret, struct error *error)
{
	struct monitor *monitor = monitor_new(loop, ops, launch->vm->name, callbacks, data);
	int code = 0;

	if (!monitor)
		return error_set(error, UV_ENOMEM, "out of memory");
	if (ops->needs_vsock_device && launch->vsock.kind == ENDPOINT_UNIX) {
		vm_path(launch->paths, launch->vm->name, "vhost.socket", launch->vhost_path);
		code = device_start(monitor, launch, vsock_device_program, error);
	}
	if (code == 0)
		code = monitor_process_start(monitor, launch, error);
	if (code < 0) {
		start_undo(monitor);
		return code;
	}
	if (monitor->process)
		monitor->ids.monitor = process_id(monitor->process);
	if (monitor->device)
		monitor->ids.vsock_device = process_id(monitor->device);
	*ret = monitor;
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

int monitor_adopt(uv_loop_t *loop, const struct monitor_ops *ops, const struct vm_config *vm,
	const struct paths *paths, const struct monitor_ids *ids,
	const struct monitor_callbacks *callbacks, void *data, struct monitor **ret)
{
	struct monitor *monitor = monitor_new(loop, ops, vm->name, callbacks, data);

	if (!monitor)
		return UV_ENOMEM;
	monitor->ids = *ids;
	int code = process_adopt(loop, ids->monitor, on_monitor_gone, monitor, &monitor->process);
	if (code < 0) {
		monitor_destroy(monitor);
		device_end(loop, ids->vsock_device);
		return UV_ESRCH;
	}
	if (ids->vsock_device.pid)
		code = process_adopt(
			loop, ids->vsock_device, on_device_gone, monitor, &monitor->device);
	if (code == 0)
		code = control_connect(monitor, paths, vm->name);
	if (code == 0)
		code = console_connect(monitor, paths, vm->name);
	if (code < 0) {
		start_undo(monitor);
		return UV_ESRCH;
	}
	*ret = monitor;
	return 0;
}

struct monitor_ids monitor_ids(const struct monitor *monitor)
{
	return monitor->ids;
}

int monitor_power_button(struct monitor *monitor)
{
	if (!monitor->control)
		return UV_ENOTCONN;
	return monitor->ops->control->power_button(monitor->control);
}

int monitor_balloon(struct monitor *monitor, uint64_t guest_bytes)
{
	if (!monitor->ops->control || !monitor->ops->control->balloon)
		return UV_ENOTSUP;
	return monitor->control ? monitor->ops->control->balloon(monitor->control, guest_bytes)
				: UV_ENOTCONN;
}

void monitor_console_send(struct monitor *monitor, const char *bytes, size_t length)
{
	if (monitor->console)
		console_send(monitor->console, bytes, length);
}

bool monitor_lives(const struct monitor *monitor)
{
	return monitor->process && process_lives(monitor->process) &&
	       (!monitor->ids.vsock_device.pid ||
		       (monitor->device && process_lives(monitor->device)));
}

void monitor_kill(struct monitor *monitor)
{
	if (monitor->process)
		process_kill(monitor->process, SIGKILL);
	if (monitor->device)
		process_kill(monitor->device, SIGKILL);
}

void monitor_destroy(struct monitor *monitor)
{
	if (monitor->process)
		process_destroy(monitor->process);
	if (monitor->device)
		process_destroy(monitor->device);
	control_drop(monitor);
	console_drop(monitor);
	closer_close(&monitor->closer, (uv_handle_t *)&monitor->end_timer);
	closer_finish(&monitor->closer);
}
