/*
 * Who may ask the broker for what. Pure.
 *
 * A user's broker serves that user, and root, who could become the user anyway. The machine's
 * broker serves root alone until the configuration can name others.
 */
#ifndef VMSILO_BROKER_ACCESS_H
#define VMSILO_BROKER_ACCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* broker: effective user of the broker; peer: of the client, as the kernel says (SO_PEERCRED). */
bool access_allowed(uid_t broker, uid_t peer);

#endif
