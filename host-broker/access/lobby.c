#include "host-broker/access/lobby.h"

#include <uv.h>

/* Bytes are not counted. */
static const struct allowance_limits named_limits = {.per_second = LOBBY_NAMED_RATE,
	.burst = LOBBY_NAMED_BURST,
	.bytes_per_second = 1,
	.bytes_burst = 1};
static const struct allowance_limits stranger_limits = {.per_second = LOBBY_STRANGER_RATE,
	.burst = LOBBY_STRANGER_BURST,
	.bytes_per_second = 1,
	.bytes_burst = 1};
static const struct allowance_limits strangers_limits = {.per_second = LOBBY_STRANGERS_RATE,
	.burst = LOBBY_STRANGERS_BURST,
	.bytes_per_second = 1,
	.bytes_burst = 1};

static const size_t all_max[LOBBY_KINDS] = {CLIENTS_MAX, LOBBY_NAMED_MAX, LOBBY_STRANGERS_MAX};
static const size_t each_max[LOBBY_KINDS] = {
	CLIENTS_MAX, LOBBY_OF_NAMED_MAX, LOBBY_OF_STRANGER_MAX};

_Static_assert(LOBBY_NAMED_MAX + LOBBY_STRANGERS_MAX < CLIENTS_MAX, "some are kept for the owner");

void lobby_init(struct lobby *lobby, uint64_t now_ms)
{
	*lobby = (struct lobby){0};
	allowance_init(&lobby->strangers, &strangers_limits, now_ms);
}

static struct lobby_user *user_find(const struct lobby *lobby, uid_t uid)
{
	for (size_t i = 0; i < lobby->users_count; i++)
		if (lobby->users[i].uid == uid)
			return (struct lobby_user *)&lobby->users[i];
	return NULL;
}

static bool has_no_room(
	const struct lobby *lobby, const struct lobby_user *user, enum lobby_kind kind)
{
	return lobby->taken[kind] >= all_max[kind] || (user && user->count >= each_max[kind]);
}

bool lobby_sends_away(const struct lobby *lobby, uid_t uid, uint64_t now_ms)
{
	const struct lobby_user *user = user_find(lobby, uid);

	return user && now_ms < user->sent_until_ms && has_no_room(lobby, user, user->kind);
}

/* A new place, or that of who has been away for longest. There is one, since there are fewer
 * connections than places. */
static struct lobby_user *user_place(struct lobby *lobby)
{
	struct lobby_user *oldest = NULL;

	if (lobby->users_count < CLIENTS_MAX)
		return &lobby->users[lobby->users_count++];
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct lobby_user *user = &lobby->users[i];
		if (user->count == 0 && (!oldest || user->used_ms < oldest->used_ms))
			oldest = user;
	}
	return oldest;
}

static struct lobby_user *user_get(
	struct lobby *lobby, uid_t uid, enum lobby_kind kind, uint64_t now_ms)
{
	struct lobby_user *user = user_find(lobby, uid);
	bool is_new = !user;

	if (is_new)
		user = user_place(lobby);
	if (is_new)
		*user = (struct lobby_user){.uid = uid};
	if (is_new || user->kind != kind)
		allowance_init(&user->requests,
			kind == LOBBY_NAMED ? &named_limits : &stranger_limits, now_ms);
	user->kind = kind;
	user->used_ms = now_ms;
	return user;
}

static void pay(
	struct lobby *lobby, struct lobby_user *user, uint64_t now_ms, struct lobby_visit *ret)
{
	uint64_t left_out, for_all_ms = 0;
	bool begins, all_begin = false;

	allowance_calms(&user->requests, now_ms, &left_out);
	ret->wait_ms = allowance_owe(&user->requests, 1, 0, now_ms, &begins);
	if (user->kind == LOBBY_STRANGER) {
		allowance_calms(&lobby->strangers, now_ms, &left_out);
		for_all_ms = allowance_owe(&lobby->strangers, 1, 0, now_ms, &all_begin);
	}
	if (for_all_ms > ret->wait_ms)
		ret->wait_ms = for_all_ms;
	ret->news = begins || all_begin ? LOBBY_HE_OWES : LOBBY_NO_NEWS;
}

static enum lobby_news news_once(uint64_t *told_until_ms, enum lobby_news news, uint64_t now_ms)
{
	bool told = now_ms < *told_until_ms;

	*told_until_ms = now_ms + LOBBY_TOLD_MS;
	return told ? LOBBY_NO_NEWS : news;
}

/* Which of the two bounds it was matters to who reads the log: one has many, or many have some. */
static void user_send_away(struct lobby *lobby, struct lobby_user *user, enum lobby_kind kind,
	uint64_t now_ms, struct lobby_visit *ret)
{
	if (user)
		user->sent_until_ms = now_ms + LOBBY_SENT_MS;
	if (user && user->count >= each_max[kind])
		ret->news = news_once(&user->told_until_ms, LOBBY_HE_HAS_TOO_MANY, now_ms);
	else
		ret->news = news_once(&lobby->told_until_ms[kind], LOBBY_ALL_HAVE_TOO_MANY, now_ms);
}

int lobby_enter(struct lobby *lobby, uid_t uid, enum lobby_kind kind, uint64_t now_ms,
	struct lobby_visit *ret)
{
	struct lobby_user *user = NULL;

	*ret = (struct lobby_visit){0};
	if (kind != LOBBY_OWNER)
		user = user_get(lobby, uid, kind, now_ms);
	if (has_no_room(lobby, user, kind)) {
		user_send_away(lobby, user, kind, now_ms, ret);
		return UV_ENOBUFS;
	}
	lobby->taken[kind]++;
	if (!user)
		return 0;
	user->count++;
	pay(lobby, user, now_ms, ret);
	return 0;
}

void lobby_leave(struct lobby *lobby, uid_t uid, enum lobby_kind kind)
{
	struct lobby_user *user = kind == LOBBY_OWNER ? NULL : user_find(lobby, uid);

	lobby->taken[kind]--;
	if (user)
		user->count--;
}
