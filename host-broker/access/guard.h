/*
 * Asked for every request: may this client do that to this VM? Decides by access.h and the VM's
 * `access:`, and tells the log of refusals.
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
	struct polkit *polkit; /* NULL: is not asked */
	struct vm_uids *uids;  /* who VMs run as, the owner's; NULL: as the broker */
};

/* polkit: ask it about those whom the configuration does not name. */
int guard_init(struct guard *guard, uv_loop_t *loop, bool polkit);
void guard_finish(struct guard *guard);
/* Whether it is a process of a VM, which nothing is for, whatever the configuration says. */
bool guard_is_vm(struct guard *guard, const struct access_peer *peer);
/* vm: NULL for what is of the whole broker. */
bool guard_allows(const struct guard *guard, const struct access_peer *peer,
	const struct vm_config *vm, enum access wanted);
/* vm: NULL as above; what: "to run programs", "to connect". */
void guard_refused(const struct access_peer *peer, const struct vm_config *vm, const char *what);

#endif
