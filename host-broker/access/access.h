/*
 * Who may ask the broker for what. Pure.
 *
 * The broker's own user and root may do everything. Others have what a VM's `access:` gives them:
 *
 *   users, groups                USE: see it, run programs in it (which starts it), keep it running
 *   managers, manager_groups     MANAGE: that, and start, stop and change it
 *
 * Requests that concern the broker as a whole are for the broker's own user and root.
 */
#ifndef VMSILO_BROKER_ACCESS_ACCESS_H
#define VMSILO_BROKER_ACCESS_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The strictest first, so that zero-initialised memory means the strictest. */
enum access {
	ACCESS_MANAGE,
	ACCESS_USE,
};

/* Of a client, as the kernel says (SO_PEERCRED, SO_PEERGROUPS). */
struct access_peer {
	uid_t uid;
	gid_t gid;
	const gid_t *groups; /* the supplementary ones */
	size_t groups_count;
};

struct access_ids {
	const id_t *ids;
	size_t count;
};

/* A VM's `access:`, as numbers. */
struct access_rules {
	struct access_ids users, groups, managers, manager_groups;
};

/* broker: effective user of the broker. */
bool access_is_owner(uid_t broker, const struct access_peer *peer);
/* rules: NULL for a request that concerns no VM. */
bool access_allowed(uid_t broker, const struct access_peer *peer, const struct access_rules *rules,
	enum access wanted);
const char *access_name(enum access access);

#endif
