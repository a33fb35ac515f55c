#include "host-broker/net/dns/queries.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/net/dns/resolvers.h"
#include "host-broker/net/dns/seen.h"
#include "host-broker/net/dns/way.h"
#include "proto/io/closer.h"

struct queries {
	uv_udp_t udp;
	struct resolvers *resolvers;
	struct way6 *way6;
	int seen_fd;
	struct query *list[QUERIES_MAX];
	char bytes[65536]; /* received; handled before the next */
};

struct query {
	struct queries *queries;
	struct query **place;
	struct sockaddr_storage from;
	uv_udp_t udp;
	uv_timer_t timer;
	struct closer closer;
	unsigned int tries;
	uint64_t number; /* of what it has told; 0: nothing */
	char *answer;    /* that waits meanwhile, or is given if there is no better one */
	size_t answer_length;
	size_t length;
	char bytes[];
};

static void query_free(void *data)
{
	struct query *query = data;

	free(query->answer);
	free(query);
}

static void query_end(struct query *query)
{
	*query->place = NULL;
	closer_close(&query->closer, (uv_handle_t *)&query->udp);
	closer_close(&query->closer, (uv_handle_t *)&query->timer);
	closer_finish(&query->closer);
}

/* ---- one query ---- */

static void on_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	struct query *query = handle->data;

	(void)suggested;
	*ret = uv_buf_init(query->queries->bytes, sizeof(query->queries->bytes));
}

static int query_send(struct query *query);

static void query_answer(struct query *query, const char *bytes, size_t length)
{
	const uv_buf_t answer = uv_buf_init((char *)bytes, (unsigned int)length);

	uv_udp_try_send(&query->queries->udp, &answer, 1, (const struct sockaddr *)&query->from);
	query_end(query);
}

/* A resolver that is not there says so; the next may be. */
static void query_retry(struct query *query)
{
	if (query->tries < QUERY_TRIES_MAX && query_send(query) == 0)
		return;
	if (query->answer)
		query_answer(query, query->answer, query->answer_length);
	else
		query_end(query);
}

static bool answer_keep(struct query *query, const char *untrusted, size_t length)
{
	free(query->answer);
	query->answer = malloc(length);
	if (!query->answer)
		return false;
	memcpy(query->answer, untrusted, length);
	query->answer_length = length;
	return true;
}

static struct net_address address_of(const struct sockaddr_storage *from)
{
	struct net_address ret = {.family = (uint8_t)from->ss_family};

	if (from->ss_family == AF_INET)
		memcpy(ret.bytes, &((const struct sockaddr_in *)from)->sin_addr, 4);
	else
		memcpy(ret.bytes, &((const struct sockaddr_in6 *)from)->sin6_addr, 16);
	return ret;
}

static void on_taken_time(uv_timer_t *timer)
{
	struct query *query = timer->data;

	query_answer(query, query->answer, query->answer_length);
}

/* False: there is nothing to tell, or nobody to tell it. */
static bool answer_tell(struct query *query, const char *untrusted, size_t length)
{
	struct dns_seen seen = {0};

	if (!dns_answer_parse((const uint8_t *)untrusted, length, &seen.answer))
		return false;
	if (!answer_keep(query, untrusted, length))
		return false;
	seen.client = address_of(&query->from);
	seen.number = query->number = uv_hrtime();
	if (send(query->queries->seen_fd, &seen, sizeof(seen), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return false;
	uv_udp_recv_stop(&query->udp);
	uv_timer_start(&query->timer, on_taken_time, QUERY_TAKEN_MS, 0);
	return true;
}

static void answer_take(struct query *query, char *untrusted, size_t length)
{
	if (!way6_is_there(query->queries->way6, uv_now(query->udp.loop)))
		length = dns_answer_strip6((uint8_t *)untrusted, length);
	if (!answer_tell(query, untrusted, length))
		query_answer(query, untrusted, length);
}

/* As resolv.conf(5)'s own reader does: one that cannot, or does not want to, is not the last. */
static bool asks_next(struct query *query, const char *untrusted, size_t length)
{
	return query->tries < query->queries->resolvers->count &&
	       dns_answer_is_refusal((const uint8_t *)untrusted, length) &&
	       answer_keep(query, untrusted, length);
}

static void on_answer(uv_udp_t *udp, ssize_t length, const uv_buf_t *untrusted,
	const struct sockaddr *from, unsigned int flags)
{
	struct query *query = udp->data;
	struct resolvers *resolvers = query->queries->resolvers;

	(void)flags;
	if (length < 0 || (from && asks_next(query, untrusted->base, (size_t)length))) {
		query_retry(query);
	} else if (from) {
		resolvers->good = (query->tries - 1) % resolvers->count;
		answer_take(query, untrusted->base, (size_t)length);
	}
}

bool queries_taken(struct queries *queries, uint64_t number)
{
	for (size_t i = 0; i < QUERIES_MAX; i++) {
		struct query *query = queries->list[i];
		if (!query || query->number != number || !query->answer)
			continue;
		query_answer(query, query->answer, query->answer_length);
		return true;
	}
	return false;
}

static void on_time(uv_timer_t *timer)
{
	query_retry(timer->data);
}

/* To the resolver whose turn it is. */
static int query_send(struct query *query)
{
	const struct resolvers *resolvers = query->queries->resolvers;
	const uv_buf_t bytes = uv_buf_init(query->bytes, (unsigned int)query->length);
	const struct sockaddr_storage *to = &resolvers->list[query->tries++ % resolvers->count];

	uv_timer_start(&query->timer, on_time, QUERY_TRY_MS, 0);
	uv_udp_connect(&query->udp, NULL);
	int code = uv_udp_connect(&query->udp, (const struct sockaddr *)to);
	if (code == 0)
		code = uv_udp_try_send(&query->udp, &bytes, 1, NULL);
	/* A network that is away may be back at the next try. */
	return code == UV_ENOMEM || code == UV_EMFILE ? code : 0;
}

static int query_open(struct query *query, uv_loop_t *loop)
{
	const struct resolvers *resolvers = query->queries->resolvers;

	closer_init(&query->closer, query_free, query);
	if (uv_udp_init_ex(loop, &query->udp, resolvers->list[0].ss_family) < 0)
		return UV_EMFILE;
	uv_timer_init(loop, &query->timer);
	closer_add(&query->closer);
	closer_add(&query->closer);
	query->udp.data = query->timer.data = query;
	return 0;
}

/* ---- all of them ---- */

static bool address_equal(const struct sockaddr_storage *one, const struct sockaddr *other)
{
	if (one->ss_family != other->sa_family)
		return false;
	if (one->ss_family == AF_INET)
		return ((const struct sockaddr_in *)one)->sin_addr.s_addr ==
		       ((const struct sockaddr_in *)other)->sin_addr.s_addr;
	return memcmp(&((const struct sockaddr_in6 *)one)->sin6_addr,
		       &((const struct sockaddr_in6 *)other)->sin6_addr,
		       sizeof(struct in6_addr)) == 0;
}

static struct query **place_find(struct queries *queries, const struct sockaddr *from)
{
	struct query **place = NULL;
	size_t own = 0;

	for (size_t i = 0; i < QUERIES_MAX; i++) {
		if (!queries->list[i])
			place = &queries->list[i];
		else if (address_equal(&queries->list[i]->from, from))
			own++;
	}
	return own < QUERIES_OF_ONE_MAX ? place : NULL;
}

static void query_begin(
	struct queries *queries, const uv_buf_t *bytes, size_t length, const struct sockaddr *from)
{
	struct query **place = place_find(queries, from);
	struct query *query = place ? malloc(sizeof(*query) + length) : NULL;

	if (!query)
		return;
	*query = (struct query){.queries = queries, .place = place, .length = length};
	memcpy(query->bytes, bytes->base, length);
	memcpy(&query->from, from,
		from->sa_family == AF_INET ? sizeof(struct sockaddr_in)
					   : sizeof(struct sockaddr_in6));
	resolvers_refresh(queries->resolvers, uv_now(queries->udp.loop));
	if (query_open(query, queries->udp.loop) < 0) {
		free(query);
		return;
	}
	*place = query;
	uv_udp_recv_start(&query->udp, on_buffer, on_answer);
	if (query_send(query) < 0)
		query_end(query);
}

static void on_queries_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	struct queries *queries = handle->data;

	(void)suggested;
	*ret = uv_buf_init(queries->bytes, sizeof(queries->bytes));
}

static void on_query(uv_udp_t *udp, ssize_t length, const uv_buf_t *untrusted,
	const struct sockaddr *from, unsigned int flags)
{
	if (length > 0 && length <= QUERY_BYTES_MAX && from && !(flags & UV_UDP_PARTIAL))
		query_begin(udp->data, untrusted, (size_t)length, from);
}

int queries_create(uv_loop_t *loop, int fd, struct resolvers *resolvers, struct way6 *way6,
	int seen_fd, struct queries **ret)
{
	struct queries *queries = calloc(1, sizeof(*queries));

	if (!queries)
		return UV_ENOMEM;
	queries->resolvers = resolvers;
	queries->way6 = way6;
	queries->seen_fd = seen_fd;
	int code = uv_udp_init(loop, &queries->udp);
	queries->udp.data = queries;
	if (code == 0)
		code = uv_udp_open(&queries->udp, fd);
	if (code == 0)
		code = uv_udp_recv_start(&queries->udp, on_queries_buffer, on_query);
	*ret = queries;
	return code;
}
