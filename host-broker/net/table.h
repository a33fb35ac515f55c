/* Our namespace's table of rules in the kernel (libnftables). */
#ifndef VMSILO_BROKER_NET_TABLE_H
#define VMSILO_BROKER_NET_TABLE_H

#include <stdbool.h>

#include "host-broker/net/rules/rules.h"
#include "proto/base/error.h"

struct nft_ctx;

/* In the namespace where we are now, whichever that is later. UV_ENOMEM. */
int table_open(struct nft_ctx **ret);
void table_close(struct nft_ctx *nft);
/* A descriptor that can be read when anybody has changed any table here (route_drain()); -1: none.
 */
int table_watch(void);
/* Whether our table is there. */
bool table_is_there(struct nft_ctx *nft);
/* All of it, or nothing. */
int table_run(struct nft_ctx *nft, const char *commands, struct error *error);
/* Sets counts of those VMs that the kernel has counters of. */
int table_count(struct nft_ctx *nft, struct rules_vm *const *vms, size_t count);

#endif
