/* As which user a client may run programs in a VM. Pure. */
#ifndef VMSILO_BROKER_ACCESS_SESSION_POLICY_H
#define VMSILO_BROKER_ACCESS_SESSION_POLICY_H

#include "host-broker/config/config.h"
#include "proto/base/error.h"

/*
 * untrusted_asked: the user that the client names, "" for the configured one. *ret is the one to
 * grant, borrowed of vm or of untrusted_asked. The configured one may always be asked for, besides
 * those of guest_users, where "*" stands for any; a VM that names neither lets any be asked for.
 * UV_EINVAL (no user's name) or UV_EACCES, with a sentence.
 */
int session_policy_user(const struct vm_config *vm, const char *untrusted_asked, const char **ret,
	struct error *error);

#endif
