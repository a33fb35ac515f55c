#include "host-broker/vm/launch.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/image/check.h"
#include "host-broker/image/layer-name.h"
#include "host-broker/monitor/accel.h"
#include "host-broker/monitor/table.h"
#include "host-broker/monitor/vhost-vsock.h"
#include "host-broker/system/kvm-node.h"
#include "host-broker/system/runtime-dir.h"
#include "host-broker/users/vm-uids.h"

int launch_vsock_path(
	const struct vm_environment *environment, const struct vm_config *vm, struct endpoint *ret)
{
	*ret = (struct endpoint){.kind = ENDPOINT_UNIX};
	return paths_runtime(environment->paths, vm->name, "vsock/s", ret->path) ? 0
										 : UV_ENAMETOOLONG;
}

static int vsock_choose(struct launch *launch, struct error *error)
{
	const struct vm_config *vm = launch->vm;

	if (vm->vsock != VSOCK_KERNEL) {
		int code = launch_vsock_path(launch->environment, vm, &launch->vsock);
		return code < 0 ? error_set(error, code, "vm \"%s\": the path of %s is too long",
					  vm->name, launch->environment->paths->runtime)
				: 0;
	}
	launch->vsock = (struct endpoint){.kind = ENDPOINT_VSOCK, .cid = launch->ops->fixed_cid};
	if (launch->vsock.cid)
		return 0;
	launch->vhost = vhost_vsock_open(vm->cid, &launch->vsock.cid, error);
	return launch->vhost < 0 ? error_prefix(error, "vm \"%s\" (%s)", vm->name, vm->source) : 0;
}

bool launch_speaks_vhost_user(const struct monitor_ops *ops, const struct vm_config *vm)
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

unsigned int launch_kept(const struct vm_environment *environment, const struct vm_config *vm)
{
	char folder[PATH_MAX];
	unsigned int generation = 0;
	int length = snprintf(folder, sizeof(folder), "%s/%s", environment->paths->vms, vm->name);

	if (!vm->root.keep || length < 0 || (size_t)length >= sizeof(folder))
		return 0;
	return layer_find(folder, vm->image, &generation) ? generation : 0;
}

static int image_choose(struct launch *launch, struct error *error)
{
	const struct vm_environment *environment = launch->environment;

	return launch->ops->without_image
		       ? 0
		       : image_find(launch->vm, image_dir(environment->broker, environment->paths),
				 launch_kept(environment, launch->vm), &launch->image, error);
}

static int accel_decide(struct launch *launch, struct error *error)
{
	struct identity joined;
	struct accel_facts facts;

	facts_get(launch_identity(launch), &facts, &joined);
	int code = accel_choose(launch->vm->accel, &facts, &launch->kvm, error);
	if (code < 0)
		return error_prefix(error, "vm \"%s\" (%s)", launch->vm->name, launch->vm->source);
	launch->monitor = launch->drops && launch->kvm ? joined : launch->identity;
	return 0;
}

static int identity_choose(struct launch *launch, struct error *error)
{
	const struct vm_environment *environment = launch->environment;
	const struct vm_config *vm = launch->vm;

	launch->drops = environment->uids != NULL;
	if (!launch->drops)
		return 0;
	int code = identity_of_vm(
		vm, environment->broker, environment->uids, &launch->identity, error);
	if (code == 0)
		code = vm_uids_note(environment->uids, vm->name, launch->identity.uid);
	return code < 0 ? error_prefix(error, "vm \"%s\" (%s)", vm->name, vm->source) : 0;
}

const struct identity *launch_identity(const struct launch *launch)
{
	return launch->drops ? &launch->identity : NULL;
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

static int folder_make(
	const struct vm_environment *environment, const struct vm_config *vm, struct error *error)
{
	if (environment->folder_lost)
		return error_set(error, UV_ENOENT,
			"vm \"%s\" failed to start: the broker's folder %s was removed; run the "
			"command again, and a new broker is started",
			vm->name, environment->paths->runtime);
	return runtime_dir_make(environment->paths, vm->name, error);
}

static int launch_look(struct launch *launch, struct error *error)
{
	const struct vm_environment *environment = launch->environment;
	const struct vm_config *vm = launch->vm;

	if (!launch->ops)
		return error_set(error, UV_ENOTSUP, "vm \"%s\" (%s): unknown monitor \"%s\"",
			vm->name, vm->source, vm->monitor);
	int code = folder_make(environment, vm, error);
	if (code == 0)
		code = identity_choose(launch, error);
	if (code == 0)
		code = vsock_choose(launch, error);
	if (code == 0 && !launch->ops->without_image)
		code = image_check(vm, environment->broker, environment->paths, error);
	if (code == 0)
		code = image_choose(launch, error);
	if (code == 0)
		code = accel_decide(launch, error);
	if (code == 0 && environment->admit)
		code = environment->admit(environment->admit_data, vm, error);
	return code;
}

void launch_destroy(struct launch *launch)
{
	if (launch->vhost >= 0)
		close(launch->vhost);
	free(launch);
}

int launch_create(const struct vm_environment *environment, const struct vm_config *vm,
	struct launch **ret, struct error *error)
{
	struct launch *launch = calloc(1, sizeof(*launch));

	if (!launch)
		return error_set(error, UV_ENOMEM, "out of memory");
	launch->environment = environment;
	launch->vm = vm;
	launch->ops = monitor_find(environment->monitors, vm->monitor);
	launch->vhost = -1;
	int code = launch_look(launch, error);
	if (code < 0)
		launch_destroy(launch);
	else
		*ret = launch;
	return code;
}
