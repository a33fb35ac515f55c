#include "host-broker/vm/part-monitor.h"

#include <stdio.h>
#include <string.h>

#include "host-broker/monitor/table.h"
#include "host-broker/monitor/tsc.h"
#include "host-broker/system/runtime-dir.h"
#include "host-broker/vm/run.h"

#define RELEASE_MS 10000 /* a guest's memory is given back page by page */

/* ---- what it tells ---- */

static void on_event(void *data, enum monitor_event event)
{
	struct run *run = data;

	if (run->callbacks->on_event)
		run->callbacks->on_event(run->data, event);
}

static void on_balloon(void *data, uint64_t guest_bytes)
{
	struct run *run = data;

	if (run->callbacks->on_balloon)
		run->callbacks->on_balloon(run->data, guest_bytes);
}

static void on_console(void *data, const char *bytes, size_t length)
{
	struct run *run = data;

	if (run->callbacks->on_console)
		run->callbacks->on_console(run->data, bytes, length);
}

static int on_born(void *data, struct process_id id, struct error *error)
{
	struct run *run = data;

	run->monitor_id = id;
	if (run->callbacks->on_born)
		run->callbacks->on_born(run->data);
	return part_record(run->monitor_part, error);
}

/* From now on the others are on their way out; it is released when all that it said was read. */
static void on_gone(void *data)
{
	struct run *run = data;

	if (run->monitor_part->state == PART_READY)
		part_ended(run->monitor_part, "is gone");
}

static void on_exit_told(void *data, enum monitor_end end, const char *text, const char *last_words)
{
	struct run *run = data;

	run->end = end;
	run->drained = true;
	snprintf(run->end_text, sizeof(run->end_text), "%s", text);
	snprintf(run->last_words, sizeof(run->last_words), "%s", last_words);
	part_released(run->monitor_part);
}

static const struct monitor_callbacks monitor_callbacks = {
	.on_event = on_event,
	.on_balloon = on_balloon,
	.on_console = on_console,
	.on_born = on_born,
	.on_gone = on_gone,
	.on_exit = on_exit_told,
};

/* ---- the part ---- */

/* What it makes itself is in folders that are its own. */
static int folders_give(const struct run *run, struct error *error)
{
	const struct paths *paths = run->environment->paths;
	const struct launch *launch = run->launch;
	const char *vm = run->config->name;
	int code = 0;

	if (monitor_binds(run->ops))
		code = runtime_dir_make_monitor(paths, vm, error);
	if (code < 0 || !launch->drops)
		return code;
	if (monitor_binds(run->ops))
		code = runtime_dir_give(paths, vm, RUNTIME_DIR_MONITOR, &launch->identity);
	if (code == 0 && !launch_speaks_vhost_user(run->ops, run->config))
		code = runtime_dir_give(paths, vm, "vsock", &launch->identity);
	return code < 0 ? error_set(error, code, "cannot create a folder for it: %s",
				  uv_strerror(code))
			: 0;
}

/* The image's and the configuration's, and what the other parts say to the guest. */
static int cmdline_make(const struct run *run, char out[IMAGE_CMDLINE_MAX], struct error *error)
{
	int length = snprintf(
		out, IMAGE_CMDLINE_MAX, "%s%s", run->launch->image.cmdline, run->devices.words);

	return length < IMAGE_CMDLINE_MAX
		       ? 0
		       : error_set(error, UV_E2BIG,
				 "the kernel command line is longer than %d bytes",
				 IMAGE_CMDLINE_MAX - 1);
}

static int monitor_launch(struct run *run, struct error *error)
{
	const struct launch *launch = run->launch;
	const struct vm_environment *environment = run->environment;
	char vsock_socket[PATH_SIZE], cmdline[IMAGE_CMDLINE_MAX];
	struct monitor_launch monitor_launch = {
		.identity = launch->drops ? &launch->monitor : NULL,
		.vm = run->config,
		.broker = environment->broker,
		.paths = environment->paths,
		.kernel = launch->image.kernel,
		.initrd = launch->image.initrd,
		.cmdline = cmdline,
		.kvm = launch->kvm,
		.tsc_khz = launch->kvm ? 0 : tsc_khz(),
		.vsock = launch->vsock,
		.vhost_vsock_fd = launch->vhost,
		.region = {.fd = -1},
	};

	if (run->has_vsock_device && paths_runtime(environment->paths, run->config->name,
					     VSOCK_DEVICE_SOCKET, vsock_socket))
		monitor_launch.vsock_socket = vsock_socket;
	int code = cmdline_make(run, cmdline, error);
	if (code < 0)
		return code;
	vm_devices_hand(&run->devices, &monitor_launch);
	code = monitor_start(environment->loop, launch->ops, &monitor_launch, &monitor_callbacks,
		run, &run->monitor, error);
	vm_devices_handed(&run->devices);
	return code;
}

static int part_prepare(struct part *part, struct error *error)
{
	struct run *run = part->data;
	int code = folders_give(run, error);

	return code < 0 ? code : monitor_launch(run, error);
}

static int part_release(struct part *part)
{
	struct run *run = part->data;

	if (!run->monitor || run->drained)
		return 0;
	monitor_kill(run->monitor);
	return PART_WAITS;
}

static void part_forget(struct part *part)
{
	struct run *run = part->data;

	if (run->monitor)
		monitor_destroy(run->monitor);
	run->monitor = NULL;
}

static struct process_id part_id(const struct part *part)
{
	return ((const struct run *)part->data)->monitor_id;
}

static int part_adopt(struct part *part, const struct part_record *record, struct error *error)
{
	struct run *run = part->data;

	run->monitor_id = record->process;
	int code = monitor_adopt(run->environment->loop, run->ops, run->config,
		run->environment->paths, record->process, &monitor_callbacks, run, &run->monitor);
	return code < 0 ? error_set(error, code, "it is no longer running") : 0;
}

static bool part_lives(const struct part *part)
{
	const struct run *run = part->data;

	return run->monitor && monitor_lives(run->monitor);
}

static const char *const needs[] = {PART_NEEDS_ALL, NULL};

const struct part_kind part_monitor_kind = {
	.name = "monitor",
	.needs = needs,
	.death = PART_DEATH_STOPS,
	.release_ms = RELEASE_MS,
	.prepare = part_prepare,
	.release = part_release,
	.forget = part_forget,
	.record = part_id,
	.adopt = part_adopt,
	.lives = part_lives,
};
