#include "host-broker/access/guard.h"

#include <unistd.h>
#include <uv.h>

#include "host-broker/access/names.h"
#include "proto/base/log.h"

int guard_init(struct guard *guard, uv_loop_t *loop, bool polkit)
{
	*guard = (struct guard){.owner = geteuid()};
	return polkit ? polkit_create(loop, &guard->polkit) : 0;
}

void guard_finish(struct guard *guard)
{
	if (guard->polkit)
		polkit_destroy(guard->polkit);
	guard->polkit = NULL;
}

bool guard_is_vm(struct guard *guard, const struct access_peer *peer)
{
	const char *vm;

	if (!guard->uids || access_is_owner(guard->owner, peer) ||
		!vm_uids_has(guard->uids, peer->uid, &vm))
		return false;
	if (vm_uids_tell(guard->uids, peer->uid))
		log_warning(vm[0] ? vm : NULL,
			"refused: user %u runs VMs' processes and may not connect (logged once)",
			peer->uid);
	return true;
}

bool guard_allows(const struct guard *guard, const struct access_peer *peer,
	const struct vm_config *vm, enum access wanted)
{
	struct access_rules rules;

	/* What needs no look at the lists of users. */
	if (access_allowed(guard->owner, peer, NULL, wanted))
		return true;
	if (!vm || access_rules_make(&vm->access, &rules) < 0)
		return false;
	bool allowed = access_allowed(guard->owner, peer, &rules, wanted);
	access_rules_finish(&rules);
	return allowed;
}

void guard_refused(const struct access_peer *peer, const struct vm_config *vm, const char *what)
{
	log_user_warning(
		peer->uid, vm ? vm->name : NULL, "refused: user %u may not %s", peer->uid, what);
}
