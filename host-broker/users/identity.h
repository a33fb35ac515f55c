/* The user that a VM's processes run as; never root, as which the machine's broker runs. */
#ifndef VMSILO_BROKER_USERS_IDENTITY_H
#define VMSILO_BROKER_USERS_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

#include "host-broker/config/config.h"
#include "proto/base/error.h"

#define IDENTITY_GROUPS_MAX 64

struct identity {
	uid_t uid;
	gid_t gid;
	gid_t groups[IDENTITY_GROUPS_MAX]; /* supplementary */
	int groups_count;
};

/* Its members may use and manage every VM (polkit/50-vmsilo.rules): no VM runs as one of them. */
#define IDENTITY_PEOPLE_GROUP "vmsilo-users"

struct vm_uids;

/* name: a user, or the number of one that need not exist. UV_ENOENT; UV_EPERM for root, and for a
 * member of the people's group. */
int identity_find(const char *name, struct identity *ret, struct error *error);
/* A user, or the number of one, with his own group and no other: for what a VM uses of a person's,
 * by a process that can reach nobody. UV_ENOENT; UV_EPERM for root. */
int identity_of_person(const char *name, struct identity *ret, struct error *error);
/* What is configured: the VM's `run_as`, else the broker's; "" for a user of its own. */
const char *identity_run_as(const struct vm_config *vm, const struct broker_config *broker);
/* That, or a user of its own: with the group of the same number, and no other. */
int identity_of_vm(const struct vm_config *vm, const struct broker_config *broker,
	struct vm_uids *uids, struct identity *ret, struct error *error);
/* What a process has already. UV_ESRCH when it is gone. */
int identity_of_process(pid_t pid, struct identity *ret);
/* Without its supplementary groups: of a program that opens nothing. NULL: any. */
struct identity identity_bare(const struct identity *identity);
/* Becomes it, for good; between fork and exec: no memory, no locks. 0 or -1 with errno. */
int identity_assume(const struct identity *identity);

#endif
