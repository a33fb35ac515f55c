#include "host-broker/vm/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host-broker/config/print.h"
#include "host-broker/monitor/end.h"
#include "host-broker/monitor/table.h"
#include "host-broker/parts/record.h"
#include "host-broker/system/now.h"
#include "host-broker/system/runtime-dir.h"
#include "host-broker/users/vm-uids.h"
#include "host-broker/vm/part-monitor.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"

/* ---- the channel of its agent ---- */

/* The guest's streams come from the monitor, or from the vsock device. */
static int control_give(const struct run *run, struct error *error)
{
	if (!run->drops)
		return 0;
	int code = runtime_dir_give(
		run->environment->paths, run->config->name, "vsock/s_4999", &run->identity);
	return code < 0 ? error_set(error, code,
				  "vm \"%s\": cannot hand a socket to its processes: %s",
				  run->config->name, uv_strerror(code))
			: 0;
}

int run_listen(struct run *run, struct error *error)
{
	const char *name = run->config->name;
	char at[ENDPOINT_TEXT_SIZE];
	int code = control_create(run->environment->loop, name, &run->vsock,
		run->environment->vsock_gate, run->callbacks->control, run->data, &run->control);

	endpoint_format(&run->vsock, at, sizeof(at));
	if (code == UV_EADDRINUSE && run->vsock.kind == ENDPOINT_VSOCK)
		return error_set(error, code,
			"vm \"%s\": another broker on this machine uses the kernel's vsock port "
			"%d; set 'vsock: device'",
			name, PORT_CONTROL);
	if (code < 0)
		error_set(error, code, "vm \"%s\": cannot listen for its agent on %s, port %d: %s",
			name, at, PORT_CONTROL, uv_strerror(code));
	if (code == 0 && run->vsock.kind == ENDPOINT_UNIX)
		code = control_give(run, error);
	return code;
}

/* ---- what its parts tell ---- */

static const struct helper *helper_of(const struct part *part)
{
	return part && part->kind->release == helper_release ? part->data : NULL;
}

/* The first that ended tells how and why; for the monitor, what it said of it as well. */
static void on_parts_over(void *data, const struct parts_cause *cause)
{
	struct run *run = data;
	const struct part *first = cause->part ? cause->part : run->monitor_part;
	const struct helper *helper = helper_of(first);
	struct run_over over = {.end = MONITOR_END_UNKNOWN, .text = cause->text, .last_words = ""};

	if (helper) {
		over.end = monitor_end_of_status(helper->status);
		over.last_words = helper->last_words;
	} else if (first == run->monitor_part && run->drained) {
		over.end = run->end;
		over.text = run->end_text;
		over.last_words = run->last_words;
		over.by_monitor = true;
	}
	run->callbacks->on_over(run->data, &over);
}

/* The kernel's vsock device is the monitor's alone by now. */
static void launch_drop(struct run *run)
{
	if (run->launch)
		launch_destroy(run->launch);
	run->launch = NULL;
}

static void on_parts_up(void *data)
{
	struct run *run = data;

	launch_drop(run);
	if (run->callbacks->on_up)
		run->callbacks->on_up(run->data);
}

static void on_part_note(void *data, const char *text)
{
	struct run *run = data;

	if (run->callbacks->on_note)
		run->callbacks->on_note(run->data, text);
}

/* What a later broker needs to find it again. */
static int on_part_record(void *data, struct error *error)
{
	const struct run *run = data;
	struct record record = {.kvm = run->kvm,
		.generation = run->generation,
		.started_ms = run->started_ms,
		.started_boot_ms = run->started_boot_ms,
		.cid = run->vsock.kind == ENDPOINT_VSOCK ? run->vsock.cid : 0,
		.parts_count = parts_record(run->parts, record.parts),
		.config = vm_config_print(run->goes_by)};
	char path[PATH_SIZE];

	snprintf(record.monitor, sizeof(record.monitor), "%s", run->config->monitor);
	int code = paths_runtime(run->environment->paths, run->config->name, "state", path)
			   ? record_write(path, &record)
			   : UV_ENAMETOOLONG;
	record_finish(&record);
	return code < 0 ? error_set(error, code, "cannot write %s: %s", path, uv_strerror(code))
			: 0;
}

static const struct parts_callbacks parts_callbacks = {.on_up = on_parts_up,
	.on_over = on_parts_over,
	.on_note = on_part_note,
	.on_record = on_part_record};

/* ---- the list of its parts ---- */

static int device_add(struct run *run)
{
	const struct vsock_device_options options = {.loop = run->environment->loop,
		.paths = run->environment->paths,
		.vm = run->config,
		.identity = run->drops ? &run->identity : NULL,
		.program = run->environment->vsock_device};

	if (!run->has_vsock_device)
		return 0;
	vsock_device_init(&run->vsock_device, &options);
	return parts_add(run->parts, &vsock_device_kind, VSOCK_DEVICE_KEY, VSOCK_DEVICE_NAME,
		       &run->vsock_device.helper)
		       ? 0
		       : UV_ENOMEM;
}

static int sources_add(struct run *run, struct error *error)
{
	const struct part_source *source = run->environment->sources;
	const struct launch *launch = run->launch;
	int code = 0;

	run->context = (struct run_context){.vm = run->config,
		.identity = run->drops ? &run->identity : NULL,
		.image = launch && !run->ops->without_image ? &launch->image : NULL,
		.adopted = run->adopted,
		.parts = run->parts,
		.devices = &run->devices};
	for (; code == 0 && source && source->add; source++)
		code = source->add(source->data, &run->context, error);
	return code;
}

static int parts_list(struct run *run, struct error *error)
{
	int code = parts_create(run->environment->loop, &parts_callbacks, run, &run->parts);

	if (code == 0)
		code = device_add(run);
	if (code == 0) {
		run->monitor_part = parts_add(
			run->parts, &part_monitor_kind, PART_MONITOR_KEY, run->ops->name, run);
		code = run->monitor_part ? 0 : UV_ENOMEM;
	}
	return code < 0 ? error_set(error, code, "out of memory") : sources_add(run, error);
}

static bool vsock_device_is_wanted(const struct run *run)
{
	return launch_speaks_vhost_user(run->ops, run->config) && run->vsock.kind == ENDPOINT_UNIX;
}

/* ---- the start ---- */

static void launch_take(struct run *run)
{
	const struct launch *launch = run->launch;

	run->ops = launch->ops;
	run->vsock = launch->vsock;
	run->drops = launch->drops;
	run->identity = launch->identity;
	run->generation = launch->image.generation;
	run->kvm = launch->kvm;
	run->emulated = launch_emulates(run->environment, run->config, run->kvm);
	run->has_vsock_device = vsock_device_is_wanted(run);
}

static void run_begin(struct run *run, const struct vm_environment *environment,
	const struct vm_config *config, const struct run_callbacks *callbacks, void *data)
{
	*run = (struct run){.environment = environment,
		.config = config,
		.goes_by = config,
		.callbacks = callbacks,
		.data = data,
		.started_ms = unix_now_ms(),
		.started_boot_ms = boot_now_ms()};
	vm_devices_init(&run->devices);
}

int run_start(struct run *run, const struct vm_environment *environment,
	const struct vm_config *config, const struct run_callbacks *callbacks, void *data,
	struct error *error)
{
	run_begin(run, environment, config, callbacks, data);
	int code = launch_create(environment, config, &run->launch, error);

	if (code == 0) {
		launch_take(run);
		code = run_listen(run, error);
	}
	if (code == 0)
		code = parts_list(run, error);
	if (code == 0)
		parts_start(run->parts);
	return code;
}

/* ---- adoption ---- */

/* What it was started as, whatever is configured now, and whoever started it. */
static void identity_adopt(struct run *run, pid_t monitor_pid)
{
	if (run->environment->uids && identity_of_process(monitor_pid, &run->identity) == 0 &&
		run->identity.uid != geteuid()) {
		run->drops = true;
		vm_uids_note(run->environment->uids, run->config->name, run->identity.uid);
	}
}

static int record_take(struct run *run, const struct record *record)
{
	run->ops = monitor_find(run->environment->monitors, record->monitor);
	if (!run->ops)
		return UV_ENOTSUP;
	if (record->cid)
		run->vsock = (struct endpoint){.kind = ENDPOINT_VSOCK, .cid = record->cid};
	else if (launch_vsock_path(run->environment, run->config, &run->vsock) < 0)
		return UV_ENOTSUP;
	identity_adopt(run, record_process(record, PART_MONITOR_KEY).pid);
	run->adopted = true;
	vm_devices_handed(&run->devices);
	run->generation = record->generation;
	run->kvm = record->kvm;
	run->emulated = launch_emulates(run->environment, run->config, run->kvm);
	run->started_ms = record->started_ms;
	run->started_boot_ms = record->started_boot_ms;
	run->has_vsock_device = vsock_device_is_wanted(run);
	return 0;
}

/* Of a run that this broker cannot take over: its processes are nobody's, and end. */
static void strays_end(struct run *run, const struct record *record)
{
	if (run->parts)
		parts_destroy(run->parts);
	run->parts = NULL;
	run->monitor_part = NULL;
	if (parts_create(run->environment->loop, &parts_callbacks, run, &run->parts) < 0)
		return;
	parts_adopt(run->parts, record->parts, record->parts_count, &helper_stray);
	parts_end(run->parts);
}

static void record_adopt(struct run *run, const struct record *record)
{
	struct error error = {0};

	int code = record_take(run, record);
	if (code == 0 && (code = parts_list(run, &error)) < 0)
		log_error(run->config->name, "cannot be adopted: %s", error.text);
	if (code == 0)
		parts_adopt(run->parts, record->parts, record->parts_count, &helper_stray);
	else
		strays_end(run, record);
}

int run_adopt(struct run *run, const struct vm_environment *environment,
	const struct vm_config *config, const struct run_callbacks *callbacks, void *data)
{
	struct record record = {0};
	char path[PATH_SIZE];

	run_begin(run, environment, config, callbacks, data);
	int code = paths_runtime(environment->paths, config->name, "state", path)
			   ? record_read(path, &record)
			   : UV_ENOENT;
	if (code == UV_ENOTSUP)
		strays_end(run, &record);
	else if (code == 0)
		record_adopt(run, &record);
	record_finish(&record);
	if (!run->parts || parts_state(run->parts) == PARTS_OVER)
		return UV_ENOENT;
	return parts_state(run->parts) == PARTS_ENDING ? UV_ESRCH : 0;
}

/* ---- the end ---- */

void run_kill(struct run *run)
{
	if (run->parts)
		parts_end(run->parts);
}

static void control_end(struct run *run)
{
	if (run->control)
		control_destroy(run->control);
	run->control = NULL;
}

void run_abandon(struct run *run, const struct run_callbacks *callbacks)
{
	control_end(run);
	run->callbacks = callbacks;
	run_kill(run);
}

void run_leave(struct run *run)
{
	control_end(run);
	if (run->parts)
		parts_destroy(run->parts);
	launch_drop(run);
	vm_devices_finish(&run->devices);
	*run = (struct run){0};
}

void run_end(struct run *run, const struct vm_environment *environment, const char *name)
{
	run_leave(run);
	if (!environment->folder_lost)
		runtime_dir_clean(environment->paths, name);
}

/* ---- looking ---- */

bool run_is_up(const struct run *run)
{
	return run->parts && parts_state(run->parts) == PARTS_UP;
}

bool run_lives(const struct run *run)
{
	return run->parts && parts_live(run->parts);
}

bool run_is_halfway(const struct run *run)
{
	return run->parts && !run_is_up(run);
}

bool run_part_lost(const struct run *run, const char *key)
{
	return run->parts && parts_lost(run->parts, key);
}

bool run_waits_abroad(const struct run *run)
{
	return run->parts && run->control && control_connected(run->control) &&
	       parts_wait_abroad(run->parts);
}

const char *run_waits_for(const struct run *run)
{
	return run->parts ? parts_waits_for(run->parts) : NULL;
}

pid_t run_monitor_pid(const struct run *run)
{
	return run->monitor ? monitor_id(run->monitor).pid : 0;
}
