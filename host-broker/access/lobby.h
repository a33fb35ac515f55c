/*
 * Which connections of local users the broker accepts, and when it serves them. Each kind of user
 * has places of its own, so that none can keep the others out:
 *
 *   OWNER     root and the broker's own user: CLIENTS_MAX without the others' places is reserved
 *             for them, and they never wait
 *   NAMED     users that some VM's `access:` names: limits for each, and for all together
 *   STRANGER  everybody else, to whom polkit may allow something: few, also all together, since one
 *             person can have thousands of uids (subuid(5))
 *
 * Each connection is charged to its user's allowance; when that is overdrawn, the connection is
 * served later, not refused. A connection for which there is no place is closed, as cheaply as
 * possible, since it is what a user can make most of. Pure; times are passed in.
 */
#ifndef VMSILO_BROKER_ACCESS_LOBBY_H
#define VMSILO_BROKER_ACCESS_LOBBY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "proto/base/allowance.h"
#include "proto/limits.h"

#define LOBBY_STRANGERS_MAX 48   /* connections of all of them */
#define LOBBY_OF_STRANGER_MAX 24 /* of one */
#define LOBBY_NAMED_MAX 192      /* of all of them */
#define LOBBY_OF_NAMED_MAX 128   /* of one */
#define LOBBY_NAMED_RATE 100     /* connections, each with its request, a second, */
#define LOBBY_NAMED_BURST 400    /* at once */
#define LOBBY_STRANGER_RATE 10   /* of one */
#define LOBBY_STRANGER_BURST 30
#define LOBBY_STRANGERS_RATE 50 /* of all of them */
#define LOBBY_STRANGERS_BURST 100
#define LOBBY_SENT_MS 1000  /* so long who was sent away is not looked at again */
#define LOBBY_TOLD_MS 60000 /* it is not logged again for so long */

enum lobby_kind { LOBBY_OWNER, LOBBY_NAMED, LOBBY_STRANGER, LOBBY_KINDS };

struct lobby_user {
	uid_t uid;
	enum lobby_kind kind;
	size_t count;
	uint64_t used_ms;
	uint64_t sent_until_ms; /* there was no room */
	uint64_t told_until_ms;
	struct allowance requests;
};

struct lobby {
	size_t taken[LOBBY_KINDS];
	uint64_t told_until_ms[LOBBY_KINDS]; /* that it is full */
	struct allowance strangers;
	size_t users_count;
	struct lobby_user users[CLIENTS_MAX]; /* but for owners */
};

enum lobby_news { LOBBY_NO_NEWS, LOBBY_HE_OWES, LOBBY_HE_HAS_TOO_MANY, LOBBY_ALL_HAVE_TOO_MANY };

struct lobby_visit {
	uint64_t wait_ms;     /* until it is served */
	enum lobby_news news; /* to be logged; not repeated while it goes on */
};

void lobby_init(struct lobby *lobby, uint64_t now_ms);
/* Whether there was no room for him a moment ago, and there is none still: before anything else is
 * asked about him. */
bool lobby_sends_away(const struct lobby *lobby, uid_t uid, uint64_t now_ms);
/* UV_ENOBUFS when there is no room for him. */
int lobby_enter(struct lobby *lobby, uid_t uid, enum lobby_kind kind, uint64_t now_ms,
	struct lobby_visit *ret);
void lobby_leave(struct lobby *lobby, uid_t uid, enum lobby_kind kind);

#endif
