/* A user namespace in which one user of the host exists: the process's own. */
#ifndef VMSILO_PROTO_HOST_USERNS_H
#define VMSILO_PROTO_HOST_USERNS_H

#include <sys/types.h>

#include "proto/base/error.h"

/* Moves the process there, with further new namespaces (CLONE_NEW... in flags). uid and gid: what
 * its effective user and group are called inside. A failure names what usually forbids it. */
int userns_enter(int flags, uid_t uid, gid_t gid, struct error *error);

#endif
