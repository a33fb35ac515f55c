/*
 * What networks there are, and what the kernel has of them:
 *
 *   (nothing) --set--> RULES ARE THERE --tap--> AND A TAP --its monitor ends--> RULES ARE THERE
 *                       `-- remove: the TAPs, then the rules --> (nothing)
 *
 * So nothing passes an interface before the rules for it are in place, or after they are gone. Each
 * change is one transaction; one that fails changes nothing.
 */
#ifndef VMSILO_BROKER_NET_STATE_H
#define VMSILO_BROKER_NET_STATE_H

#include "host-broker/net/rules/rules.h"
#include "proto/base/error.h"

#define STATE_HOST_MAX 512 /* addresses of the host's own */

struct nft_ctx;
struct nl_sock;

/* Of our namespace; borrowed. */
struct state_kernel {
	struct nl_sock *route;
	struct nft_ctx *nft;
	int log_group;        /* what is refused is told there; 0: nobody reads it */
	struct nft_ctx *host; /* of the host's namespace; NULL: its firewall is no matter */
	int directory;        /* where the node "tun" lies */
	/* Whether any VM may reach a port of the host's; told when it changes. NULL: nobody asks.
	 */
	void (*on_host_ports)(void *data, bool wanted);
	/* What of a VM's is published from now on: place tells it from the others'. A VM that is
	 * gone, or offline, has none. 0, or a negative UV_E* and a sentence: it is as it was. NULL:
	 * nobody publishes. */
	int (*on_publish)(
		void *data, size_t place, const struct net_attachment *vm, struct error *error);
	void *data;
};

struct state {
	struct state_kernel kernel;
	struct rules_vm *vms[NET_VMS_MAX]; /* NULL: free; the place is the number of its routes */
	struct net_address host[STATE_HOST_MAX];
	size_t host_count;
	bool host_ports;
};

void state_init(struct state *state, const struct state_kernel *kernel);
/* The TAPs end with it. */
void state_finish(struct state *state);

/* 0 or a negative UV_E* and a sentence, likewise below. A sentence also when it succeeded, if
 * something of the host's is in the way. Until its netvm is there, nothing of the VM passes. */
int state_set(struct state *state, const struct net_attachment *attachment, struct error *error);
int state_tap(
	struct state *state, const char *vm, enum net_side side, int *ret_fd, struct error *error);
int state_remove(struct state *state, const char *vm, struct error *error);
/* At most STATE_HOST_MAX of them. The first call makes the table. */
int state_set_host(struct state *state, const struct net_address *addresses, size_t count,
	struct error *error);
/* Brings counts up to date; those of all that are there. Returns how many. */
size_t state_count(struct state *state, const struct rules_vm *ret[NET_VMS_MAX]);
/* An answer of DNS for the VM with this address (seen.h). Rules are in place when it returns. */
int state_seen(struct state *state, const struct net_address *client, const char *name,
	const struct net_address *addresses, size_t count, struct error *error);
/* The VM at a place of kernel.on_publish(); NULL: none. */
const char *state_vm_at(const struct state *state, size_t place);
/* Whether a monitor has a TAP of ours. */
bool state_is_used(const struct state *state);

#endif
