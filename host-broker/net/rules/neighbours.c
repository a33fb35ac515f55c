#include "host-broker/net/rules/neighbours.h"

#include <arpa/inet.h>

#include "proto/base/mac.h"

/* A probe, of an address that it does not have yet, is answered and not kept. */
static void guest_write(FILE *out, const struct net_interface *interface)
{
	char guest4[INET_ADDRSTRLEN], gateway4[INET_ADDRSTRLEN], mac[MAC_TEXT_SIZE];

	inet_ntop(AF_INET, &interface->guest4, guest4, sizeof(guest4));
	inet_ntop(AF_INET, &interface->gateway4, gateway4, sizeof(gateway4));
	mac_print(interface->mac, mac);
	fprintf(out,
		"\t\tiifname \"%s\" arp operation request arp saddr ether %s arp saddr ip { "
		"0.0.0.0, %s } "
		"arp daddr ip %s accept\n",
		interface->tap, mac, guest4, gateway4);
}

void neighbours_arp_write(FILE *out, const struct rules_input *input)
{
	fprintf(out, "table arp vmsilo\ndelete table arp vmsilo\ntable arp vmsilo {\n"
		     "\tchain input {\n"
		     "\t\ttype filter hook input priority filter; policy drop;\n"
		     "\t\tiifname \"" NET_OUT "\" accept\n");
	for (size_t i = 0; i < input->vms_count; i++) {
		const struct net_attachment *vm = &input->vms[i]->attachment;
		if (vm->offline)
			continue;
		guest_write(out, &vm->up);
		if (vm->is_netvm)
			guest_write(out, &vm->down);
	}
	fprintf(out, "\t}\n}\n");
}
