#include "host-broker/system/kvm-node.h"

#include <sys/stat.h>

static bool has_group(const struct identity *identity, gid_t gid)
{
	for (int i = 0; i < identity->groups_count; i++)
		if (identity->groups[i] == gid)
			return true;
	return identity->gid == gid;
}

bool kvm_node_admits(const char *node, const struct identity *identity, struct identity *ret_joined)
{
	struct stat status;

	*ret_joined = *identity;
	if (stat(node, &status) < 0)
		return false;
	if ((status.st_mode & S_IRWXO) >= (S_IROTH | S_IWOTH))
		return true;
	/* root's group opens more than this. */
	if (status.st_gid == 0 || (status.st_mode & S_IRWXG) < (S_IRGRP | S_IWGRP))
		return false;
	if (has_group(identity, status.st_gid))
		return true;
	if (identity->groups_count == IDENTITY_GROUPS_MAX)
		return false;
	ret_joined->groups[ret_joined->groups_count++] = status.st_gid;
	return true;
}
