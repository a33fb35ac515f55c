/* Whose rights a VM's processes have: in the machine-wide broker never its own, root's. */
#ifndef VMSILO_BROKER_IDENTITY_H
#define VMSILO_BROKER_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "host-broker/config.h"
#include "proto/error.h"

#define IDENTITY_GROUPS_MAX 64

struct identity {
	uid_t uid;
	gid_t gid;
	gid_t groups[IDENTITY_GROUPS_MAX]; /* supplementary: /dev/kvm is a group's */
	int groups_count;
};

/* name: a user, or the number of one that need not exist. UV_ENOENT; UV_EPERM for root. */
int identity_find(const char *name, struct identity *ret, struct error *error);
/* The VM's `run_as`, else the broker's, else the user vmsilo-VM, else the user vmsilo. */
int identity_of_vm(const struct vm_config *vm, const struct broker_config *broker,
	struct identity *ret, struct error *error);
/* Becomes it, for good; between fork and exec: no memory, no locks. 0 or -1 with errno. */
int identity_assume(const struct identity *identity);

#endif
