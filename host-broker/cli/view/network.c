#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "proto/base/text.h"
#include "proto/broker.pb-c.h"
#include "proto/wire/message.h"

struct values {
	bool json;
};

static const struct command_option options[] = {
	{'j', "json", NULL, "as JSON", OPTION_FLAG, offsetof(struct values, json), NULL},
	{0},
};

/* ---- for people ---- */

static void print_bytes(uint64_t bytes)
{
	if (bytes < UINT64_C(10) << 20)
		printf(" %8" PRIu64 "K", bytes >> 10);
	else
		printf(" %8" PRIu64 "M", bytes >> 20);
}

static void print_traffic(const Vmsilo__Broker__NetworkCounters *counters)
{
	print_bytes(counters->sent_bytes);
	print_bytes(counters->received_bytes);
}

static void print_row(const Vmsilo__Broker__NetworkVm *vm)
{
	const Vmsilo__Broker__NetworkCounters *counters = vm->counters;

	printf("%-20s %-12s %-17s", vm->name, vm->netvm, vm->attached ? vm->address : "-");
	if (counters) {
		print_traffic(counters);
		printf(" %9" PRIu64, counters->refused_packets + counters->spoofed_packets);
	}
	putchar('\n');
}

/* "br0", or "tap7": what of the host's it is. */
static const char *device_of(const Vmsilo__Broker__NetworkInterface *interface)
{
	return interface->bridge[0] ? interface->bridge : interface->tap;
}

static void print_interface_row(const char *vm, const Vmsilo__Broker__NetworkInterface *interface)
{
	printf("%-20s %-12s %-17s", vm, device_of(interface), interface->mac);
	if (interface->counters)
		print_traffic(interface->counters);
	putchar('\n');
}

static void print_interface_rows(const Vmsilo__Broker__NetworkVm *vm)
{
	for (size_t i = 0; i < vm->n_interfaces; i++)
		print_interface_row(vm->name, vm->interfaces[i]);
}

static bool has_network(const Vmsilo__Broker__NetworkVm *vm)
{
	return vm->attached || strcmp(vm->netvm, "none") != 0 || vm->n_interfaces == 0;
}

static void print_table(const Vmsilo__Broker__NetworkList *list)
{
	printf("%-20s %-12s %-17s %9s %9s %9s\n", "NAME", "NETWORK", "ADDRESS", "SENT", "RECEIVED",
		"REFUSED");
	for (size_t i = 0; i < list->n_vms; i++) {
		if (has_network(list->vms[i]))
			print_row(list->vms[i]);
		print_interface_rows(list->vms[i]);
	}
}

static void print_texts(const char *name, char *const *texts, size_t count)
{
	char printable[1024];

	for (size_t i = 0; i < count; i++) {
		text_escape(printable, sizeof(printable), texts[i], strlen(texts[i]));
		printf("%s: %s\n", name, printable);
	}
}

static void print_rule(const Vmsilo__Broker__NetworkRule *rule)
{
	printf("allow: %s, %s", rule->to[0] ? rule->to : "anything", rule->protocol);
	for (size_t i = 0; i < rule->n_ports; i++)
		printf("%s%s", i == 0 ? ", ports " : " ", rule->ports[i]);
	putchar('\n');
}

static void print_packets(const Vmsilo__Broker__NetworkCounters *counters)
{
	printf("sent: %" PRIu64 " packets, %" PRIu64 " bytes\n", counters->sent_packets,
		counters->sent_bytes);
	printf("received: %" PRIu64 " packets, %" PRIu64 " bytes\n", counters->received_packets,
		counters->received_bytes);
}

static void print_attached(const Vmsilo__Broker__NetworkVm *vm)
{
	printf("address: %s, gateway %s\n", vm->address, vm->gateway);
	printf("address6: %s, gateway %s\n", vm->address6, vm->gateway6);
	printf("card: %s, TAP %s\n", vm->mac, vm->tap);
	if (!vm->counters)
		return;
	print_packets(vm->counters);
	printf("refused: %" PRIu64 " packets; with another's address: %" PRIu64 "\n",
		vm->counters->refused_packets, vm->counters->spoofed_packets);
}

static void print_interfaces(const Vmsilo__Broker__NetworkVm *vm)
{
	for (size_t i = 0; i < vm->n_interfaces; i++) {
		const Vmsilo__Broker__NetworkInterface *interface = vm->interfaces[i];
		printf("interface: %s%s%sTAP %s, card %s\n", interface->bridge[0] ? "bridge " : "",
			interface->bridge, interface->bridge[0] ? ", " : "", interface->tap,
			interface->mac);
		if (interface->counters)
			print_packets(interface->counters);
	}
}

static void print_one(const Vmsilo__Broker__NetworkVm *vm)
{
	printf("%s: network: %s\n", vm->name, vm->netvm);
	if (vm->attached)
		print_attached(vm);
	if (vm->is_netvm && vm->attached)
		printf("netvm: %s on its clients' side\n", vm->clients_address);
	print_interfaces(vm);
	print_texts("client", vm->clients, vm->n_clients);
	printf("default: %s\n", vm->deny ? "deny" : "allow");
	for (size_t i = 0; i < vm->n_allow; i++)
		print_rule(vm->allow[i]);
	print_texts("host_ports", vm->host_ports, vm->n_host_ports);
	print_texts("client_ports", vm->client_ports, vm->n_client_ports);
	print_texts("publish", vm->publish, vm->n_publish);
	print_texts("dns", vm->dns, vm->n_dns);
	print_texts("in the guest", vm->problems, vm->n_problems);
}

/* ---- as JSON ---- */

static json_t *texts_json(char *const *texts, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(texts[i]));
	return list;
}

static json_t *rules_json(const Vmsilo__Broker__NetworkVm *vm)
{
	json_t *list = json_array();

	for (size_t i = 0; i < vm->n_allow; i++) {
		const Vmsilo__Broker__NetworkRule *rule = vm->allow[i];
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:o}", "to", rule->to, "proto", rule->protocol,
				      "ports", texts_json(rule->ports, rule->n_ports)));
	}
	return list;
}

static json_t *counters_json(const Vmsilo__Broker__NetworkCounters *counters)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I}", "sent_packets",
		(json_int_t)counters->sent_packets, "sent_bytes", (json_int_t)counters->sent_bytes,
		"received_packets", (json_int_t)counters->received_packets, "received_bytes",
		(json_int_t)counters->received_bytes, "refused_packets",
		(json_int_t)counters->refused_packets, "spoofed_packets",
		(json_int_t)counters->spoofed_packets);
}

/* Nobody refuses anything there. */
static json_t *traffic_json(const Vmsilo__Broker__NetworkCounters *counters)
{
	if (!counters)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:I}", "sent_packets", (json_int_t)counters->sent_packets,
		"sent_bytes", (json_int_t)counters->sent_bytes, "received_packets",
		(json_int_t)counters->received_packets, "received_bytes",
		(json_int_t)counters->received_bytes);
}

static json_t *interfaces_json(const Vmsilo__Broker__NetworkVm *vm)
{
	json_t *list = json_array();

	for (size_t i = 0; i < vm->n_interfaces; i++) {
		const Vmsilo__Broker__NetworkInterface *interface = vm->interfaces[i];
		json_array_append_new(
			list, json_pack("{s:s, s:s, s:s, s:o}", "tap", interface->tap, "bridge",
				      interface->bridge, "mac", interface->mac, "counters",
				      traffic_json(interface->counters)));
	}
	return list;
}

static json_t *vm_json(const Vmsilo__Broker__NetworkVm *vm)
{
	json_t *root = json_pack("{s:s, s:s, s:b, s:b, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o}",
		"name", vm->name, "netvm", vm->netvm, "is_netvm", (int)vm->is_netvm, "attached",
		(int)vm->attached, "clients", texts_json(vm->clients, vm->n_clients), "default",
		vm->deny ? "deny" : "allow", "allow", rules_json(vm), "host_ports",
		texts_json(vm->host_ports, vm->n_host_ports), "client_ports",
		texts_json(vm->client_ports, vm->n_client_ports), "publish",
		texts_json(vm->publish, vm->n_publish), "dns", texts_json(vm->dns, vm->n_dns),
		"problems", texts_json(vm->problems, vm->n_problems));

	if (vm->attached)
		json_object_update_new(
			root, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "address", vm->address,
				      "gateway", vm->gateway, "address6", vm->address6, "gateway6",
				      vm->gateway6, "mac", vm->mac, "tap", vm->tap));
	if (vm->is_netvm && vm->attached)
		json_object_set_new(root, "clients_address", json_string(vm->clients_address));
	json_object_set_new(root, "interfaces", interfaces_json(vm));
	if (vm->counters)
		json_object_set_new(root, "counters", counters_json(vm->counters));
	return root;
}

static void print_json(const Vmsilo__Broker__NetworkList *list, bool single)
{
	json_t *root = json_array();

	for (size_t i = 0; i < list->n_vms; i++)
		json_array_append_new(root, vm_json(list->vms[i]));
	json_dumpf(single ? json_array_get(root, 0) : root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

static int run(int argc, char **argv)
{
	Vmsilo__Broker__Networks request = VMSILO__BROKER__NETWORKS__INIT;
	struct values values = {0};
	struct broker_answer answer;
	char **operands;
	int exit_code = options_parse(&command_network, argc, argv, &values, &operands);

	if (exit_code >= 0)
		return exit_code;
	bool single = operands[0] != NULL;
	request.vm = single ? operands[0] : (char *)"";
	exit_code = ask(true, FRAME_NETWORKS, &request.base, FRAME_NETWORK_LIST, &answer);
	if (exit_code != 0)
		return exit_code;
	const Vmsilo__Broker__NetworkList *list =
		(const Vmsilo__Broker__NetworkList *)answer.message;
	if (values.json)
		print_json(list, single && list->n_vms > 0);
	else if (single && list->n_vms > 0)
		print_one(list->vms[0]);
	else
		print_table(list);
	message_free(answer.message);
	return 0;
}

const struct command command_network = {
	.name = "network",
	.summary = "show the networks of VMs: addresses, rules, what was sent and refused",
	.operands = "[VM]",
	.options = options,
	.run = run,
};
