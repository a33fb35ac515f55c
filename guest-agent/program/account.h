/* A user of the guest, from /etc/passwd and /etc/group. */
#ifndef VMSILO_AGENT_PROGRAM_ACCOUNT_H
#define VMSILO_AGENT_PROGRAM_ACCOUNT_H

#include <sys/types.h>

#define ACCOUNT_GROUPS_MAX 256

struct account {
	char name[64];
	char home[256];
	char shell[256];
	uid_t uid;
	gid_t gid;
	gid_t groups[ACCOUNT_GROUPS_MAX];
	int groups_count;
};

/* name "": our own user, which need not be listed. UV_ENOENT when there is no such user. */
int account_find(const char *name, struct account *ret);
/* Becomes it: groups, group, user. No-op for who we are already. 0 or -errno. */
int account_become(const struct account *account);
/* Has its effective rights for a while, and root's again. 0 or -errno. */
int account_enter(const struct account *account);
int account_leave(void);

#endif
