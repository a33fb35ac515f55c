/*
 * What a start goes by: all that can be known, and can be wrong, before anything of it is prepared.
 */
#ifndef VMSILO_BROKER_VM_LAUNCH_H
#define VMSILO_BROKER_VM_LAUNCH_H

#include "host-broker/config/config.h"
#include "host-broker/control/vsock-gate.h"
#include "host-broker/image/image.h"
#include "host-broker/monitor/devices.h"
#include "host-broker/monitor/monitor.h"
#include "host-broker/parts/parts.h"
#include "host-broker/vm/watch.h"
#include "proto/host/paths.h"

/* What a source of parts gets of one run of a VM; there as long as the run. */
struct run_context {
	const struct vm_config *vm;
	const struct identity *identity; /* of its processes; NULL: the broker's own */
	/* What it boots, until the monitor runs; NULL when that boots none, or runs already, since
	 * an earlier broker started it. */
	const struct image *image;
	bool adopted;
	struct parts *parts;
	struct vm_devices *devices; /* for prepare() of the parts */
};

/* Who has parts of his own in the starts of VMs. */
struct part_source {
	/* Adds those of this VM. The monitor needs all of them, but for such as need it. 0 or a
	 * negative UV_E* and a sentence. */
	int (*add)(void *data, const struct run_context *context, struct error *error);
	void *data;
};

/* What every VM of a broker needs to know; outlives them. */
struct vm_environment {
	uv_loop_t *loop;
	const struct paths *paths;
	const struct broker_config *broker;
	const char *config_path; /* the main file of the configuration */
	const struct monitor_ops *const *monitors;
	const struct part_source *sources; /* until one without add(); NULL: none */
	const char *vsock_device;          /* program */
	struct vm_watchers *watchers;
	struct vsock_gate *vsock_gate;
	struct vm_uids *uids; /* NULL: VMs' processes are the broker's own user */
	/* Its runtime folder is gone, or another's: nothing in it may be touched. */
	bool folder_lost;
	/* Whether there is memory for the VM; a sentence if not. NULL: always. */
	int (*admit)(void *data, const struct vm_config *vm, struct error *error);
	void *admit_data;
};

struct launch {
	const struct vm_environment *environment;
	const struct vm_config *vm;
	const struct monitor_ops *ops;
	struct image image; /* of a monitor that boots one */
	bool kvm;
	bool drops;               /* its processes have an identity of their own: */
	struct identity identity; /* all of them, */
	struct identity monitor;  /* and the monitor, with the group that KVM takes */
	struct endpoint vsock;    /* where its guest will be */
	int vhost;                /* the kernel's vsock device, which has the CID; -1: none */
};

/* Looks at everything, and makes nothing but the VM's runtime folder. */
int launch_create(const struct vm_environment *environment, const struct vm_config *vm,
	struct launch **ret, struct error *error);
void launch_destroy(struct launch *launch);
/* The generation of its image that the VM's kept layer holds it at; 0: none does. */
unsigned int launch_kept(const struct vm_environment *environment, const struct vm_config *vm);
/* NULL: the broker's own. */
const struct identity *launch_identity(const struct launch *launch);

/* Else it has a vsock of its own, and makes its socket itself. */
bool launch_speaks_vhost_user(const struct monitor_ops *ops, const struct vm_config *vm);
/* Where a VM's vsock is without the kernel's. UV_ENAMETOOLONG. */
int launch_vsock_path(
	const struct vm_environment *environment, const struct vm_config *vm, struct endpoint *ret);
/* Whether a guest's processor is emulated in software, with which its monitor is no security
 * boundary by QEMU's own word (its documentation's page "Security"). */
bool launch_emulates(
	const struct vm_environment *environment, const struct vm_config *vm, bool kvm);
/* Why, when it was not asked for: a sentence for the user; "" when there is nothing to say.
 * identity: of its processes; NULL: the broker's own. */
const char *launch_emulation_warning(const struct vm_config *vm, const struct identity *identity);

#endif
