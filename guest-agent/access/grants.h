/* The grants that the broker announced and no stream has used yet. Pure; times are given. */
#ifndef VMSILO_AGENT_ACCESS_GRANTS_H
#define VMSILO_AGENT_ACCESS_GRANTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"
#include "proto/wire/token.h"

struct grant {
	struct token token;
	uint16_t port;                /* where its stream comes to */
	char user[USER_NAME_MAX + 1]; /* "": the agent's own */
	bool services_only;           /* no command, no login shell */
	uint64_t expires_ms;
};

struct grants {
	struct grant *list; /* GRANTS_MAX of them once there was one */
	size_t count;
};

void grants_init(struct grants *grants);
void grants_finish(struct grants *grants);
/* UV_ENOBUFS when GRANTS_MAX are open; UV_ENOMEM. */
int grants_add(struct grants *grants, const struct grant *grant, uint64_t now_ms);
/* None expires before this. */
void grants_renew(struct grants *grants, uint64_t expires_ms);
/* Uses it up: true once for each grant, until it expires. */
bool grants_take(struct grants *grants, const struct token *token, uint16_t port, uint64_t now_ms,
	struct grant *ret);

#endif
