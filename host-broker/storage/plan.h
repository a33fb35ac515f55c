/* Which disks a VM has, as its configuration says; without a look at any of them. Pure. */
#ifndef VMSILO_BROKER_STORAGE_PLAN_H
#define VMSILO_BROKER_STORAGE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "host-broker/config/config.h"
#include "host-broker/monitor/devices.h"

#define PLAN_DISKS_MAX (DISKS_MAX + 2) /* a layer, a home */
#define PLAN_FILE_SIZE 128

/* A file or a device that is a disk of the guest's, and is written (or could be). */
struct disk_plan {
	unsigned int rank;                    /* of vm_devices */
	char name[MONITOR_DISK_NAME_MAX + 1]; /* "home": the guest's name for it */
	char title[96];                       /* for people: "the home disk" */
	char file[PLAN_FILE_SIZE];            /* in the VM's store; "": at path; likewise: */
	const char *path;                     /* as configured; borrowed */
	const char *template_folder;          /* as configured; "": none; borrowed */
	uint64_t bytes;                       /* 0: as it is, and it is there */
	uint32_t owner;                       /* in the guest, of what is on a new one */
	bool read_only;
	bool passes; /* made anew for each run, without a name */
};

struct disk_plans {
	struct disk_plan items[PLAN_DISKS_MAX];
	size_t count;
};

/* Home and disks; a layer is added by who knows the image. */
void disk_plans_make(const struct vm_config *vm, struct disk_plans *ret);
/* file: of a layer that is kept; "": of one that is not. */
void disk_plans_add_layer(struct disk_plans *plans, const struct vm_config *vm, const char *file);

/* How large its home is to be. */
uint64_t plan_home_bytes(const struct vm_config *vm);
/* What `layer: auto` and a size that is not said come to. */
enum root_layer root_layer(const struct vm_config *vm);
uint64_t root_layer_bytes(const struct vm_config *vm);

#endif
