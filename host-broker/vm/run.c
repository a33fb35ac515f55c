#include "host-broker/vm/run.h"

#include <unistd.h>

#include "host-broker/config/print.h"
#include "host-broker/monitor/table.h"
#include "host-broker/system/now.h"
#include "host-broker/system/runtime-dir.h"
#include "host-broker/users/vm-uids.h"
#include "host-broker/vm/record.h"
#include "proto/base/cleanup.h"

/* The guest's streams come from the monitor, or from the vsock device. */
static int control_give(const struct run *run, const struct vm_environment *environment,
	const struct vm_config *config, struct error *error)
{
	if (!run->drops)
		return 0;
	int code =
		runtime_dir_give(environment->paths, config->name, "vsock/s_4999", &run->identity);
	return code < 0 ? error_set(error, code,
				  "vm \"%s\": cannot hand a socket to its processes: %s",
				  config->name, uv_strerror(code))
			: 0;
}

int run_listen(struct run *run, const struct vm_environment *environment,
	const struct vm_config *config, const struct run_callbacks *callbacks, struct error *error)
{
	char at[ENDPOINT_TEXT_SIZE];
	int code = control_create(environment->loop, config->name, &run->vsock,
		environment->vsock_gate, callbacks->control, callbacks->data, &run->control);

	endpoint_format(&run->vsock, at, sizeof(at));
	if (code == UV_EADDRINUSE && run->vsock.kind == ENDPOINT_VSOCK)
		return error_set(error, code,
			"vm \"%s\": another broker on this machine uses the kernel's vsock port "
			"%d; set 'vsock: device'",
			config->name, PORT_CONTROL);
	if (code < 0)
		error_set(error, code, "vm \"%s\": cannot listen for its agent on %s, port %d: %s",
			config->name, at, PORT_CONTROL, uv_strerror(code));
	if (code == 0 && run->vsock.kind == ENDPOINT_UNIX)
		code = control_give(run, environment, config, error);
	return code;
}

int run_start(struct run *run, const struct vm_environment *environment,
	const struct vm_config *config, const struct run_callbacks *callbacks, struct error *error)
{
	_cleanup_close_ int vhost = -1;

	*run = (struct run){.started_ms = unix_now_ms(), .started_boot_ms = boot_now_ms()};
	if (environment->folder_lost)
		return error_set(error, UV_ENOENT,
			"vm \"%s\" failed to start: the broker's folder %s was removed; run the "
			"command again, and a new broker is started",
			config->name, environment->paths->runtime);
	int code = runtime_dir_make(environment->paths, config->name, error);

	if (code == 0)
		code = launch_identity(environment, config, &run->drops, &run->identity, error);
	if (code == 0)
		code = launch_vsock(environment, config, &run->vsock, &vhost, error);
	if (code == 0)
		code = run_listen(run, environment, config, callbacks, error);
	if (code == 0)
		code = launch_monitor(environment, config, run->drops ? &run->identity : NULL,
			&run->vsock, vhost, callbacks->monitor, callbacks->data, &run->kvm,
			&run->monitor, error);
	run->emulated = launch_emulates(environment, config, run->kvm);
	return code;
}

int run_record(const struct run *run, const struct vm_environment *environment,
	const struct vm_config *config, struct error *error)
{
	struct record record = {.kvm = run->kvm,
		.started_ms = run->started_ms,
		.started_boot_ms = run->started_boot_ms,
		.cid = run->vsock.kind == ENDPOINT_VSOCK ? run->vsock.cid : 0,
		.processes = *monitor_processes(run->monitor),
		.config = vm_config_print(config)};
	char path[PATH_SIZE];

	snprintf(record.monitor, sizeof(record.monitor), "%s", config->monitor);
	int code = paths_runtime(environment->paths, config->name, "state", path)
			   ? record_write(path, &record)
			   : UV_ENAMETOOLONG;
	record_finish(&record);
	return code < 0 ? error_set(error, code, "vm \"%s\" failed to start: cannot write %s: %s",
				  config->name, path, uv_strerror(code))
			: 0;
}

static int recorded_adopt(struct run *run, const struct vm_environment *environment,
	const struct vm_config *config, const struct run_callbacks *callbacks,
	struct record *record)
{
	char path[PATH_SIZE];

	if (!paths_runtime(environment->paths, config->name, "state", path))
		return UV_ENOENT;
	int code = record_read(path, record);
	if (code < 0)
		return code;
	const struct monitor_ops *ops = monitor_find(environment->monitors, record->monitor);
	if (!ops)
		return UV_EINVAL;
	return monitor_adopt(environment->loop, ops, config, environment->paths, &record->processes,
		callbacks->monitor, callbacks->data, &run->monitor);
}

int run_adopt(struct run *run, const struct vm_environment *environment,
	const struct vm_config *config, const struct run_callbacks *callbacks)
{
	struct record record = {0};

	*run = (struct run){0};
	int code = recorded_adopt(run, environment, config, callbacks, &record);
	record_finish(&record);
	if (code < 0)
		return UV_ENOENT;
	if (record.cid)
		run->vsock = (struct endpoint){.kind = ENDPOINT_VSOCK, .cid = record.cid};
	else if (launch_vsock_path(environment, config, &run->vsock) < 0)
		return UV_ENOENT;
	/* What it was started as, whatever is configured now, and whoever started it. */
	if (environment->uids &&
		identity_of_process(monitor_processes_find(&record.processes, MONITOR_KEY).pid,
			&run->identity) == 0 &&
		run->identity.uid != geteuid()) {
		run->drops = true;
		vm_uids_note(environment->uids, config->name, run->identity.uid);
	}
	run->adopted = true;
	run->kvm = record.kvm;
	run->emulated = launch_emulates(environment, config, run->kvm);
	run->started_ms = record.started_ms;
	run->started_boot_ms = record.started_boot_ms;
	return 0;
}

void run_leave(struct run *run)
{
	if (run->control)
		control_destroy(run->control);
	if (run->monitor)
		monitor_destroy(run->monitor);
	*run = (struct run){0};
}

void run_end(
	struct run *run, const struct vm_environment *environment, const struct vm_config *config)
{
	run_leave(run);
	if (!environment->folder_lost)
		runtime_dir_clean(environment->paths, config->name);
}
