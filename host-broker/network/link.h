/*
 * The broker's connection with vmsilo-net, which holds the networks of all its VMs: started when
 * the first VM needs it, and found again by the next broker at the same socket.
 *
 *   CLOSED --a request--> connects to RUNTIME/net.socket; starts vmsilo-net when nobody is there
 *     ^                      v
 *     `--its end-------- OPEN: requests in their order, an answer for each
 *
 * What is asked before vmsilo-net is ready waits in its socket. When it ends, every request that
 * waits fails, and those who watch are told: the networks have ended with it.
 */
#ifndef VMSILO_BROKER_NETWORK_LINK_H
#define VMSILO_BROKER_NETWORK_LINK_H

#include <sys/queue.h>
#include <uv.h>

#include "host-broker/network/attachment.h"
#include "host-broker/network/refusals.h"
#include "proto/base/error.h"
#include "proto/host/paths.h"
#include "proto/net.pb-c.h"

struct net_link;

struct net_link_options {
	uv_loop_t *loop;
	const struct paths *paths; /* borrowed for life, likewise program: vmsilo-net */
	const char *program;
	/* Somebody uses a port of this VM's that is published. */
	void (*on_knock)(void *data, const char *vm);
	/* It was refused something. */
	void (*on_refused)(void *data, const char *vm, const struct refusal *refusal);
	void *data;
};

struct net_answer {
	int code;                          /* 0, or a negative UV_E* and: */
	const char *text;                  /* a sentence, borrowed */
	int tap_fd;                        /* of net_link_tap(): the callee's; else -1 */
	const Vmsilo__Net__Counts *counts; /* of net_link_count(), borrowed; else NULL */
};

/* From the loop, once for each request that was taken, unless it was forgotten. */
typedef void (*net_link_cb)(void *data, const struct net_answer *answer);

struct net_link_watcher {
	TAILQ_ENTRY(net_link_watcher) link; /* in the link's, from net_link_watch() on */
	void (*on_lost)(void *data);        /* may unwatch itself */
	void *data;
};

int net_link_create(const struct net_link_options *options, struct net_link **ret);
/* vmsilo-net runs on. Nobody is called any more. */
void net_link_destroy(struct net_link *link);

/* All: 0 when the request was taken; else a negative UV_E* and a sentence. */

/* What a VM's network is to be, whatever it was. */
int net_link_set(struct net_link *link, const struct net_attachment *attachment, net_link_cb done,
	void *data, struct error *error);
/* One of its TAPs, anew: of a VM that was set. */
int net_link_tap(struct net_link *link, const char *vm, enum net_side side, net_link_cb done,
	void *data, struct error *error);
/* All of it, also when there is none. Starts nothing for that: UV_ENOTCONN. */
int net_link_remove(
	struct net_link *link, const char *vm, net_link_cb done, void *data, struct error *error);
/* Likewise starts nothing. */
int net_link_count(struct net_link *link, net_link_cb done, void *data, struct error *error);
/* The answers to requests with this data are dropped, and descriptors closed. */
void net_link_forget(struct net_link *link, const void *data);

/* Nobody needs it now: vmsilo-net may end. It is found, or started, at the next request. */
void net_link_rest(struct net_link *link);

void net_link_watch(struct net_link *link, struct net_link_watcher *watcher);
void net_link_unwatch(struct net_link *link, struct net_link_watcher *watcher);

#endif
