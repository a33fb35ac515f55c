/*
 * Decides for every request whether this client may do that to this VM, by access.h and the VM's
 * `access:`, and logs refusals.
 */
#ifndef VMSILO_BROKER_ACCESS_GUARD_H
#define VMSILO_BROKER_ACCESS_GUARD_H

#include <uv.h>

#include "host-broker/access/access.h"
#include "host-broker/access/polkit.h"
#include "host-broker/config/config.h"
#include "host-broker/users/vm-uids.h"

struct guard {
	uid_t owner;
	struct polkit *polkit; /* NULL: polkit is not asked */
	struct vm_uids
		*uids; /* the users that VMs run as, borrowed; NULL: they run as the broker */
};

/* polkit: ask it about those whom the configuration does not name. */
int guard_init(struct guard *guard, uv_loop_t *loop, bool polkit);
void guard_finish(struct guard *guard);
/* Whether it is a process of a VM: these are refused, whatever the configuration says. */
bool guard_is_vm(struct guard *guard, const struct access_peer *peer);
/* vm: NULL for a request that concerns the whole broker. */
bool guard_allows(const struct guard *guard, const struct access_peer *peer,
	const struct vm_config *vm, enum access wanted);
/* vm: NULL as above; what: "to run programs", "to connect". */
void guard_refused(const struct access_peer *peer, const struct vm_config *vm, const char *what);

#endif
