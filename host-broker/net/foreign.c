#include "host-broker/net/foreign.h"

#include <jansson.h>
#include <nftables/libnftables.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "host-broker/net/veth.h"

static bool chain_drops(json_t *entry, char *ret, size_t size)
{
	const char *family, *table, *name, *hook, *policy;

	if (json_unpack(entry, "{s:{s:s, s:s, s:s, s:s, s:s}}", "chain", "family", &family, "table",
		    &table, "name", &name, "hook", &hook, "policy", &policy) < 0 ||
		strcmp(hook, "forward") != 0 || strcmp(policy, "drop") != 0 ||
		(strcmp(table, "vmsilo") == 0 && strcmp(family, "inet") == 0))
		return false;
	snprintf(ret, size,
		"another firewall of this host drops what it does not know, VMs' packets as well: "
		"its table \"%s %s\", chain \"%s\"; as root, let them through: nft insert rule "
		"%s %s %s iifname " VETH_NAME " accept; nft insert rule %s %s %s oifname " VETH_NAME
		" accept",
		family, table, name, family, table, name, family, table, name);
	return true;
}

void foreign_find(struct nft_ctx *host, char *ret, size_t size)
{
	size_t index;
	json_t *entry;

	ret[0] = '\0';
	if (nft_run_cmd_from_buffer(host, "list chains") != 0)
		return;
	json_t *root = json_loads(nft_ctx_get_output_buffer(host), 0, NULL);
	json_array_foreach (json_object_get(root, "nftables"), index, entry) {
		if (chain_drops(entry, ret, size))
			break;
	}
	json_decref(root);
}
