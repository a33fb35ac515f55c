/*
 * The root of an image that many VMs share: its erofs file, read-only, with a writable layer over
 * it (Documentation/filesystems/overlayfs.rst), which is this VM's.
 */
#ifndef VMSILO_AGENT_EARLY_ROOT_H
#define VMSILO_AGENT_EARLY_ROOT_H

#include "guest-agent/early/options.h"

#define ROOT_NEW "/newroot"
/* The layer itself, where root of the guest finds it: discard goes by it (fstrim). */
#define ROOT_LAYER "/run/vmsilo/layer"

/* Of all processes; the agent's are in one of their own, where systemd leaves it. */
#define ROOT_CGROUPS "/sys/fs/cgroup"

/* Mounts it at ROOT_NEW, with what a system expects to be there before its init: /dev, /proc, /sys,
 * /run, /tmp. */
int root_mount(const struct early_options *options, struct error *error);
/* Makes it the root of this process; the initramfs is emptied, since its files are memory. */
int root_switch(struct error *error);

#endif
