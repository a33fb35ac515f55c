#include "host-broker/net/foreign/foreign.h"

#include <jansson.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <string.h>

#include "host-broker/net/foreign/verdict.h"

/* What firewalld has is made anew by it. */
static void remedy_print(
	const struct verdict_chain *chain, const char *interface, char *ret, size_t size)
{
	if (strcmp(chain->table, "firewalld") == 0)
		snprintf(ret, size,
			"firewall-cmd --permanent --zone=trusted --add-interface=%s && "
			"firewall-cmd --reload",
			interface);
	else
		snprintf(ret, size,
			"nft insert rule %s %s %s iifname %s accept; nft insert rule %s %s %s "
			"oifname %s accept",
			chain->family, chain->table, chain->name, interface, chain->family,
			chain->table, chain->name, interface);
}

static void drop_print(
	const struct verdict_chain *chain, const char *interface, char *ret, size_t size)
{
	char remedy[512];

	remedy_print(chain, interface, remedy, sizeof(remedy));
	snprintf(ret, size,
		"another firewall of this host drops what it does not know, VMs' packets as well: "
		"its table \"%s %s\", chain \"%s\"; as root, let them through: %s",
		chain->family, chain->table, chain->name, remedy);
}

/* Words in place of numbers, and not what sets have: a list of addresses may be long. */
static json_t *ruleset_read(struct nft_ctx *host)
{
	unsigned int before = nft_ctx_output_get_flags(host);

	nft_ctx_output_set_flags(
		host, NFT_CTX_OUTPUT_JSON | NFT_CTX_OUTPUT_TERSE | NFT_CTX_OUTPUT_NUMERIC_PROTO |
			      NFT_CTX_OUTPUT_NUMERIC_PRIO | NFT_CTX_OUTPUT_NUMERIC_TIME);
	int code = nft_run_cmd_from_buffer(host, "list ruleset");
	nft_ctx_output_set_flags(host, before);
	return code == 0 ? json_loads(nft_ctx_get_output_buffer(host), 0, NULL) : NULL;
}

void foreign_find(struct nft_ctx *host, const char *interface, char *ret, size_t size)
{
	json_t *ruleset = ruleset_read(host);
	struct verdict_chain chain;

	ret[0] = '\0';
	if (verdict_drops(ruleset, interface, &chain))
		drop_print(&chain, interface, ret, size);
	json_decref(ruleset);
}
