/*
 * Shares as parts of a start: one server (virtiofsd in its sandbox) for each, which serves the one
 * folder to the one VM. The monitor connects to it once: when a server dies, QEMU cannot take
 * another one (its vhost-user-fs does not reconnect), and no device of the guest's root bus can be
 * unplugged. The VM runs on without it, since the user's work there is worth more than the share;
 * what in the guest uses the share waits until the VM is restarted.
 */
#ifndef VMSILO_BROKER_SHARES_PART_H
#define VMSILO_BROKER_SHARES_PART_H

#include "host-broker/vm/launch.h"

#define SHARE_TAG_SIZE 16

/* Borrowed for life. */
struct shares_options {
	const struct vm_environment *environment; /* its broker's keys may change */
	const char *sandbox;                      /* program: vmsilo-share-sandbox */
};

/* How the guest finds a VM's share: "share0". */
void share_tag(size_t index, char ret[SHARE_TAG_SIZE]);
/* A part_source's add(); data: struct shares_options. */
int shares_add(void *data, const struct run_context *context, struct error *error);

#endif
