/*
 * A user for each VM of the machine's broker, without an administrator's doing: a number from the
 * configured range that is nobody else's, given at the VM's first start and kept in a file from
 * then on. It is looked at again at each start, so that what an administrator changes there counts.
 *
 * These users, and all others that VMs run as, are refused as clients: a monitor that was taken
 * over must not control other VMs.
 */
#ifndef VMSILO_BROKER_USERS_VM_UIDS_H
#define VMSILO_BROKER_USERS_VM_UIDS_H

#include <stdbool.h>
#include <sys/types.h>

#include "host-broker/config/value/uid-range.h"
#include "proto/base/error.h"

#define VM_UIDS_TOLD_MAX 64 /* users of whose refusal is told, once each */

struct vm_uids;

/* path: the file, borrowed for life; it need not be there. UV_ENOMEM. */
int vm_uids_create(const char *path, const struct uid_range *range, struct vm_uids **ret);
void vm_uids_destroy(struct vm_uids *uids);
void vm_uids_set_range(struct vm_uids *uids, const struct uid_range *range);

/* The VM's own, given now if it has none. UV_ENOSPC: all are given; UV_EEXIST: somebody else has it
 * by now; or the file is broken, or cannot be written. */
int vm_uids_get(struct vm_uids *uids, const char *vm, uid_t *ret, struct error *error);

/* What VMs run as beside those of the file and the range: forgotten before a new configuration. */
int vm_uids_note(struct vm_uids *uids, const char *vm, uid_t uid);
void vm_uids_forget_noted(struct vm_uids *uids);

/* Whether it is, or may become, a VM's; *ret_vm: whose, "" when that is not known. Valid until the
 * next call. */
bool vm_uids_has(const struct vm_uids *uids, uid_t uid, const char **ret_vm);
/* True the first time for each uid: a refusal is logged once. */
bool vm_uids_tell(struct vm_uids *uids, uid_t uid);

#endif
