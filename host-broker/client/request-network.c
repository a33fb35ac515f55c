/* The networks of VMs. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/address/port.h"
#include "host-broker/client/client.h"
#include "host-broker/client/request.h"
#include "host-broker/network/interfaces/part.h"
#include "host-broker/network/interfaces/traffic.h"
#include "host-broker/network/netvms.h"
#include "host-broker/network/network.h"
#include "host-broker/vm/table.h"
#include "host-broker/vm/vm.h"
#include "proto/base/cleanup.h"
#include "proto/base/mac.h"
#include "proto/wire/frame.h"

#define NETWORK_CLIENTS_SHOWN 64 /* of a netvm */

/* One VM of the answer, with what its pointers lead to. */
struct item {
	Vmsilo__Broker__NetworkVm vm;
	Vmsilo__Broker__NetworkCounters counters;
	char address[INET_ADDRSTRLEN], gateway[INET_ADDRSTRLEN];
	char address6[INET6_ADDRSTRLEN], gateway6[INET6_ADDRSTRLEN];
	char mac[MAC_TEXT_SIZE];
	Vmsilo__Broker__NetworkRule rules[NET_RULES_MAX];
	Vmsilo__Broker__NetworkRule *rule_list[NET_RULES_MAX];
	char *problems[SETUP_PROBLEMS_MAX];
	Vmsilo__Broker__NetworkInterface interfaces[INTERFACES_MAX];
	Vmsilo__Broker__NetworkInterface *interface_list[INTERFACES_MAX];
	Vmsilo__Broker__NetworkCounters interface_counters[INTERFACES_MAX];
	char taps[INTERFACES_MAX][IFNAMSIZ], macs[INTERFACES_MAX][MAC_TEXT_SIZE];
	char clients_address[INET_ADDRSTRLEN];
	char *clients[NETWORK_CLIENTS_SHOWN];
};

/* As it is now, whatever is configured. */
static void attachment_fill(const struct net_attachment *attachment, struct item *item)
{
	const struct net_interface *up = &attachment->up;

	item->vm.attached = true;
	inet_ntop(AF_INET, &up->guest4, item->address, sizeof(item->address));
	inet_ntop(AF_INET, &up->gateway4, item->gateway, sizeof(item->gateway));
	inet_ntop(AF_INET6, &up->guest6, item->address6, sizeof(item->address6));
	inet_ntop(AF_INET6, &up->gateway6, item->gateway6, sizeof(item->gateway6));
	mac_print(up->mac, item->mac);
	item->vm.address = item->address;
	item->vm.gateway = item->gateway;
	item->vm.address6 = item->address6;
	item->vm.gateway6 = item->gateway6;
	item->vm.mac = item->mac;
	item->vm.tap = (char *)up->tap;
	if (!attachment->is_netvm)
		return;
	inet_ntop(AF_INET, &attachment->down.guest4, item->clients_address,
		sizeof(item->clients_address));
	item->vm.clients_address = item->clients_address;
}

static void counters_fill(const struct net_counters *counters, struct item *item)
{
	Vmsilo__Broker__NetworkCounters *told = &item->counters;

	vmsilo__broker__network_counters__init(told);
	told->sent_packets = counters->sent_packets;
	told->sent_bytes = counters->sent_bytes;
	told->received_packets = counters->received_packets;
	told->received_bytes = counters->received_bytes;
	told->refused_packets = counters->refused_packets;
	told->spoofed_packets = counters->spoofed_packets;
	item->vm.counters = told;
}

static void config_fill(const struct network_config *network, struct item *item)
{
	item->vm.netvm = network->netvm[0] ? (char *)network->netvm : (char *)"none";
	item->vm.deny = network->rest == NETWORK_DENY;
	for (size_t i = 0; i < network->allow.count; i++) {
		const struct network_rule *rule = &network->allow.items[i];
		Vmsilo__Broker__NetworkRule *told = item->rule_list[i] = &item->rules[i];
		vmsilo__broker__network_rule__init(told);
		told->to = (char *)rule->to;
		told->protocol = (char *)net_protocol_word((enum net_protocol)rule->protocol);
		told->ports = rule->ports.items;
		told->n_ports = rule->ports.count;
	}
	item->vm.allow = item->rule_list;
	item->vm.n_allow = network->allow.count;
	item->vm.dns = network->dns.items;
	item->vm.n_dns = network->dns.count;
	item->vm.host_ports = network->host_ports.items;
	item->vm.n_host_ports = network->host_ports.count;
	item->vm.client_ports = network->client_ports.items;
	item->vm.n_client_ports = network->client_ports.count;
	item->vm.publish = network->publish.items;
	item->vm.n_publish = network->publish.count;
}

static void traffic_fill(
	Vmsilo__Broker__NetworkInterface *interface, Vmsilo__Broker__NetworkCounters *counters)
{
	struct host_traffic traffic;

	if (!host_traffic_read(interface->tap, &traffic))
		return;
	vmsilo__broker__network_counters__init(counters);
	counters->sent_packets = traffic.sent_packets;
	counters->sent_bytes = traffic.sent_bytes;
	counters->received_packets = traffic.received_packets;
	counters->received_bytes = traffic.received_bytes;
	interface->counters = counters;
}

/* Those of the run, where there is one: another list waits for the next. */
static void interfaces_fill(const struct vm *vm, struct item *item)
{
	const struct vm_config *config = vm_is_off(vm) ? vm_configuration(vm) : vm_ran(vm);
	uint8_t mac[6];

	for (size_t i = 0; i < config->interfaces.count; i++) {
		const struct interface_config *interface = &config->interfaces.items[i];
		Vmsilo__Broker__NetworkInterface *told = item->interface_list[i] =
			&item->interfaces[i];
		vmsilo__broker__network_interface__init(told);
		interface_mac(config, i, mac);
		mac_print(mac, item->macs[i]);
		net_tap_name(config->name, (enum net_side)(NET_HOST + i), item->taps[i]);
		told->tap = interface->tap[0] ? (char *)interface->tap : item->taps[i];
		told->bridge = (char *)interface->bridge;
		told->mac = item->macs[i];
		if (!vm_is_off(vm))
			traffic_fill(told, &item->interface_counters[i]);
	}
	item->vm.interfaces = item->interface_list;
	item->vm.n_interfaces = config->interfaces.count;
}

static void clients_fill(const struct client *client, const struct vm *vm, struct item *item)
{
	const struct vm_table *vms = client_services(client)->vms;
	const struct vm *other;
	size_t at = 0;

	item->vm.is_netvm = vm_configuration(vm)->is_netvm;
	item->vm.clients = item->clients;
	while (item->vm.n_clients < NETWORK_CLIENTS_SHOWN && (other = netvms_client(vms, vm, &at)))
		if (client_may(client, other, ACCESS_USE))
			item->clients[item->vm.n_clients++] = (char *)vm_configuration(other)->name;
}

static void item_fill(const struct client *client, const struct vm *vm, struct item *item)
{
	const struct network *network = client_services(client)->network;
	const struct net_attachment *attachment = network_current(network, vm);
	const struct setup_problems *problems = network_problems(network, vm);
	const struct net_counters *counters = network_counters(network, vm);

	vmsilo__broker__network_vm__init(&item->vm);
	item->vm.name = (char *)vm_configuration(vm)->name;
	config_fill(&vm_configuration(vm)->network, item);
	if (attachment)
		attachment_fill(attachment, item);
	if (attachment && counters)
		counters_fill(counters, item);
	for (size_t i = 0; i < problems->count; i++)
		item->problems[i] = (char *)problems->texts[i];
	item->vm.problems = item->problems;
	item->vm.n_problems = problems->count;
	interfaces_fill(vm, item);
	clients_fill(client, vm, item);
}

/* One that is asked for is shown also without a network. */
static bool is_shown(const struct client *client, const struct vm *vm, const struct vm *only)
{
	if (only)
		return vm == only;
	return (network_config_is_set(&vm_configuration(vm)->network) ||
		       vm_configuration(vm)->interfaces.count > 0 ||
		       network_current(client_services(client)->network, vm)) &&
	       client_may(client, vm, ACCESS_USE);
}

static void answer(struct client *client, const struct vm *only)
{
	const struct services *services = client_services(client);
	Vmsilo__Broker__NetworkList list = VMSILO__BROKER__NETWORK_LIST__INIT;
	size_t count = only ? 1 : vm_table_count(services->vms);
	_cleanup_free_ struct item *items = calloc(count + 1, sizeof(*items));
	_cleanup_free_ Vmsilo__Broker__NetworkVm **pointers = calloc(count + 1, sizeof(*pointers));

	if (!items || !pointers) {
		client_drop(client);
		return;
	}
	for (size_t i = 0; i < vm_table_count(services->vms); i++) {
		const struct vm *vm = vm_table_at(services->vms, i);
		if (!is_shown(client, vm, only))
			continue;
		item_fill(client, vm, &items[list.n_vms]);
		pointers[list.n_vms] = &items[list.n_vms].vm;
		list.n_vms++;
	}
	list.vms = pointers;
	client_answer(client, FRAME_NETWORK_LIST, &list.base);
}

/* ---- after vmsilo-net has counted ---- */

struct network_request {
	struct client *client;
	struct vm *only; /* NULL: all */
	struct network_viewer viewer;
};

static void on_counted(void *data)
{
	_cleanup_free_ struct network_request *request = data;

	answer(request->client, request->only);
}

static void give_up(void *data)
{
	struct network_request *request = data;

	network_count_cancel(client_services(request->client)->network, &request->viewer);
	free(request);
}

void request_networks(struct client *client, struct vm *vm, const ProtobufCMessage *message)
{
	struct network_request *request = calloc(1, sizeof(*request));

	(void)message;
	if (!request) {
		client_drop(client);
		return;
	}
	*request = (struct network_request){.client = client,
		.only = vm ? vm : client_only(client),
		.viewer = {.on_counted = on_counted, .data = request}};
	client_pend(client, give_up, request);
	network_count(client_services(client)->network, &request->viewer);
}
