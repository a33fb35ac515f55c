/*
 * The disks of VMs: a source of parts (host-broker/vm/launch.h), one for each disk.
 *
 *   configuration --plan.h--> which disks --disk-file.h--> found, made, locked
 *                                   `------disk.h: a part of the start--> vm_devices --> monitor
 */
#ifndef VMSILO_BROKER_STORAGE_STORAGE_H
#define VMSILO_BROKER_STORAGE_STORAGE_H

#include "host-broker/vm/launch.h"

struct storage;

struct storage_options {
	struct vm_environment
		*environment; /* has its watchers; borrowed for life, likewise below */
	const char *mkfs;     /* program */
};

/* Destroyed also when it fails, if *ret is set. */
int storage_create(const struct storage_options *options, struct storage **ret);
void storage_destroy(struct storage *storage);
struct part_source storage_source(struct storage *storage);

#endif
