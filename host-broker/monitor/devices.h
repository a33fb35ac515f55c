/*
 * The devices of one run of a VM: its parts add theirs when they are prepared, and the monitor is
 * handed all of them. Each list is in the order of its entries' ranks, whoever was prepared first,
 * since an entry's number in it is its place in the guest (host-broker/monitor/launch.h).
 *
 * What is added is owned: descriptors are closed once the monitor has them, or the run is over.
 * A monitor that runs takes no more: what a part adds when it is prepared again is closed.
 */
#ifndef VMSILO_BROKER_MONITOR_DEVICES_H
#define VMSILO_BROKER_MONITOR_DEVICES_H

#include "host-broker/monitor/launch.h"

#define VM_DEVICES_MAX 16      /* of each list */
#define VM_DEVICES_WORDS 256   /* bytes, for the kernel's command line */
#define VM_DEVICES_HELD_MAX 16 /* descriptors */

/* Ranks of disks. */
enum {
	VM_DISK_ROOT,
	VM_DISK_LAYER,
	VM_DISK_HOME,
	VM_DISK_FIRST, /* of those that the configuration lists */
};

struct vm_devices {
	struct monitor_disk disks[VM_DEVICES_MAX]; /* names are owned, as descriptors are */
	unsigned int disk_ranks[VM_DEVICES_MAX];
	size_t disks_count;
	struct monitor_nic nics[VM_DEVICES_MAX];
	unsigned int nic_ranks[VM_DEVICES_MAX];
	size_t nics_count;
	struct monitor_share shares[VM_DEVICES_MAX]; /* tag and socket are owned */
	unsigned int share_ranks[VM_DEVICES_MAX];
	size_t shares_count;
	struct monitor_region region; /* no bytes: none */
	int held[VM_DEVICES_HELD_MAX];
	size_t held_count;
	char words[VM_DEVICES_WORDS]; /* "" or " WORD..." */
	bool handed;                  /* the monitor has them */
};

void vm_devices_init(struct vm_devices *devices);
/* Closes and frees all; it can be called more than once. */
void vm_devices_finish(struct vm_devices *devices);

/* All add one. Of the same rank there is one: the last. 0, UV_ENOSPC, UV_ENOMEM, UV_E2BIG; what is
 * taken is taken in any case. */

/* Takes disk->fd; the name is copied. */
int vm_devices_add_disk(
	struct vm_devices *devices, unsigned int rank, const struct monitor_disk *disk);
/* Takes nic->tap_fd. */
int vm_devices_add_nic(
	struct vm_devices *devices, unsigned int rank, const struct monitor_nic *nic);
int vm_devices_add_share(
	struct vm_devices *devices, unsigned int rank, const struct monitor_share *share);
/* Takes region->fd, in the place of one before. */
void vm_devices_set_region(struct vm_devices *devices, const struct monitor_region *region);
/* Takes fd. The monitor has it open as long as it lives and does nothing with it: locks on it last
 * as long, whatever becomes of the broker. */
int vm_devices_hold(struct vm_devices *devices, int fd);
/* A word of the kernel's command line. */
int vm_devices_say(struct vm_devices *devices, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Sets launch's lists, borrowed. */
void vm_devices_hand(const struct vm_devices *devices, struct monitor_launch *launch);
/* The monitor has what it was handed, or has not been started. */
void vm_devices_handed(struct vm_devices *devices);

#endif
