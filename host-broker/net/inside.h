/*
 * The namespace's own settings, made while we come into it with all rights there, and the anchor:
 * a process that does nothing but be in our namespaces, for others to enter them by it. We
 * ourselves let nobody look at us.
 */
#ifndef VMSILO_BROKER_NET_INSIDE_H
#define VMSILO_BROKER_NET_INSIDE_H

#include <stdbool.h>
#include <sys/types.h>

#include "proto/base/error.h"

struct nft_ctx;
struct nl_sock;

struct inside {
	bool anchored; /* an anchor is wanted */
	pid_t anchor;  /* 0: none */
	int anchor_fd; /* at its end the anchor's own comes; -1: none */
	struct nl_sock *route;
	struct nft_ctx *nft;
	bool ipv6; /* the kernel has it */
};

/* 0 or a negative UV_E* and a sentence. */
int inside_enter(struct inside *inside, struct error *error);
/* Gives the interface of the way out its addresses and the default routes; of IPv6 only where that
 * leads out. */
int inside_set_out(const struct inside *inside, bool ipv6, struct error *error);

#endif
