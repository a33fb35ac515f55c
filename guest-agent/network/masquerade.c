#include "guest-agent/network/masquerade.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest-agent/boot/machine.h"
#include "guest-agent/network/nf-batch.h"
#include "proto/base/cleanup.h"

#define TABLE "vmsilo"
#define INPUT "input"
#define FORWARD "forward"
#define DESTINATIONS "destinations"
#define SOURCES "sources"
#define DNS_PORT 53
#define PORT_OFFSET 2 /* of the destination, in TCP's header as in UDP's */
/* linux/netfilter_ipv4.h has the names: NF_IP_PRI_NAT_DST, NF_IP_PRI_FILTER, NF_IP_PRI_NAT_SRC. */
#define PRIORITY_DESTINATIONS (-100)
#define PRIORITY_FILTER 0
#define PRIORITY_SOURCES 100

static void chains_add(struct nf_batch *batch)
{
	static const struct nf_chain chains[] = {
		{INPUT, "filter", NF_INET_LOCAL_IN, PRIORITY_FILTER},
		{FORWARD, "filter", NF_INET_FORWARD, PRIORITY_FILTER},
		{DESTINATIONS, "nat", NF_INET_PRE_ROUTING, PRIORITY_DESTINATIONS},
		{SOURCES, "nat", NF_INET_POST_ROUTING, PRIORITY_SOURCES},
	};

	for (size_t i = 0; i < sizeof(chains) / sizeof(chains[0]); i++)
		nf_batch_chain(batch, &chains[i]);
}

/* ---- what is for the guest itself ---- */

static void from_clients(struct nf_batch *batch, const char *chain, int interface)
{
	nf_batch_rule(batch, chain);
	nf_match_interface(batch, NFT_META_IIF, interface, true);
}

static void match_port(struct nf_batch *batch, uint8_t protocol, uint16_t port)
{
	const uint16_t big = htons(port);

	nf_match_meta(batch, NFT_META_L4PROTO, protocol);
	nf_match_payload(batch, NFT_PAYLOAD_TRANSPORT_HEADER, PORT_OFFSET, &big, sizeof(big));
}

static void match_to(struct nf_batch *batch, const struct in_addr *address)
{
	nf_match_meta(batch, NFT_META_NFPROTO, NFPROTO_IPV4);
	nf_match_payload(batch, NFT_PAYLOAD_NETWORK_HEADER, offsetof(struct iphdr, daddr), address,
		sizeof(*address));
}

static void rule_accept(struct nf_batch *batch)
{
	nf_verdict(batch, NF_ACCEPT);
	nf_batch_rule_end(batch);
}

static void icmp_add(struct nf_batch *batch, int interface, uint8_t protocol)
{
	from_clients(batch, INPUT, interface);
	nf_match_meta(batch, NFT_META_L4PROTO, protocol);
	rule_accept(batch);
}

static void names_here_add(
	struct nf_batch *batch, const struct masquerade *masquerade, uint8_t protocol)
{
	from_clients(batch, INPUT, masquerade->interface);
	match_to(batch, &masquerade->dns4);
	match_port(batch, protocol, DNS_PORT);
	rule_accept(batch);
}

static void input_add(struct nf_batch *batch, const struct masquerade *masquerade)
{
	from_clients(batch, INPUT, masquerade->interface);
	nf_match_answers(batch);
	rule_accept(batch);
	icmp_add(batch, masquerade->interface, IPPROTO_ICMP);
	icmp_add(batch, masquerade->interface, IPPROTO_ICMPV6);
	if (masquerade->dns4.s_addr) {
		names_here_add(batch, masquerade, IPPROTO_UDP);
		names_here_add(batch, masquerade, IPPROTO_TCP);
	}
	for (size_t i = 0; i < masquerade->ports_count; i++) {
		from_clients(batch, INPUT, masquerade->interface);
		match_port(batch, masquerade->ports[i].protocol, masquerade->ports[i].port);
		rule_accept(batch);
	}
	from_clients(batch, INPUT, masquerade->interface);
	nf_verdict(batch, NF_DROP);
	nf_batch_rule_end(batch);
}

/* ---- what goes through it ---- */

static void forward_add(struct nf_batch *batch, int interface)
{
	from_clients(batch, FORWARD, interface);
	nf_match_meta(batch, NFT_META_L4PROTO, IPPROTO_TCP);
	nf_segment_fit(batch);
	nf_batch_rule_end(batch);
	nf_batch_rule(batch, FORWARD);
	nf_match_interface(batch, NFT_META_OIF, interface, true);
	nf_match_interface(batch, NFT_META_IIF, interface, true);
	nf_verdict(batch, NF_DROP);
	nf_batch_rule_end(batch);
	nf_batch_rule(batch, FORWARD);
	nf_match_interface(batch, NFT_META_OIF, interface, true);
	nf_match_answers(batch);
	rule_accept(batch);
	nf_batch_rule(batch, FORWARD);
	nf_match_interface(batch, NFT_META_OIF, interface, true);
	nf_verdict(batch, NF_DROP);
	nf_batch_rule_end(batch);
}

static void names_add(struct nf_batch *batch, const struct masquerade *masquerade, uint8_t protocol)
{
	from_clients(batch, DESTINATIONS, masquerade->interface);
	match_to(batch, &masquerade->address4);
	match_port(batch, protocol, DNS_PORT);
	nf_destination4(batch, &masquerade->dns4);
	nf_batch_rule_end(batch);
}

static int table_set(struct nf_socket *owner, const struct masquerade *masquerade)
{
	_cleanup_free_ struct nf_batch *batch = malloc(sizeof(*batch));

	if (!batch)
		return -ENOMEM;
	nf_batch_init(batch, owner, TABLE);
	nf_batch_table(batch, true);
	nf_batch_table(batch, false);
	chains_add(batch);
	input_add(batch, masquerade);
	forward_add(batch, masquerade->interface);
	if (masquerade->address4.s_addr && masquerade->dns4.s_addr) {
		names_add(batch, masquerade, IPPROTO_UDP);
		names_add(batch, masquerade, IPPROTO_TCP);
	}
	nf_batch_rule(batch, SOURCES);
	nf_match_interface(batch, NFT_META_IIF, masquerade->interface, true);
	nf_match_interface(batch, NFT_META_OIF, masquerade->interface, false);
	nf_masquerade(batch);
	nf_batch_rule_end(batch);
	return nf_batch_send(batch);
}

/* Where the kernel has no IPv6 there is no such file. */
static void forwarding_set(const char *path, bool needed, struct problems *problems)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && !needed)
		return;
	if (fd < 0 || write(fd, "1", 1) < 0)
		problems_add(problems, "network: cannot forward for other VMs: %s: %s", path,
			strerror(errno));
}

/* Nothing is forwarded before the rules are there. */
void masquerade_apply(
	struct nf_socket *owner, const struct masquerade *masquerade, struct problems *problems)
{
	modules_load_netvm();
	int code = table_set(owner, masquerade);
	if (code < 0) {
		problems_add(problems,
			"network: cannot forward for other VMs: the kernel does not take the rules "
			"of "
			"nf_tables: %s",
			strerror(-code));
		return;
	}
	forwarding_set("/proc/sys/net/ipv4/ip_forward", true, problems);
	forwarding_set("/proc/sys/net/ipv6/conf/all/forwarding", false, problems);
}
