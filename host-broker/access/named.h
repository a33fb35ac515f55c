/*
 * Whom the `access:` of some VM names, all VMs together: looked up in the machine's users and
 * groups at most once in NAMED_KEPT_MS, however many connect, so that nobody's connections make the
 * broker read these lists. What a client may do is asked of guard.h, each time. Times are given.
 */
#ifndef VMSILO_BROKER_ACCESS_NAMED_H
#define VMSILO_BROKER_ACCESS_NAMED_H

#include "host-broker/access/access.h"
#include "host-broker/config/config.h"

#define NAMED_KEPT_MS 1000 /* a change of a user's groups is noticed after that */

struct named {
	struct access_rules *rules; /* of a VM each */
	size_t count, room;
	bool known;
	uint64_t known_ms; /* since when */
};

/* For those who need no making: zeroed is new. */
void named_finish(struct named *named);

bool named_is_stale(const struct named *named, uint64_t now_ms);
/* The configuration may name others now. */
void named_forget(struct named *named);
/* Begins anew with nobody; then each VM is added. UV_ENOMEM: that one's are strangers. */
void named_begin(struct named *named, uint64_t now_ms);
int named_add(struct named *named, const struct access_config *access);

bool named_has(const struct named *named, uid_t broker, const struct access_peer *peer);

#endif
