#include "host-broker/net/rules/rules.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/net/rules/bound.h"
#include "host-broker/net/rules/flow.h"
#include "host-broker/net/rules/neighbours.h"
#include "proto/base/mac.h"

#define BOUND "meta mark " BOUND_MARK " " /* what is beyond the flows that a VM may have */

/* ---- the host's addresses ---- */

static void host_set_write(FILE *out, const struct rules_input *input, uint8_t family)
{
	char text[NET_ADDRESS_TEXT_SIZE];
	bool any = false;

	fprintf(out, "\tset host%c {\n\t\ttype ipv%c_addr\n", net_family_digit(family),
		net_family_digit(family));
	for (size_t i = 0; i < input->host_count; i++) {
		if (input->host[i].family != family)
			continue;
		net_address_print(&input->host[i], text);
		fprintf(out, "%s%s", any ? ", " : "\t\telements = { ", text);
		any = true;
	}
	fprintf(out, "%s\t}\n", any ? " }\n" : "");
}

/* ---- one VM ---- */

static void counters_write(FILE *out, const struct rules_vm *vm)
{
	for (int i = 0; i < RULES_COUNTERS; i++)
		fprintf(out, "\tcounter %s-%s { packets %" PRIu64 " bytes %" PRIu64 "; }\n",
			rules_counter_name((enum rules_counter)i), vm->attachment.vm,
			vm->counts[i].packets, vm->counts[i].bytes);
}

/* Some are told; a guest decides how many there are. */
static void verdicts_write(FILE *out, const struct rules_input *input, const struct rules_vm *vm)
{
	const char *name = vm->attachment.vm;

	fprintf(out, "\tchain refused-%s {\n", name);
	if (input->log_group)
		fprintf(out,
			"\t\tiifname \"%s\" limit rate 1/second burst 5 packets log prefix \"%s\" "
			"group %d snaplen 64\n",
			vm->attachment.up.tap, name, input->log_group);
	fprintf(out,
		"\t\tcounter name \"refused-%s\" reject with icmpx admin-prohibited\n\t}\n"
		"\tchain spoofed-%s {\n\t\tcounter name \"spoofed-%s\" drop\n\t}\n",
		name, name, name);
}

static void mac_check_write(FILE *out, const char *vm, const struct net_interface *interface)
{
	char mac[MAC_TEXT_SIZE];

	mac_print(interface->mac, mac);
	fprintf(out, "\tchain from-%s {\n\t\tether saddr != %s goto spoofed-%s\n", interface->tap,
		mac, vm);
}

/* Before it has its addresses a guest asks for neighbours, and for more that nobody answers. */
static void up_chain_write(FILE *out, const struct net_attachment *vm)
{
	char guest4[INET_ADDRSTRLEN], guest6[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET, &vm->up.guest4, guest4, sizeof(guest4));
	inet_ntop(AF_INET6, &vm->up.guest6, guest6, sizeof(guest6));
	mac_check_write(out, vm->vm, &vm->up);
	fprintf(out,
		"\t\tip saddr %s accept\n"
		"\t\tip6 saddr %s accept\n" NEIGHBOURS_SOME "\t\tip6 saddr { ::, fe80::/10 } drop\n"
		"\t\tip saddr 0.0.0.0 drop\n"
		"\t\tgoto spoofed-%s\n\t}\n",
		guest4, guest6, vm->vm);
}

/* What comes back to a netvm's clients has any source; forward lets only answers through. */
static void down_chain_write(FILE *out, const struct net_attachment *vm)
{
	char guest6[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &vm->down.guest6, guest6, sizeof(guest6));
	mac_check_write(out, vm->vm, &vm->down);
	fprintf(out,
		NEIGHBOURS_SOME "\t\tip6 saddr != %s icmpv6 type " NEIGHBOURS " drop\n"
				"\t\taccept\n\t}\n",
		guest6);
}

/* The one is for what the guest sends, the other for what it gets: the answers. */
static void directions_write(FILE *out, const char *vm)
{
	fprintf(out,
		"\tchain out-%s {\n"
		"\t\tct state invalid drop\n"
		"\t\tct direction reply drop\n"
		"\t\tjump flow-%s\n"
		"\t\tcounter name \"sent-%s\" accept\n\t}\n"
		"\tchain back-%s {\n"
		"\t\tct direction original ct state != related drop\n"
		"\t\tct state != { established, related } drop\n"
		"\t\tjump flow-%s\n"
		"\t\tcounter name \"received-%s\" accept\n\t}\n",
		vm, vm, vm, vm, vm, vm);
}

static const struct net_attachment *netvm_find(const struct rules_input *input, const char *name)
{
	for (size_t i = 0; i < input->vms_count; i++)
		if (strcmp(input->vms[i]->attachment.vm, name) == 0 &&
			input->vms[i]->attachment.is_netvm)
			return &input->vms[i]->attachment;
	return NULL;
}

static void vm_write(FILE *out, const struct rules_input *input, const struct rules_vm *vm)
{
	counters_write(out, vm);
	verdicts_write(out, input, vm);
	up_chain_write(out, &vm->attachment);
	if (vm->attachment.is_netvm)
		down_chain_write(out, &vm->attachment);
	flow_sets_write(out, vm);
	flow_chain_write(out, vm, netvm_find(input, vm->attachment.netvm));
	directions_write(out, vm->attachment.vm);
}

/* ---- all together ---- */

/* By which interface it goes out; NULL: its netvm is not there. */
static const char *exit_of(const struct rules_input *input, const struct net_attachment *vm)
{
	if (!vm->netvm[0])
		return NET_OUT;
	const struct net_attachment *netvm = netvm_find(input, vm->netvm);
	return netvm ? netvm->down.tap : NULL;
}

static void prerouting_write(FILE *out, const struct rules_input *input)
{
	fprintf(out, "\tchain prerouting {\n"
		     "\t\ttype filter hook prerouting priority raw; policy drop;\n"
		     "\t\tiifname vmap { \"lo\" : accept, \"" NET_OUT "\" : accept");
	for (size_t i = 0; i < input->vms_count; i++) {
		const struct net_attachment *vm = &input->vms[i]->attachment;
		if (vm->offline)
			continue;
		fprintf(out, ", \"%s\" : goto from-%s", vm->up.tap, vm->up.tap);
		if (vm->is_netvm)
			fprintf(out, ", \"%s\" : goto from-%s", vm->down.tap, vm->down.tap);
	}
	fprintf(out, " }\n\t}\n");
}

/* Each TAP leads to its VM's chain refused-VM. what: of which packets, or "". */
static void refusals_write(FILE *out, const struct rules_input *input, const char *what)
{
	const char *separator = "";

	if (input->vms_count == 0)
		return;
	fprintf(out, "\t\t%siifname vmap { ", what);
	for (size_t i = 0; i < input->vms_count; i++, separator = ", ") {
		const struct net_attachment *vm = &input->vms[i]->attachment;
		fprintf(out, "%s\"%s\" : goto refused-%s", separator, vm->up.tap, vm->vm);
		if (vm->is_netvm)
			fprintf(out, ", \"%s\" : goto refused-%s", vm->down.tap, vm->vm);
	}
	fprintf(out, " }\n");
}

/* Of those who go out by the host: a VM behind a netvm that asked here would go beside it. */
static void names_write(FILE *out, const struct rules_input *input)
{
	const char *separator = "\t\tiifname { ";
	bool any = false;

	for (size_t i = 0; i < input->vms_count; i++) {
		if (input->vms[i]->attachment.netvm[0])
			continue;
		fprintf(out, "%s\"%s\"", separator, input->vms[i]->attachment.up.tap);
		separator = ", ";
		any = true;
	}
	if (any)
		fprintf(out, " } meta l4proto { " FLOW_TCP ", " FLOW_UDP " } th dport 53 accept\n");
}

/* What DNS and published ports carry is the VM's as well. */
static void answers_write(
	FILE *out, const struct rules_input *input, const char *side, enum rules_counter counter)
{
	for (size_t i = 0; i < input->vms_count; i++) {
		const struct net_attachment *vm = &input->vms[i]->attachment;
		fprintf(out,
			"\t\t%s \"%s\" ct state established,related counter name \"%s-%s\" "
			"accept\n",
			side, vm->up.tap, rules_counter_name(counter), vm->vm);
	}
}

static void input_write(FILE *out, const struct rules_input *input)
{
	fprintf(out, "\tchain input {\n"
		     "\t\ttype filter hook input priority filter; policy drop;\n"
		     "\t\tiifname \"lo\" accept\n"
		     "\t\ticmpv6 type " NEIGHBOURS " accept\n");
	refusals_write(out, input, BOUND);
	answers_write(out, input, "iifname", RULES_SENT);
	fprintf(out, "\t\tct state established,related accept\n"
		     "\t\tiifname \"" NET_OUT "\" drop\n"
		     "\t\tmeta pkttype != host drop\n"
		     "\t\tfib daddr . iif type != local drop\n"
		     "\t\ticmp type echo-request accept\n"
		     "\t\ticmpv6 type echo-request accept\n");
	names_write(out, input);
	refusals_write(out, input, "");
	fprintf(out, "\t}\n");
}

static void publish_write(FILE *out, const struct net_attachment *vm)
{
	char guest4[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &vm->up.guest4, guest4, sizeof(guest4));
	for (size_t i = 0; i < vm->publish_count; i++)
		fprintf(out,
			"\t\toifname \"%s\" ip daddr %s %s dport %" PRIu16
			" counter name \"received-%s\" accept\n",
			vm->up.tap, guest4, net_protocol_word(vm->publish[i].protocol),
			vm->publish[i].target, vm->vm);
}

/* Of ours: who carries what comes for published ports may begin what is published, and no more. */
static void output_write(FILE *out, const struct rules_input *input)
{
	fprintf(out, "\tchain output {\n"
		     "\t\ttype filter hook output priority filter; policy drop;\n"
		     "\t\toifname \"lo\" accept\n"
		     "\t\ticmpv6 type " NEIGHBOURS " accept\n");
	answers_write(out, input, "oifname", RULES_RECEIVED);
	fprintf(out, "\t\tct state established,related accept\n");
	for (size_t i = 0; i < input->vms_count; i++)
		if (!input->vms[i]->attachment.offline)
			publish_write(out, &input->vms[i]->attachment);
	fprintf(out, "\t}\n");
}

static void forward_write(FILE *out, const struct rules_input *input)
{
	fprintf(out, "\tchain forward {\n"
		     "\t\ttype filter hook forward priority filter; policy drop;\n");
	refusals_write(out, input, BOUND);
	for (size_t i = 0; i < input->vms_count; i++) {
		const struct net_attachment *vm = &input->vms[i]->attachment;
		const char *exit = exit_of(input, vm);
		if (exit && !vm->offline)
			fprintf(out,
				"\t\tiifname \"%s\" oifname \"%s\" goto out-%s\n"
				"\t\tiifname \"%s\" oifname \"%s\" goto back-%s\n",
				vm->up.tap, exit, vm->vm, exit, vm->up.tap, vm->vm);
	}
	refusals_write(out, input, "");
	fprintf(out, "\t}\n");
}

/* The host's ports are at the VM's own gateway. */
static void destinations_write(FILE *out, const struct rules_input *input)
{
	char gateway[INET_ADDRSTRLEN];

	fprintf(out, "\tchain destinations {\n"
		     "\t\ttype nat hook prerouting priority dstnat; policy accept;\n");
	for (size_t i = 0; i < input->vms_count; i++) {
		const struct net_attachment *vm = &input->vms[i]->attachment;
		inet_ntop(AF_INET, &vm->up.gateway4, gateway, sizeof(gateway));
		for (size_t j = 0; j < vm->host_ports_count; j++)
			fprintf(out,
				"\t\tiifname \"%s\" ip daddr %s %s dport %" PRIu16
				" dnat ip to " NET_OUT_HOST4 "\n",
				vm->up.tap, gateway, net_protocol_word(vm->host_ports[j].protocol),
				vm->host_ports[j].port);
	}
	fprintf(out, "\t}\n");
}

/* Here conntrack has the flow before a netvm as another than that behind it. */
static void table_write(FILE *out, const struct rules_input *input)
{
	fprintf(out, "table inet vmsilo\ndelete table inet vmsilo\ntable inet vmsilo {\n");
	host_set_write(out, input, AF_INET);
	host_set_write(out, input, AF_INET6);
	for (size_t i = 0; i < input->vms_count; i++)
		vm_write(out, input, input->vms[i]);
	prerouting_write(out, input);
	input_write(out, input);
	output_write(out, input);
	forward_write(out, input);
	destinations_write(out, input);
	fprintf(out, "\tchain sources {\n"
		     "\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
		     "\t\toifname \"" NET_OUT "\" masquerade\n\t}\n}\n");
}

int rules_format(const struct rules_input *input, char **ret)
{
	size_t length;
	FILE *out = open_memstream(ret, &length);

	if (!out)
		return UV_ENOMEM;
	table_write(out, input);
	neighbours_arp_write(out, input);
	bool failed = ferror(out);
	failed = fclose(out) != 0 || failed;
	if (failed)
		free(*ret);
	return failed ? UV_ENOMEM : 0;
}
