/*
 * The guest's user, made below root if he is not there:
 *
 *   there, with this number      nothing
 *   there, with another          gets this one, unless one of them is the system's or is taken
 *   an ordinary user has the number      gets this name; what is his stays where it is
 *   neither                      is added, with a group, a home, and the groups that a desktop has
 *
 * root is as the guest has it. What is the guest's system's (numbers below USER_UID_MIN) stays.
 */
#ifndef VMSILO_AGENT_SETUP_USER_H
#define VMSILO_AGENT_SETUP_USER_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "guest-agent/setup/problems.h"

#define USER_UID_MIN 1000
#define USER_UID_MAX 60000

struct setup_user {
	uid_t uid;
	gid_t gid;
	char home[256];
};

/* Returns whether there is such a user now; his account is *ret. */
bool user_make(const char *root, const char *name, uid_t uid, struct setup_user *ret,
	struct problems *problems);

#endif
