/* Another firewall of the host that drops what ours lets pass: to accept does not overrule it. */
#ifndef VMSILO_BROKER_NET_FOREIGN_H
#define VMSILO_BROKER_NET_FOREIGN_H

#include <stddef.h>

struct nft_ctx;

/* In ret a sentence that names table and chain and says what to do; "" when none is known: only
 * chains that drop by their policy are found. */
void foreign_find(struct nft_ctx *host, char *ret, size_t size);

#endif
