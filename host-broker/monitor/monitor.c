#include "host-broker/monitor/monitor.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host-broker/monitor/console.h"
#include "host-broker/monitor/link.h"
#include "host-broker/system/runtime-dir.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/io/closer.h"
#include "proto/io/socket.h"

#define BACKLOG 8
#define END_MS 1500 /* for what is left once the monitor is gone; then it is ended by force */

struct monitor {
	uv_loop_t *loop;
	const struct monitor_ops *ops;
	const char *name; /* of the VM */
	uint64_t memory_bytes;
	const struct monitor_callbacks *callbacks;
	void *data;

	struct process *process;   /* NULL once it is gone; likewise below */
	struct link *control_link; /* to a socket that the monitor binds */
	struct link *console_link;
	void *control;
	struct console *console;
	struct process_id id;

	enum monitor_end end;   /* as the monitor said, or as its status tells */
	struct error first_end; /* of whichever went first */
	char last_words[PROCESS_TAIL_SIZE + 1];
	uv_timer_t end_timer;
	struct closer closer;
};

/* ---- the end ---- */

/* All three must be over, so that nothing that was said is lost. */
static void end_check(struct monitor *monitor)
{
	if (monitor->process || monitor->control || monitor->console)
		return;
	uv_timer_stop(&monitor->end_timer);
	const char *words = monitor_end_words(monitor->end);
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
		error_set(&monitor->first_end, 0, "%s ended", what);
	else if (WIFSIGNALED(status))
		error_set(&monitor->first_end, 0, "%s was killed by signal %d", what,
			WTERMSIG(status));
	else
		error_set(&monitor->first_end, 0, "%s exited with status %d", what,
			WEXITSTATUS(status));
	if (monitor->end == MONITOR_END_UNKNOWN)
		monitor->end = monitor_end_of_status(status);
	snprintf(monitor->last_words, sizeof(monitor->last_words), "%s", last_words);
}

static void links_drop(struct monitor *monitor)
{
	if (monitor->control_link)
		link_destroy(monitor->control_link);
	if (monitor->console_link)
		link_destroy(monitor->console_link);
	monitor->control_link = monitor->console_link = NULL;
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

/* Somebody else has the other end of control or console. */
static void on_end_time(uv_timer_t *timer)
{
	struct monitor *monitor = timer->data;

	control_drop(monitor);
	console_drop(monitor);
	end_check(monitor);
}

static void on_process_gone(void *data, int status)
{
	struct monitor *monitor = data;

	end_note(monitor, monitor->ops->name, status, process_tail(monitor->process));
	if (monitor->ops->end_of_exit && status >= 0 && WIFEXITED(status) &&
		monitor->end == MONITOR_END_UNKNOWN)
		monitor->end = monitor->ops->end_of_exit(WEXITSTATUS(status));
	process_destroy(monitor->process);
	monitor->process = NULL;
	links_drop(monitor);
	uv_timer_start(&monitor->end_timer, on_end_time, END_MS, 0);
	monitor->callbacks->on_gone(monitor->data);
	end_check(monitor);
}

/* A monitor that breaks the rules may be the guest's. */
static void broken_end(struct monitor *monitor, const char *text)
{
	if (!monitor->first_end.text[0])
		error_set(&monitor->first_end, 0, "%s was killed: on its control connection %s",
			monitor->ops->name, text);
	monitor->end = MONITOR_END_UNKNOWN;
	monitor_kill(monitor);
}

static void on_control_end(void *data, const char *text)
{
	struct monitor *monitor = data;

	control_drop(monitor);
	if (text)
		broken_end(monitor, text);
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

/* Both take fd. */
static int control_open(struct monitor *monitor, int fd)
{
	return monitor->ops->control->create(monitor->loop, fd, monitor->memory_bytes,
		&control_callbacks, monitor, &monitor->control);
}

static int console_open(struct monitor *monitor, int fd)
{
	return console_create(
		monitor->loop, fd, monitor->name, &console_callbacks, monitor, &monitor->console);
}

/* In a folder that is the monitor's own anybody who took it over may put whatever they like, such
 * as a way to another VM's socket: who listens there must be the monitor. */
static int peer_check(const struct monitor *monitor, int fd)
{
	struct socket_peer peer;
	int code = socket_peer(fd, &peer);

	if (code < 0)
		return code;
	return peer.pid == process_id(monitor->process).pid ? 0 : UV_EPERM;
}

static int linked_open(
	struct monitor *monitor, int fd, int (*open_it)(struct monitor *monitor, int fd))
{
	int code = fd < 0 ? fd : peer_check(monitor, fd);

	if (code < 0 && fd >= 0)
		close(fd);
	return code < 0 ? code : open_it(monitor, fd);
}

static void on_control_linked(void *data, int fd)
{
	struct monitor *monitor = data;
	char text[96];

	link_destroy(monitor->control_link);
	monitor->control_link = NULL;
	int code = linked_open(monitor, fd, control_open);
	if (code == 0)
		return;
	snprintf(text, sizeof(text), "unexpected answer: %s", uv_strerror(code));
	broken_end(monitor, text);
}

static void on_console_linked(void *data, int fd)
{
	struct monitor *monitor = data;

	link_destroy(monitor->console_link);
	monitor->console_link = NULL;
	int code = linked_open(monitor, fd, console_open);
	if (code < 0)
		log_warning(monitor->name, "cannot connect to its console: %s", uv_strerror(code));
}

static int place_path(const struct paths *paths, const char *vm,
	const struct monitor_socket *socket, char out[PATH_SIZE])
{
	char file[64];

	snprintf(file, sizeof(file), "%s%s",
		socket->binder == MONITOR_BINDS_MONITOR ? RUNTIME_DIR_MONITOR "/" : "",
		socket->file);
	return paths_runtime(paths, vm, file, out) ? 0 : UV_ENAMETOOLONG;
}

/* Connects to what listens already, or begins to wait for it. */
static int reach(struct monitor *monitor, const struct paths *paths,
	const struct monitor_socket *socket, int (*open_it)(struct monitor *monitor, int fd),
	link_cb on_linked, struct link **link)
{
	char path[PATH_SIZE];

	if (socket->binder == MONITOR_BINDS_NOBODY)
		return 0;
	int code = place_path(paths, monitor->name, socket, path);
	if (code < 0)
		return code;
	if (socket->binder == MONITOR_BINDS_MONITOR)
		return link_create(monitor->loop, path, socket->type, on_linked, monitor, link);
	int fd = socket_connect_as(path, socket->type);
	return fd < 0 ? fd : open_it(monitor, fd);
}

static int sockets_reach(
	struct monitor *monitor, const struct paths *paths, enum monitor_binder binder)
{
	const struct monitor_ops *ops = monitor->ops;
	int code = 0;

	if (ops->control_socket.binder == binder)
		code = reach(monitor, paths, &ops->control_socket, control_open, on_control_linked,
			&monitor->control_link);
	if (code == 0 && ops->console_socket.binder == binder)
		code = reach(monitor, paths, &ops->console_socket, console_open, on_console_linked,
			&monitor->console_link);
	return code;
}

/* ---- starting ---- */

/* Where the socket will be; one of ours is bound now, before the monitor runs. A file that an
 * earlier run left where the monitor binds would be in its way. */
static int place_make(const struct monitor_launch *launch, const struct monitor_socket *socket,
	struct monitor_place *ret)
{
	ret->fd = -1;
	ret->path[0] = '\0';
	if (socket->binder == MONITOR_BINDS_NOBODY)
		return 0;
	int code = place_path(launch->paths, launch->vm->name, socket, ret->path);
	if (code == 0 && socket->binder == MONITOR_BINDS_MONITOR)
		unlink(ret->path);
	if (code < 0 || socket->binder == MONITOR_BINDS_MONITOR)
		return code;
	ret->fd = socket_listen_as(ret->path, socket->type, BACKLOG);
	return ret->fd < 0 ? ret->fd : 0;
}

static int places_make(struct monitor *monitor, struct monitor_launch *launch, struct error *error)
{
	int code = place_make(launch, &monitor->ops->control_socket, &launch->control);

	if (code == 0)
		code = place_make(launch, &monitor->ops->console_socket, &launch->console);
	if (code == 0)
		code = sockets_reach(monitor, launch->paths, MONITOR_BINDS_BROKER);
	return code < 0 ? error_set(error, code, "cannot create its sockets: %s", uv_strerror(code))
			: 0;
}

static void places_close(struct monitor_launch *launch)
{
	if (launch->control.fd >= 0)
		close(launch->control.fd);
	if (launch->console.fd >= 0)
		close(launch->console.fd);
	launch->control.fd = launch->console.fd = -1;
}

static int command_make(struct monitor *monitor, const struct monitor_launch *launch,
	struct command *command, struct error *error)
{
	int code = monitor_launch_check(
		launch, monitor->ops->capabilities(launch->vm->machine), error);

	if (code == 0)
		code = monitor->ops->command(launch, command, error);
	if (code < 0)
		return code;
	for (size_t i = 0; i < launch->held_count; i++)
		command_fd(command, launch->held[i]);
	code = command_error(command);
	return code < 0 ? error_set(error, code, "cannot build its command line: %s",
				  uv_strerror(code))
			: 0;
}

static int on_born(void *data, struct process_id id, struct error *error)
{
	struct monitor *monitor = data;

	monitor->id = id;
	return monitor->callbacks->on_born(monitor->data, id, error);
}

static int process_run(
	struct monitor *monitor, const struct monitor_launch *launch, struct error *error)
{
	struct child_options options = {.identity = launch->identity,
		.capabilities = monitor->ops->keeps_rights ? CHILD_CAPABILITIES_ALL
							   : CHILD_CAPABILITIES_NONE,
		.vm = monitor->name,
		.on_born = on_born,
		.born_data = monitor};
	struct command command;

	command_init(&command);
	int code = command_make(monitor, launch, &command, error);
	command_options(&command, &options);
	if (code == 0)
		code = process_start(monitor->loop, &options, on_process_gone, monitor,
			&monitor->process, error);
	command_finish(&command);
	return code;
}

static void start_undo(struct monitor *monitor)
{
	monitor_kill(monitor);
	monitor_destroy(monitor);
}

static void monitor_free(void *data)
{
	free(data);
}

static struct monitor *monitor_new(uv_loop_t *loop, const struct monitor_ops *ops,
	const struct vm_config *vm, const struct monitor_callbacks *callbacks, void *data)
{
	struct monitor *monitor = calloc(1, sizeof(*monitor));

	if (!monitor)
		return NULL;
	monitor->loop = loop;
	monitor->ops = ops;
	monitor->name = vm->name;
	monitor->memory_bytes = vm->memory_bytes;
	monitor->callbacks = callbacks;
	monitor->data = data;
	closer_init(&monitor->closer, monitor_free, monitor);
	uv_timer_init(loop, &monitor->end_timer);
	closer_add(&monitor->closer);
	monitor->end_timer.data = monitor;
	return monitor;
}

int monitor_start(uv_loop_t *loop, const struct monitor_ops *ops, struct monitor_launch *launch,
	const struct monitor_callbacks *callbacks, void *data, struct monitor **ret,
	struct error *error)
{
	struct monitor *monitor = monitor_new(loop, ops, launch->vm, callbacks, data);

	if (!monitor)
		return error_set(error, UV_ENOMEM, "out of memory");
	launch->control.fd = launch->console.fd = -1;
	int code = places_make(monitor, launch, error);
	if (code == 0)
		code = process_run(monitor, launch, error);
	places_close(launch);
	if (code == 0) {
		code = sockets_reach(monitor, launch->paths, MONITOR_BINDS_MONITOR);
		if (code < 0)
			error_set(error, code, "out of memory");
	}
	if (code < 0) {
		start_undo(monitor);
		return code;
	}
	*ret = monitor;
	return 0;
}

int monitor_adopt(uv_loop_t *loop, const struct monitor_ops *ops, const struct vm_config *vm,
	const struct paths *paths, struct process_id id, const struct monitor_callbacks *callbacks,
	void *data, struct monitor **ret)
{
	struct monitor *monitor = monitor_new(loop, ops, vm, callbacks, data);

	if (!monitor)
		return UV_ENOMEM;
	monitor->id = id;
	int code = process_adopt(loop, id, on_process_gone, monitor, &monitor->process);
	if (code == 0)
		code = sockets_reach(monitor, paths, MONITOR_BINDS_BROKER);
	if (code == 0)
		code = sockets_reach(monitor, paths, MONITOR_BINDS_MONITOR);
	if (code < 0) {
		start_undo(monitor);
		return UV_ESRCH;
	}
	*ret = monitor;
	return 0;
}

struct process_id monitor_id(const struct monitor *monitor)
{
	return monitor->id;
}

int monitor_power_button(struct monitor *monitor)
{
	if (!monitor->control)
		return UV_ENOTCONN;
	return monitor->ops->control->power_button(monitor->control);
}

int monitor_balloon(struct monitor *monitor, uint64_t guest_bytes)
{
	const struct monitor_control_ops *control = monitor->ops->control;

	if (!control || !control->balloon)
		return UV_ENOTSUP;
	return monitor->control ? control->balloon(monitor->control, guest_bytes) : UV_ENOTCONN;
}

static int pause_set(struct monitor *monitor, bool paused)
{
	const struct monitor_control_ops *control = monitor->ops->control;

	if (!control || !control->pause)
		return UV_ENOTSUP;
	return monitor->control ? control->pause(monitor->control, paused) : UV_ENOTCONN;
}

int monitor_pause(struct monitor *monitor)
{
	return pause_set(monitor, true);
}

int monitor_resume(struct monitor *monitor)
{
	return pause_set(monitor, false);
}

int monitor_resize_disk(struct monitor *monitor, const char *disk, uint64_t bytes)
{
	const struct monitor_control_ops *control = monitor->ops->control;

	if (!control || !control->resize_disk)
		return UV_ENOTSUP;
	return monitor->control ? control->resize_disk(monitor->control, disk, bytes) : UV_ENOTCONN;
}

void monitor_console_send(struct monitor *monitor, const char *bytes, size_t length)
{
	if (monitor->console)
		console_send(monitor->console, bytes, length);
}

bool monitor_lives(const struct monitor *monitor)
{
	return monitor->process && process_lives(monitor->process);
}

void monitor_kill(struct monitor *monitor)
{
	if (monitor->process)
		process_kill(monitor->process, SIGKILL);
}

void monitor_destroy(struct monitor *monitor)
{
	if (monitor->process)
		process_destroy(monitor->process);
	links_drop(monitor);
	control_drop(monitor);
	console_drop(monitor);
	closer_close(&monitor->closer, (uv_handle_t *)&monitor->end_timer);
	closer_finish(&monitor->closer);
}
