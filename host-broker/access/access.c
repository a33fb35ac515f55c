#include "host-broker/access/access.h"

static bool ids_have(const struct access_ids *ids, id_t id)
{
	for (size_t i = 0; i < ids->count; i++)
		if (ids->ids[i] == id)
			return true;
	return false;
}

static bool groups_have(const struct access_ids *ids, const struct access_peer *peer)
{
	if (ids_have(ids, peer->gid))
		return true;
	for (size_t i = 0; i < peer->groups_count; i++)
		if (ids_have(ids, peer->groups[i]))
			return true;
	return false;
}

bool access_is_owner(uid_t broker, const struct access_peer *peer)
{
	return peer->uid == broker || peer->uid == 0;
}

bool access_allowed(uid_t broker, const struct access_peer *peer, const struct access_rules *rules,
	enum access wanted)
{
	if (access_is_owner(broker, peer))
		return true;
	if (!rules)
		return false;
	if (ids_have(&rules->managers, peer->uid) || groups_have(&rules->manager_groups, peer))
		return true;
	return wanted == ACCESS_USE &&
	       (ids_have(&rules->users, peer->uid) || groups_have(&rules->groups, peer));
}

const char *access_name(enum access access)
{
	return access == ACCESS_USE ? "use" : "manage";
}
