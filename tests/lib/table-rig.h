/*
 * A table of VMs whose monitors are fakes, on a loop of its own, in a folder that goes with it. Who
 * watches them is the test's own.
 */
#ifndef VMSILO_TESTS_TABLE_RIG_H
#define VMSILO_TESTS_TABLE_RIG_H

#include "host-broker/vm/table.h"
#include "proto/host/paths.h"

struct table_rig {
	uv_loop_t loop;
	struct paths paths;
	struct config *config; /* that it begins with */
	struct vm_environment environment;
	struct vm_watchers watchers; /* unless a test puts others into the environment */
	struct vsock_gate gate;
	struct vm_table *vms;
};

/* The configuration's text. No VM is there before table_rig_open(). */
void table_rig_init(struct table_rig *rig, const char *text);
void table_rig_open(struct table_rig *rig);
void table_rig_reload(struct table_rig *rig, const char *text);
struct vm *table_rig_vm(const struct table_rig *rig, const char *name);
/* As long as something happens. */
void table_rig_run(struct table_rig *rig);
/* The VMs end. Their memory is there until table_rig_finish(). */
void table_rig_close(struct table_rig *rig);
void table_rig_finish(struct table_rig *rig);

#endif
