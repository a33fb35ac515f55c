#include "host-broker/access/named.h"

#include <stdlib.h>
#include <uv.h>

#include "host-broker/access/names.h"

static void rules_clear(struct named *named)
{
	for (size_t i = 0; i < named->count; i++)
		access_rules_finish(&named->rules[i]);
	named->count = 0;
}

void named_finish(struct named *named)
{
	rules_clear(named);
	free(named->rules);
	*named = (struct named){0};
}

bool named_is_stale(const struct named *named, uint64_t now_ms)
{
	return !named->known || now_ms - named->known_ms >= NAMED_KEPT_MS;
}

void named_forget(struct named *named)
{
	named->known = false;
}

void named_begin(struct named *named, uint64_t now_ms)
{
	rules_clear(named);
	named->known = true;
	named->known_ms = now_ms;
}

static int room_make(struct named *named)
{
	size_t room = named->room ? 2 * named->room : 16;
	struct access_rules *rules = realloc(named->rules, room * sizeof(*rules));

	if (!rules)
		return UV_ENOMEM;
	named->rules = rules;
	named->room = room;
	return 0;
}

int named_add(struct named *named, const struct access_config *access)
{
	int code = named->count == named->room ? room_make(named) : 0;

	if (code == 0)
		code = access_rules_make(access, &named->rules[named->count]);
	if (code == 0)
		named->count++;
	return code;
}

bool named_has(const struct named *named, uid_t broker, const struct access_peer *peer)
{
	for (size_t i = 0; i < named->count; i++)
		if (access_allowed(broker, peer, &named->rules[i], ACCESS_USE))
			return true;
	return false;
}
