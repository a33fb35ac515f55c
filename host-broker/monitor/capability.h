/*
 * What monitors can do for their guests. A configuration that wants more of one than it can is
 * refused where it is read, with the key's line, though config/ knows no monitor: who reads it
 * hands the objection in.
 *
 *   registry/known.c, {"qemu", qemu_capabilities}   config_load(path, known_object, ...)
 *          '--> known_object(vm) --> capability_object(known, vm) --'
 *
 * Who starts VMs asks its monitor's table for the same bits. Pure.
 */
#ifndef VMSILO_BROKER_MONITOR_CAPABILITY_H
#define VMSILO_BROKER_MONITOR_CAPABILITY_H

#include "host-broker/config/config.h"

enum capability {
	CAPABILITY_BALLOON = 1 << 0,       /* memory moves while the guest runs */
	CAPABILITY_CONSOLE = 1 << 1,       /* a serial line, both ways */
	CAPABILITY_SHARED_REGION = 1 << 2, /* memory apart from the guest's own */
	CAPABILITY_HOT_PLUG = 1 << 3,      /* devices come and go while the guest runs */
	CAPABILITY_VHOST_USER = 1 << 4,    /* devices that other processes serve: vsock, shares */
	CAPABILITY_PAUSE = 1 << 5,         /* the guest stands still, and goes on */
	CAPABILITY_PCI = 1 << 6,           /* the host's devices */
	CAPABILITY_DISKS = 1 << 7,
	CAPABILITY_NICS = 1 << 8,
};

/* A table of them ends with a name that is NULL. */
struct known_monitor {
	const char *name;
	/* enum capability, of a guest on such a machine (the key 'machine'). */
	unsigned int (*capabilities)(const char *machine);
	/* How many devices of a kind fit on such a machine: CAPABILITY_DISKS, NICS, VHOST_USER
	 * (shares). NULL: as many as can be configured. */
	unsigned int (*most)(const char *machine, enum capability kind);
};

/* A config_object_cb over a table: whether vm wants what its monitor cannot, or a monitor that
 * there is not. */
bool capability_object(const struct known_monitor *known, const struct vm_config *vm,
	struct config_objection *ret);

#endif
