/* Another firewall of the host that drops what ours lets pass: to accept does not overrule it. */
#ifndef VMSILO_BROKER_NET_FOREIGN_H
#define VMSILO_BROKER_NET_FOREIGN_H

#include <stddef.h>

struct nft_ctx;

/* interface: of the way out. In ret a sentence that names table and chain and says what to do; ""
 * when none is known. */
void foreign_find(struct nft_ctx *host, const char *interface, char *ret, size_t size);

#endif
