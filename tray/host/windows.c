#include "tray/host/windows.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/base/text.h"
#include "proto/host/own-programs.h"
#include "proto/host/paths.h"
#include "proto/limits.h"

#define PROGRAM "vmsilo-windows"

struct host_window {
	TAILQ_ENTRY(host_window) link;
	struct host_windows *windows; /* NULL: left to itself */
	char vm[VM_NAME_MAX + 1];
	uv_process_t process;
};

static void on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void window_close(struct host_window *window)
{
	TAILQ_REMOVE(&window->windows->list, window, link);
	window->windows = NULL;
	uv_close((uv_handle_t *)&window->process, on_closed);
}

static void on_exit_status(uv_process_t *process, int64_t status, int signal)
{
	struct host_window *window = process->data;

	if (status != 0 || signal != 0)
		log_info(window->vm, PROGRAM " has ended");
	window_close(window);
}

static bool is_started(const struct host_windows *windows, const char *vm)
{
	const struct host_window *window;

	TAILQ_FOREACH (window, &windows->list, link)
		if (strcmp(window->vm, vm) == 0)
			return true;
	return false;
}

static bool is_machine(const char *broker)
{
	struct paths paths;
	char path[PATH_SIZE];

	paths_of_system(&paths);
	return paths_runtime(&paths, NULL, "broker.socket", path) && strcmp(path, broker) == 0;
}

static int process_start(struct host_windows *windows, struct host_window *window)
{
	char program[4096 + 32];
	uv_stdio_container_t stdio[3] = {
		{.flags = UV_IGNORE}, {.flags = UV_IGNORE}, {.flags = UV_INHERIT_FD, .data.fd = 2}};
	char *machine[] = {PROGRAM, "--system", window->vm, NULL};
	char *own[] = {PROGRAM, "--broker", (char *)windows->broker, window->vm, NULL};

	own_program_find(PROGRAM, NULL, program, sizeof(program));
	const uv_process_options_t options = {.file = program,
		.args = is_machine(windows->broker) ? machine : own,
		.flags = UV_PROCESS_DETACHED,
		.stdio = stdio,
		.stdio_count = 3,
		.exit_cb = on_exit_status};
	return uv_spawn(windows->loop, &window->process, &options);
}

static void window_start(struct host_windows *windows, const char *vm)
{
	struct host_window *window = calloc(1, sizeof(*window));

	if (!window)
		return;
	snprintf(window->vm, sizeof(window->vm), "%s", vm);
	window->windows = windows;
	TAILQ_INSERT_TAIL(&windows->list, window, link);
	int code = process_start(windows, window);
	window->process.data = window;
	if (code == 0)
		return;
	log_warning(vm, "cannot run " PROGRAM ": %s", uv_strerror(code));
	window_close(window);
}

static bool is_wanted(const Vmsilo__Broker__Vm *vm)
{
	return vm->state == VMSILO__BROKER__VM_STATE__VM_RUNNING && vm->windows &&
	       vm->windows->shown && vm->windows->available && !vm->windows->taken &&
	       text_is_vm_name(vm->name);
}

void host_windows_see(struct host_windows *windows, const Vmsilo__Broker__VmList *list)
{
	const char *display = getenv("WAYLAND_DISPLAY");

	for (size_t i = 0; display && display[0] && i < list->n_vms; i++)
		if (is_wanted(list->vms[i]) && !is_started(windows, list->vms[i]->name))
			window_start(windows, list->vms[i]->name);
}

void host_windows_init(struct host_windows *windows, uv_loop_t *loop, const char *broker)
{
	*windows = (struct host_windows){.loop = loop, .broker = broker};
	TAILQ_INIT(&windows->list);
}

void host_windows_finish(struct host_windows *windows)
{
	while (!TAILQ_EMPTY(&windows->list))
		window_close(TAILQ_FIRST(&windows->list));
}
