#include "host-broker/net/publish/datagrams.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "host-broker/net/publish/knock.h"
#include "proto/io/closer.h"

struct datagrams {
	struct datagrams_pool *pool;
	uv_poll_t poll;
	int fd, family;
	struct sockaddr_in guest;
};

/* The address of ours that somebody has sent to. Made of zeros, and compared as bytes. */
union own_address {
	struct in_pktinfo v4;
	struct in6_pktinfo v6;
};

union own_control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(union own_address))];
};

struct datagrams_flow {
	TAILQ_ENTRY(datagrams_flow) link; /* in datagrams_pool.flows */
	struct datagrams *datagrams;
	struct sockaddr_storage client;
	union own_address own;
	uv_udp_t udp; /* connected with the guest */
	struct closer closer;
	uint64_t used_ms;
};

/* ---- flows ---- */

static void flow_free(void *data)
{
	free(data);
}

static void flow_end(struct datagrams_flow *flow)
{
	struct datagrams_pool *pool = flow->datagrams->pool;

	TAILQ_REMOVE(&pool->flows, flow, link);
	pool->count--;
	closer_close(&flow->closer, (uv_handle_t *)&flow->udp);
	closer_finish(&flow->closer);
}

static void flow_used(struct datagrams_flow *flow)
{
	struct datagrams_pool *pool = flow->datagrams->pool;

	flow->used_ms = uv_now(pool->loop);
	TAILQ_REMOVE(&pool->flows, flow, link);
	TAILQ_INSERT_TAIL(&pool->flows, flow, link);
}

static void on_sweep(uv_timer_t *timer)
{
	struct datagrams_pool *pool = timer->data;
	struct datagrams_flow *oldest;

	while ((oldest = TAILQ_FIRST(&pool->flows)) &&
		uv_now(pool->loop) - oldest->used_ms > DATAGRAMS_IDLE_MS)
		flow_end(oldest);
}

static bool peer_equal(const struct sockaddr_storage *one, const struct sockaddr_storage *other)
{
	const struct sockaddr_in *a4 = (const struct sockaddr_in *)one,
				 *b4 = (const struct sockaddr_in *)other;
	const struct sockaddr_in6 *a6 = (const struct sockaddr_in6 *)one,
				  *b6 = (const struct sockaddr_in6 *)other;

	if (one->ss_family != other->ss_family)
		return false;
	if (one->ss_family == AF_INET)
		return a4->sin_port == b4->sin_port && a4->sin_addr.s_addr == b4->sin_addr.s_addr;
	return a6->sin6_port == b6->sin6_port && a6->sin6_scope_id == b6->sin6_scope_id &&
	       memcmp(&a6->sin6_addr, &b6->sin6_addr, sizeof(a6->sin6_addr)) == 0;
}

static struct datagrams_flow *flow_find(const struct datagrams *datagrams,
	const struct sockaddr_storage *client, const union own_address *own)
{
	struct datagrams_flow *flow;

	TAILQ_FOREACH (flow, &datagrams->pool->flows, link)
		if (flow->datagrams == datagrams && peer_equal(&flow->client, client) &&
			/* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): see own_address */
			memcmp(&flow->own, own, sizeof(*own)) == 0)
			return flow;
	return NULL;
}

/* ---- answers ---- */

static void on_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	struct datagrams_flow *flow = handle->data;

	(void)suggested;
	*ret = uv_buf_init(flow->datagrams->pool->buffer, DATAGRAMS_BYTES);
}

static void control_set(const struct datagrams_flow *flow, struct msghdr *message)
{
	struct cmsghdr *header = CMSG_FIRSTHDR(message);
	bool v4 = flow->datagrams->family == AF_INET;
	size_t size = v4 ? sizeof(flow->own.v4) : sizeof(flow->own.v6);

	header->cmsg_level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
	header->cmsg_type = v4 ? IP_PKTINFO : IPV6_PKTINFO;
	header->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(header), &flow->own, size);
	message->msg_controllen = CMSG_SPACE(size);
}

/* One that does not go out is lost, as a network loses some. */
static void on_answer(uv_udp_t *udp, ssize_t length, const uv_buf_t *untrusted,
	const struct sockaddr *from, unsigned int flags)
{
	struct datagrams_flow *flow = udp->data;
	union own_control control = {0};
	struct iovec iov = {
		.iov_base = untrusted->base, .iov_len = length < 0 ? 0 : (size_t)length};
	struct msghdr message = {.msg_name = &flow->client,
		.msg_namelen = flow->datagrams->family == AF_INET ? sizeof(struct sockaddr_in)
								  : sizeof(struct sockaddr_in6),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};

	(void)flags;
	if (length < 0 || !from)
		return;
	control_set(flow, &message);
	sendmsg(flow->datagrams->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	knock_answered(flow->datagrams->pool->knock);
	flow_used(flow);
}

/* ---- what comes ---- */

static int flow_connect(struct datagrams_flow *flow)
{
	const struct datagrams *datagrams = flow->datagrams;
	int code = uv_udp_connect(&flow->udp, (const struct sockaddr *)&datagrams->guest);

	return code == 0 ? uv_udp_recv_start(&flow->udp, on_buffer, on_answer) : code;
}

static struct datagrams_flow *flow_begin(struct datagrams *datagrams,
	const struct sockaddr_storage *client, const union own_address *own)
{
	struct datagrams_pool *pool = datagrams->pool;
	struct datagrams_flow *flow = calloc(1, sizeof(*flow));

	if (!flow)
		return NULL;
	if (pool->count >= DATAGRAMS_FLOWS_MAX)
		flow_end(TAILQ_FIRST(&pool->flows));
	flow->datagrams = datagrams;
	flow->client = *client;
	flow->own = *own;
	closer_init(&flow->closer, flow_free, flow);
	/* With a socket: what makes one later would bind it. */
	if (uv_udp_init_ex(pool->loop, &flow->udp, AF_INET) < 0) {
		free(flow);
		return NULL;
	}
	closer_add(&flow->closer);
	flow->udp.data = flow;
	TAILQ_INSERT_TAIL(&pool->flows, flow, link);
	pool->count++;
	if (flow_connect(flow) == 0)
		return flow;
	flow_end(flow);
	return NULL;
}

/* The interface matters where addresses are an interface's own. */
static void own_take(struct msghdr *message, union own_address *ret)
{
	const struct cmsghdr *header = CMSG_FIRSTHDR(message);

	memset(ret, 0, sizeof(*ret));
	if (header && header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo info;
		memcpy(&info, CMSG_DATA(header), sizeof(info));
		ret->v4.ipi_spec_dst = info.ipi_addr;
	} else if (header && header->cmsg_level == IPPROTO_IPV6 &&
		   header->cmsg_type == IPV6_PKTINFO) {
		memcpy(&ret->v6, CMSG_DATA(header), sizeof(ret->v6));
		if (!IN6_IS_ADDR_LINKLOCAL(&ret->v6.ipi6_addr))
			ret->v6.ipi6_ifindex = 0;
	}
}

static void datagram_pass(struct datagrams *datagrams, const struct sockaddr_storage *client,
	const union own_address *own, size_t length)
{
	const uv_buf_t bytes = uv_buf_init(datagrams->pool->buffer, (unsigned int)length);
	struct datagrams_flow *flow = flow_find(datagrams, client, own);

	knock_datagram(datagrams->pool->knock);
	if (!flow)
		flow = flow_begin(datagrams, client, own);
	if (!flow)
		return;
	uv_udp_try_send(&flow->udp, &bytes, 1, NULL);
	flow_used(flow);
}

static bool datagram_take(struct datagrams *datagrams)
{
	struct sockaddr_storage client = {0};
	union own_control control;
	union own_address own;
	struct iovec iov = {.iov_base = datagrams->pool->buffer, .iov_len = DATAGRAMS_BYTES};
	struct msghdr message = {.msg_name = &client,
		.msg_namelen = sizeof(client),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes)};
	ssize_t length = recvmsg(datagrams->fd, &message, MSG_DONTWAIT);

	if (length < 0)
		return false;
	own_take(&message, &own);
	datagram_pass(datagrams, &client, &own, (size_t)length);
	return true;
}

static void on_datagrams(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	for (int i = 0; i < DATAGRAMS_PER_TURN && datagram_take(poll->data); i++)
		;
}

/* ---- the begin ---- */

int datagrams_pool_init(struct datagrams_pool *pool, uv_loop_t *loop, struct knock *knock)
{
	pool->loop = loop;
	pool->knock = knock;
	TAILQ_INIT(&pool->flows);
	pool->sweep.data = pool;
	int code = uv_timer_init(loop, &pool->sweep);
	return code == 0 ? uv_timer_start(
				   &pool->sweep, on_sweep, DATAGRAMS_SWEEP_MS, DATAGRAMS_SWEEP_MS)
			 : code;
}

int datagrams_create(
	struct datagrams_pool *pool, int fd, int family, const struct sockaddr_in *guest)
{
	struct datagrams *datagrams = calloc(1, sizeof(*datagrams));

	if (!datagrams)
		return UV_ENOMEM;
	*datagrams = (struct datagrams){.pool = pool, .fd = fd, .family = family, .guest = *guest};
	int code = uv_poll_init(pool->loop, &datagrams->poll, fd);
	datagrams->poll.data = datagrams;
	if (code == 0)
		code = uv_poll_start(&datagrams->poll, UV_READABLE, on_datagrams);
	return code;
}
