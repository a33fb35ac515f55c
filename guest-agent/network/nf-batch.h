/*
 * Rules for the kernel's packet filter (nf_tables) as one transaction: netlink messages in a
 * buffer, which take effect together or not at all. By hand as netlink.h, and for the same reason:
 * the agent is one static program, libnftables cannot be part of one, and the rules are always the
 * same few. Names and numbers are those of linux/netfilter/nf_tables.h; as nft(8) has them:
 *
 *   batch_table()                      add table inet NAME
 *   batch_chain()                      add chain inet NAME CHAIN { type TYPE hook HOOK priority N;
 * } batch_rule() .. batch_rule_end()   add rule inet NAME CHAIN EXPRESSION...
 *
 * What does not fit makes batch_send() fail; nothing has to be looked at before.
 */
#ifndef VMSILO_AGENT_NETWORK_NF_BATCH_H
#define VMSILO_AGENT_NETWORK_NF_BATCH_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NF_BATCH_SIZE 32768 /* bytes; all that an agent says take less than half of it */

/* A connection with the packet filter. Tables that were made by it are its own: nobody else changes
 * or removes them, and they go when it is closed. */
struct nf_socket {
	int fd;            /* -1: not open yet */
	uint32_t sequence; /* of the last message that went over it */
};

struct nf_batch {
	uint8_t bytes[NF_BATCH_SIZE];
	size_t length;
	size_t message;  /* where the last one begins */
	size_t nests[8]; /* that are open */
	size_t nests_count;
	struct nf_socket *nf_socket; /* borrowed */
	uint32_t first, sequence;    /* of the first message and the last one */
	bool full;
	const char *table; /* borrowed */
};

struct nf_chain {
	const char *name;
	const char *type; /* "filter", "nat" */
	uint32_t hook;    /* NF_INET_PRE_ROUTING, ... */
	int32_t priority;
};

void nf_socket_init(struct nf_socket *nf_socket);
void nf_socket_close(struct nf_socket *nf_socket);

/* nf_socket is opened by the first batch that is sent. */
void nf_batch_init(struct nf_batch *batch, struct nf_socket *nf_socket, const char *table);
/* Makes the table if it is not there; remove: and removes it with all that it holds. */
void nf_batch_table(struct nf_batch *batch, bool remove);
void nf_batch_chain(struct nf_batch *batch, const struct nf_chain *chain);
/* A rule at the end of a chain; what follows is a part of it. */
void nf_batch_rule(struct nf_batch *batch, const char *chain);
void nf_batch_rule_end(struct nf_batch *batch);
/* 0 or -errno: nothing was changed. */
int nf_batch_send(struct nf_batch *batch);

/* ---- what rules consist of ---- */

/* "iif INDEX", "oif INDEX": key is NFT_META_IIF or NFT_META_OIF; equal: else "!=". */
void nf_match_interface(struct nf_batch *batch, uint32_t key, int index, bool equal);
/* A byte of what is known of the packet: NFT_META_NFPROTO, NFT_META_L4PROTO. */
void nf_match_meta(struct nf_batch *batch, uint32_t key, uint8_t value);
/* size bytes of a header: NFT_PAYLOAD_NETWORK_HEADER, NFT_PAYLOAD_TRANSPORT_HEADER. */
void nf_match_payload(
	struct nf_batch *batch, uint32_t base, uint32_t offset, const void *value, size_t size);
/* "ct state established,related" */
void nf_match_answers(struct nf_batch *batch);
/* NF_ACCEPT, NF_DROP */
void nf_verdict(struct nf_batch *batch, uint32_t verdict);
/* "tcp flags syn / syn,rst tcp option maxseg size set rt mtu", of what is TCP */
void nf_segment_fit(struct nf_batch *batch);
void nf_masquerade(struct nf_batch *batch);
void nf_destination4(struct nf_batch *batch, const struct in_addr *address);

#endif
