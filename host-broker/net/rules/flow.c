#include "host-broker/net/rules/flow.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

/* Nothing that is beyond the host: this network, loopback, link-local (a cloud's metadata, and our
 * own way out), multicast and what is reserved. */
#define NOWHERE4 "0.0.0.0/8, 127.0.0.0/8, 169.254.0.0/16, 224.0.0.0/3"
/* Of IPv6 what is global or unique local, and no address that stands for one of IPv4. */
#define SOMEWHERE6 "2000::/3, fc00::/7"
#define NOWHERE6 "fd76:6d73:696c::/64" /* our own way out */

#define TO_SIZE (VM_NAME_MAX + NET_PREFIX_TEXT_SIZE + 64)

const char *flow_protocol(enum net_protocol protocol)
{
	return protocol == NET_TCP ? FLOW_TCP : FLOW_UDP;
}

static void ports_write(FILE *out, const struct net_rule *rule)
{
	fprintf(out, " ct original proto-dst {");
	for (size_t i = 0; i < rule->ports_count; i++)
		fprintf(out, "%s %" PRIu16 "-%" PRIu16, i ? "," : "", rule->ports[i].first,
			rule->ports[i].last);
	fprintf(out, " }");
}

/* "" for anything; else the set of what a name has, of one family, or a prefix. */
static void rule_write(
	FILE *out, const struct net_rule *rule, const char *to, const char *protocols)
{
	fprintf(out, "\t\t%smeta l4proto %s", to, protocols);
	if (rule->ports_count > 0)
		ports_write(out, rule);
	fprintf(out, " return\n");
}

/* One without ports also is for the echo of ping(8). */
static void rule_expand(FILE *out, const struct net_rule *rule, const char *to)
{
	bool any = rule->protocol == NET_ANY;

	if (any || rule->protocol == NET_TCP)
		rule_write(out, rule, to, FLOW_TCP);
	if (any || rule->protocol == NET_UDP)
		rule_write(out, rule, to, FLOW_UDP);
	if ((any && rule->ports_count == 0) || rule->protocol == NET_ICMP)
		rule_write(out, rule, to, FLOW_ICMP);
}

static void to_write(FILE *out, const struct net_rule *rule, uint8_t family, const char *to)
{
	char text[TO_SIZE];

	snprintf(text, sizeof(text), "ct original %s daddr %s ", family == AF_INET ? "ip" : "ip6",
		to);
	rule_expand(out, rule, text);
}

/* ---- what names have ---- */

static bool seen_is(const struct rules_seen *seen, size_t rule, uint8_t family)
{
	return seen->rule == rule && seen->address.family == family;
}

static bool seen_any(const struct rules_vm *vm, size_t rule, uint8_t family)
{
	for (size_t i = 0; i < vm->seen_count; i++)
		if (seen_is(&vm->seen[i], rule, family))
			return true;
	return false;
}

static void seen_set_write(FILE *out, const struct rules_vm *vm, size_t rule, uint8_t family)
{
	char text[NET_ADDRESS_TEXT_SIZE];
	const char *separator = "";

	if (!seen_any(vm, rule, family))
		return;
	fprintf(out, "\tset names%c-%s-%zu {\n\t\ttype ipv%c_addr\n\t\telements = { ",
		net_family_digit(family), vm->attachment.vm, rule, net_family_digit(family));
	for (size_t i = 0; i < vm->seen_count; i++) {
		if (!seen_is(&vm->seen[i], rule, family))
			continue;
		net_address_print(&vm->seen[i].address, text);
		fprintf(out, "%s%s", separator, text);
		separator = ", ";
	}
	fprintf(out, " }\n\t}\n");
}

void flow_sets_write(FILE *out, const struct rules_vm *vm)
{
	for (size_t i = 0; i < vm->attachment.rules_count; i++) {
		seen_set_write(out, vm, i, AF_INET);
		seen_set_write(out, vm, i, AF_INET6);
	}
}

static void seen_write(FILE *out, const struct rules_vm *vm, size_t rule, uint8_t family)
{
	char set[VM_NAME_MAX + 32];

	if (!seen_any(vm, rule, family))
		return;
	snprintf(set, sizeof(set), "@names%c-%s-%zu", net_family_digit(family), vm->attachment.vm,
		rule);
	to_write(out, &vm->attachment.rules[rule], family, set);
}

/* ---- the chain ---- */

static void rules_write(FILE *out, const struct rules_vm *vm)
{
	char prefix[NET_PREFIX_TEXT_SIZE];

	for (size_t i = 0; i < vm->attachment.rules_count; i++) {
		const struct net_rule *rule = &vm->attachment.rules[i];
		uint8_t family = rule->to.address.family;
		if (rule->name[0]) {
			seen_write(out, vm, i, AF_INET);
			seen_write(out, vm, i, AF_INET6);
		} else if (family == AF_UNSPEC) {
			rule_expand(out, rule, "");
		} else {
			net_prefix_print(&rule->to, prefix);
			to_write(out, rule, family, prefix);
		}
	}
}

static void host_ports_write(FILE *out, const struct net_attachment *vm)
{
	char gateway[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &vm->up.gateway4, gateway, sizeof(gateway));
	for (size_t i = 0; i < vm->host_ports_count; i++)
		fprintf(out,
			"\t\tct original ip daddr %s meta l4proto %s ct original proto-dst "
			"%" PRIu16 " return\n",
			gateway, flow_protocol(vm->host_ports[i].protocol), vm->host_ports[i].port);
}

/* Whatever else it may reach, as one whose names we look up. */
static void names_write(FILE *out, const struct net_attachment *netvm)
{
	char address[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &netvm->down.guest4, address, sizeof(address));
	fprintf(out,
		"\t\tct original ip daddr %s meta l4proto { " FLOW_TCP ", " FLOW_UDP
		" } ct original proto-dst 53 return\n",
		address);
}

void flow_chain_write(
	FILE *out, const struct rules_vm *rules_vm, const struct net_attachment *netvm)
{
	const struct net_attachment *vm = &rules_vm->attachment;

	fprintf(out, "\tchain flow-%s {\n", vm->vm);
	/* Of a flow that was allowed: that a packet was too large, say. */
	fprintf(out, "\t\tct state related meta l4proto " FLOW_ICMP " return\n");
	host_ports_write(out, vm);
	if (netvm)
		names_write(out, netvm);
	fprintf(out,
		"\t\tct original ip daddr @host4 goto refused-%s\n"
		"\t\tct original ip6 daddr @host6 goto refused-%s\n"
		"\t\tct original ip daddr { " NOWHERE4 " } goto refused-%s\n"
		"\t\tct original ip6 daddr " NOWHERE6 " goto refused-%s\n"
		"\t\tmeta nfproto ipv6 ct original ip6 daddr != { " SOMEWHERE6
		" } goto refused-%s\n",
		vm->vm, vm->vm, vm->vm, vm->vm, vm->vm);
	if (vm->deny) {
		rules_write(out, rules_vm);
		fprintf(out, "\t\tgoto refused-%s\n", vm->vm);
	}
	fprintf(out, "\t}\n");
}
