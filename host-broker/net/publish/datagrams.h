/*
 * One published port of UDP. Each sender has a socket of its own to the guest, whose answers go
 * back to it, from the address that it had sent to.
 */
#ifndef VMSILO_BROKER_NET_PUBLISH_DATAGRAMS_H
#define VMSILO_BROKER_NET_PUBLISH_DATAGRAMS_H

#include <netinet/in.h>
#include <sys/queue.h>
#include <uv.h>

#define DATAGRAMS_FLOWS_MAX 256  /* of one VM; then who was quiet longest makes room */
#define DATAGRAMS_IDLE_MS 120000 /* RFC 4787, REQ-5: no shorter */
#define DATAGRAMS_SWEEP_MS 10000
#define DATAGRAMS_PER_TURN 32 /* so that one port does not starve others */
#define DATAGRAMS_BYTES 65536

struct knock;
struct datagrams_flow;

/* Of all ports of a VM. */
struct datagrams_pool {
	uv_loop_t *loop;
	struct knock *knock;
	TAILQ_HEAD(datagrams_flows, datagrams_flow) flows; /* who was used last is last */
	unsigned int count;
	uv_timer_t sweep;
	char buffer[DATAGRAMS_BYTES];
};

int datagrams_pool_init(struct datagrams_pool *pool, uv_loop_t *loop, struct knock *knock);
/* fd: bound, of the family; the callee's. */
int datagrams_create(
	struct datagrams_pool *pool, int fd, int family, const struct sockaddr_in *guest);

#endif
