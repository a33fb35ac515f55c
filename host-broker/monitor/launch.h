/*
 * What a monitor is told to run: made by the parts of a VM's start, from the configuration and from
 * what each of them has prepared, and read by the back ends, which turn it into a command. Plain
 * data, all of it borrowed. How its lists are said to each monitor (and what it cannot, its
 * capabilities tell):
 *
 *            QEMU                           cloud-hypervisor           crosvm
 *   disk     -blockdev, virtio-blk          --disk path=/proc/self/fd  --block path=/proc/self/fd
 *   NIC      -netdev tap,fd=, virtio-net    --net fd=,mac=             --net tap-fd=,mac=
 *   share    vhost-user-fs                  --fs tag=,socket=          --vhost-user type=fs,socket=
 *   PCI      vfio-pci,host=                 --device path=             --vfio
 *   region   ivshmem-plain                  (none)                     (none)
 *   vsock    vhost-user-vsock, or vhostfd   --vsock socket=, its own   --vhost-user type=vsock
 *   control  QMP: ours, a stream            REST: theirs, a stream     theirs, packets
 *   console  ours, a stream                 --serial socket=: theirs   a helper keeps the socket
 *
 * A list's order is the guest's: each entry has a fixed place in the guest by its number in it, so
 * that what a guest calls it stays the same (qemu/devices.h has QEMU's map).
 */
#ifndef VMSILO_BROKER_MONITOR_LAUNCH_H
#define VMSILO_BROKER_MONITOR_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host-broker/config/config.h"
#include "host-broker/monitor/command.h"
#include "host-broker/users/identity.h"
#include "proto/host/paths.h"
#include "proto/wire/address.h"

/* Names of disks: a letter, then a-z, 0-9 and '-'. The guest reads it as the disk's serial number,
 * of which virtio has 20 bytes (virtio 1.2, 5.2.6.1). */
#define MONITOR_DISK_NAME_MAX 20
/* Tags of shares, likewise: virtio 1.2, 5.11.4 has 36 bytes. */
#define MONITOR_SHARE_TAG_MAX 36

/* A file or a block device as a disk. */
struct monitor_disk {
	const char *name;
	int fd; /* O_RDONLY or O_RDWR, as read_only says */
	bool read_only;
	bool device;  /* a block device of the host, no file */
	bool direct;  /* past the host's page cache (O_DIRECT): the guest has one of its own */
	bool discard; /* what the guest discards, the host's file system gets back */
	/* A write that fails (the host's disk is full) stops the guest, which knows nothing of it,
	 * until monitor_resume(); else it is told that the write failed. */
	bool stops;
};

struct monitor_nic {
	int tap_fd; /* one queue, IFF_TAP | IFF_NO_PI | IFF_VNET_HDR */
	uint8_t mac[6];
	uint16_t mtu; /* that its guest is told; 0: nothing */
};

/* A folder by virtiofs; its server listens there already. */
struct monitor_share {
	const char *tag;
	const char *socket;
};

/* A device of the host, bound to vfio-pci: "0000:03:00.0". */
struct monitor_pci {
	const char *host;
};

/* Memory that guest and host share, and that is not the guest's own: a memfd of ours, whose size
 * its seals keep. */
struct monitor_region {
	int fd;         /* -1: none */
	uint64_t bytes; /* a power of two, one page or more */
};

/* Where a socket of the monitor's is: in its command fd or path, as the back end's table says. */
struct monitor_place {
	int fd; /* of one that we bound, listening; -1: none */
	char path[PATH_SIZE];
};

struct monitor_launch {
	const struct vm_config *vm;
	const struct broker_config *broker;
	const struct paths *paths;
	const char *kernel; /* absolute paths */
	const char *initrd;
	const char *cmdline; /* complete */
	bool kvm;            /* accel_choose()'s answer */
	uint32_t tsc_khz;    /* told to the guest; 0: it measures (see tsc.h) */

	struct endpoint vsock;           /* RUNTIME/VM/vsock/s or the kernel's CID */
	const char *vsock_socket;        /* the vsock device's, for vhost-user; NULL: none */
	int vhost_vsock_fd;              /* has the CID already; -1: none */
	const struct identity *identity; /* of the monitor; NULL: the broker's own */

	const struct monitor_disk *disks;
	size_t disks_count;
	const struct monitor_nic *nics;
	size_t nics_count;
	const struct monitor_share *shares;
	size_t shares_count;
	const struct monitor_pci *pci;
	size_t pci_count;
	struct monitor_region region;
	const int *held; /* descriptors that it has open, and does nothing with */
	size_t held_count;

	/* Set by monitor_start(). */
	struct monitor_place control, console;
};

/* 0, or UV_EINVAL and a sentence: what a monitor with these capabilities (enum capability) cannot,
 * and names and addresses that none must see, since some split what they are told at commas. Pure.
 */
int monitor_launch_check(
	const struct monitor_launch *launch, unsigned int capabilities, struct error *error);

#endif
