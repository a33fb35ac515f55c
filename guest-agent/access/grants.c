#include "guest-agent/access/grants.h"

#include <stdlib.h>
#include <uv.h>

void grants_init(struct grants *grants)
{
	*grants = (struct grants){0};
}

void grants_finish(struct grants *grants)
{
	free(grants->list);
	grants_init(grants);
}

static void remove_at(struct grants *grants, size_t index)
{
	grants->list[index] = grants->list[--grants->count];
}

static void remove_expired(struct grants *grants, uint64_t now_ms)
{
	for (size_t i = grants->count; i > 0; i--)
		if (grants->list[i - 1].expires_ms <= now_ms)
			remove_at(grants, i - 1);
}

int grants_add(struct grants *grants, const struct grant *grant, uint64_t now_ms)
{
	remove_expired(grants, now_ms);
	if (grants->count == GRANTS_MAX)
		return UV_ENOBUFS;
	if (!grants->list)
		grants->list = calloc(GRANTS_MAX, sizeof(*grants->list));
	if (!grants->list)
		return UV_ENOMEM;
	grants->list[grants->count++] = *grant;
	return 0;
}

void grants_renew(struct grants *grants, uint64_t expires_ms)
{
	for (size_t i = 0; i < grants->count; i++)
		if (grants->list[i].expires_ms < expires_ms)
			grants->list[i].expires_ms = expires_ms;
}

bool grants_take(struct grants *grants, const struct token *token, uint16_t port, uint64_t now_ms,
	struct grant *ret)
{
	remove_expired(grants, now_ms);
	for (size_t i = 0; i < grants->count; i++) {
		if (grants->list[i].port != port || !token_equal(&grants->list[i].token, token))
			continue;
		*ret = grants->list[i];
		remove_at(grants, i);
		return true;
	}
	return false;
}
