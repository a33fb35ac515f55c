#include "host-broker/vm/launch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/monitor/accel.h"
#include "host-broker/monitor/table.h"
#include "host-broker/monitor/tsc.h"
#include "host-broker/monitor/vhost-vsock.h"
#include "host-broker/monitor/vsock-helper.h"
#include "host-broker/system/kvm-node.h"
#include "host-broker/system/runtime-dir.h"
#include "host-broker/users/vm-uids.h"
#include "host-broker/vm/image.h"
#include "proto/base/cleanup.h"

int launch_vsock_path(
	const struct vm_environment *environment, const struct vm_config *vm, struct endpoint *ret)
{
	*ret = (struct endpoint){.kind = ENDPOINT_UNIX};
	return paths_runtime(environment->paths, vm->name, "vsock/s", ret->path) ? 0
										 : UV_ENAMETOOLONG;
}

int launch_vsock(const struct vm_environment *environment, const struct vm_config *vm,
	struct endpoint *ret, int *ret_vhost, struct error *error)
{
	const struct monitor_ops *ops = monitor_find(environment->monitors, vm->monitor);

	*ret_vhost = -1;
	if (vm->vsock != VSOCK_KERNEL) {
		int code = launch_vsock_path(environment, vm, ret);
		return code < 0 ? error_set(error, code, "vm \"%s\": the path of %s is too long",
					  vm->name, environment->paths->runtime)
				: 0;
	}
	*ret = (struct endpoint){.kind = ENDPOINT_VSOCK, .cid = ops ? ops->fixed_cid : 0};
	if (ret->cid)
		return 0;
	int vhost = vhost_vsock_open(vm->cid, &ret->cid, error);
	if (vhost < 0)
		return error_prefix(error, "vm \"%s\" (%s)", vm->name, vm->source);
	*ret_vhost = vhost;
	return 0;
}

/* Else it has a vsock of its own, and makes its socket itself. */
static bool speaks_vhost_user(const struct monitor_ops *ops, const struct vm_config *vm)
{
	return ops->capabilities(vm->machine) & CAPABILITY_VHOST_USER;
}

/* What we may open is not yet what the monitor may. */
static void facts_get(
	const struct identity *identity, struct accel_facts *ret, struct identity *ret_joined)
{
	accel_facts_get(ret);
	if (identity && !kvm_node_admits(KVM_NODE, identity, ret_joined))
		ret->kvm_opens = false;
}

/* Fills image and *ret_kvm. monitor: NULL, or gets what KVM takes. */
static int prepare(const struct vm_environment *environment, const struct vm_config *vm,
	const struct monitor_ops *ops, struct identity *monitor, struct image *image, bool *ret_kvm,
	struct error *error)
{
	const char *images = environment->broker->image_dir[0] ? environment->broker->image_dir
							       : environment->paths->images;
	struct identity joined;
	struct accel_facts facts;
	int code = 0;

	if (!ops->without_image)
		code = image_find(vm, images, image, error);
	if (code < 0)
		return code;
	facts_get(monitor, &facts, &joined);
	code = accel_choose(vm->accel, &facts, ret_kvm, error);
	if (code == 0 && monitor && *ret_kvm)
		*monitor = joined;
	return code < 0 ? error_prefix(error, "vm \"%s\" (%s)", vm->name, vm->source) : 0;
}

int launch_identity(const struct vm_environment *environment, const struct vm_config *vm,
	bool *ret_drops, struct identity *ret, struct error *error)
{
	*ret_drops = environment->uids != NULL;
	if (!*ret_drops)
		return 0;
	int code = identity_of_vm(vm, environment->broker, environment->uids, ret, error);
	if (code == 0)
		code = vm_uids_note(environment->uids, vm->name, ret->uid);
	return code < 0 ? error_prefix(error, "vm \"%s\" (%s)", vm->name, vm->source) : 0;
}

bool launch_emulates(const struct vm_environment *environment, const struct vm_config *vm, bool kvm)
{
	const struct monitor_ops *ops = monitor_find(environment->monitors, vm->monitor);

	return !kvm && ops && !ops->without_image;
}

const char *launch_emulation_warning(const struct vm_config *vm, const struct identity *identity)
{
	struct identity joined;
	struct accel_facts facts;

	if (vm->accel != ACCEL_AUTO)
		return "";
	facts_get(identity, &facts, &joined);
	return accel_explain(&facts);
}

/* What the VM's processes make themselves is in folders that are theirs. */
static int folders_give(const struct vm_environment *environment, const struct vm_config *vm,
	const struct monitor_ops *ops, const struct identity *identity, struct error *error)
{
	int code = 0;

	if (monitor_binds(ops))
		code = runtime_dir_make_monitor(environment->paths, vm->name, error);
	if (code < 0 || !identity)
		return code;
	if (monitor_binds(ops))
		code = runtime_dir_give(
			environment->paths, vm->name, RUNTIME_DIR_MONITOR, identity);
	if (code == 0 && !speaks_vhost_user(ops, vm))
		code = runtime_dir_give(environment->paths, vm->name, "vsock", identity);
	return code < 0 ? error_set(error, code,
				  "vm \"%s\": cannot create a folder for its monitor: %s", vm->name,
				  uv_strerror(code))
			: 0;
}

/* Starts it, with the vsock device beside it where it needs one. */
static int start(const struct vm_environment *environment, const struct monitor_ops *ops,
	struct monitor_launch *launch, const struct monitor_callbacks *callbacks, void *data,
	struct monitor **ret, struct error *error)
{
	bool helped = speaks_vhost_user(ops, launch->vm) && launch->vsock.kind == ENDPOINT_UNIX;
	const struct identity bare = identity_bare(launch->identity);
	struct monitor_helper device;
	char socket[PATH_SIZE];
	int code = 0;

	if (helped) {
		code = vsock_helper_prepare(
			launch, environment->vsock_device, &device, socket, error);
		device.identity = launch->identity ? &bare : NULL;
		launch->vsock_socket = socket;
		launch->helpers = &device;
		launch->helpers_count = 1;
	}
	if (code == 0)
		code = monitor_start(environment->loop, ops, launch, callbacks, data, ret, error);
	if (helped)
		command_finish(&device.command);
	launch->vsock_socket = NULL;
	launch->helpers = NULL;
	return code;
}

int launch_monitor(const struct vm_environment *environment, const struct vm_config *vm,
	const struct identity *identity, const struct endpoint *vsock, int vhost,
	const struct monitor_callbacks *callbacks, void *data, bool *ret_kvm, struct monitor **ret,
	struct error *error)
{
	const struct monitor_ops *ops = monitor_find(environment->monitors, vm->monitor);
	_cleanup_free_ struct image *image = calloc(1, sizeof(*image));

	if (!image)
		return error_set(error, UV_ENOMEM, "out of memory");
	if (!ops)
		return error_set(error, UV_ENOTSUP,
			"vm \"%s\" (%s): unknown monitor \"%s\"; the only one is qemu", vm->name,
			vm->source, vm->monitor);
	struct identity monitor = identity ? *identity : (struct identity){0};
	int code = prepare(environment, vm, ops, identity ? &monitor : NULL, image, ret_kvm, error);
	if (code == 0 && environment->admit)
		code = environment->admit(environment->admit_data, vm, error);
	if (code < 0)
		return code;

	code = folders_give(environment, vm, ops, identity, error);
	if (code < 0)
		return code;
	struct monitor_launch launch = {
		.identity = identity ? &monitor : NULL,
		.vm = vm,
		.broker = environment->broker,
		.paths = environment->paths,
		.kernel = image->kernel,
		.initrd = image->initrd,
		.cmdline = image->cmdline,
		.kvm = *ret_kvm,
		.tsc_khz = !*ret_kvm && strcmp(vm->machine, "microvm") == 0 ? tsc_khz() : 0,
		.vsock = *vsock,
		.vhost_vsock_fd = vhost,
		.region = {.fd = -1},
	};
	return start(environment, ops, &launch, callbacks, data, ret, error);
}
