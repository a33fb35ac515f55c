/*
 * Which connections of local users the broker takes, and when it hears them. There is room for
 * each kind of user, so that none of them can keep the others out:
 *
 *   OWNER     root, and the broker's own user: what is left of all, CLIENTS_MAX - the others' is
 *             kept for them, and they never wait
 *   NAMED     whom some VM's `access:` names: so many each, and so many together
 *   STRANGER  everybody else, who may be allowed something by polkit: few, also together, since one
 *             person can have thousands of uids (subuid(5))
 *
 * A user's connections are paid for from his allowance; who owes is heard later, not refused. For
 * whom there is no room he is sent away, which costs as little as can be, since it is what he can
 * have most of. Pure; times are given.
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
#define LOBBY_TOLD_MS 60000 /* for so long it has been told of */

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
	uint64_t wait_ms;     /* until he is heard */
	enum lobby_news news; /* to be told: not again while it goes on */
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
