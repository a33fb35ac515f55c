/* From a VM's configuration to its running monitor: image, acceleration, address. */
#ifndef VMSILO_BROKER_VM_LAUNCH_H
#define VMSILO_BROKER_VM_LAUNCH_H

#include "host-broker/config/config.h"
#include "host-broker/control/vsock-gate.h"
#include "host-broker/monitor/monitor.h"
#include "host-broker/vm/watch.h"
#include "proto/host/paths.h"

/* What every VM of a broker needs to know; outlives them. */
struct vm_environment {
	uv_loop_t *loop;
	const struct paths *paths;
	const struct broker_config *broker;
	const struct monitor_ops *const *monitors;
	const char *vsock_device; /* program */
	struct vm_watchers *watchers;
	struct vsock_gate *vsock_gate;
	struct vm_uids *uids; /* NULL: VMs' processes are the broker's own user */
	/* Its runtime folder is gone, or another's: nothing in it may be touched. */
	bool folder_lost;
	/* Whether there is memory for the VM; a sentence if not. NULL: always. */
	int (*admit)(void *data, const struct vm_config *vm, struct error *error);
	void *admit_data;
};

/* Where the VM's vsock is: with 'vsock: kernel' a CID and the open vhost device that has it
 * (*ret_vhost, the caller's, -1 for none), else a socket. */
int launch_vsock(const struct vm_environment *environment, const struct vm_config *vm,
	struct endpoint *ret, int *ret_vhost, struct error *error);
/* Without the kernel's. UV_ENAMETOOLONG. */
int launch_vsock_path(
	const struct vm_environment *environment, const struct vm_config *vm, struct endpoint *ret);
/* Whose rights its processes have; *ret_drops: false for the broker's own. */
int launch_identity(const struct vm_environment *environment, const struct vm_config *vm,
	bool *ret_drops, struct identity *ret, struct error *error);
/* Whether a guest's processor is emulated in software, with which its monitor is no security
 * boundary by QEMU's own word (its documentation's page "Security"). */
bool launch_emulates(
	const struct vm_environment *environment, const struct vm_config *vm, bool kvm);
/* Why, when it was not asked for: a sentence for the user; "" when there is nothing to say.
 * identity: as for launch_monitor(). */
const char *launch_emulation_warning(const struct vm_config *vm, const struct identity *identity);
/* identity: NULL for the broker's own. vhost: borrowed; -1 for none. RUNTIME/VM/ exists. *ret_kvm:
 * with hardware virtualisation. On failure nothing is left behind. */
int launch_monitor(const struct vm_environment *environment, const struct vm_config *vm,
	const struct identity *identity, const struct endpoint *vsock, int vhost,
	const struct monitor_callbacks *callbacks, void *data, bool *ret_kvm, struct monitor **ret,
	struct error *error);

#endif
