/* The rules of our namespace, for each kind of declaration, against tests/net/golden/NAME.nft; and
 * a VM's network as a message, there and back. VMSILO_GOLDEN_WRITE=1 writes the files anew. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/net/rules/bound.h"
#include "host-broker/net/rules/rules.h"
#include "host-broker/network/wire.h"
#include "tests/lib/test.h"

static struct net_address address(const char *text)
{
	struct net_address ret;

	assert_true(net_address_parse(text, &ret));
	return ret;
}

static struct net_prefix prefix(const char *text)
{
	struct net_prefix ret;

	assert_true(net_prefix_parse(text, &ret));
	return ret;
}

static void interface_fill(
	struct net_interface *interface, const char *vm, enum net_side side, uint8_t number)
{
	const uint8_t even = (uint8_t)(number * 2);

	net_tap_name(vm, side, interface->tap);
	memcpy(interface->mac, (const uint8_t[]){2, 0, 0, 0, 0, number}, 6);
	memcpy(&interface->gateway4, (const uint8_t[]){10, 200, 0, even}, 4);
	memcpy(&interface->guest4, (const uint8_t[]){10, 200, 0, (uint8_t)(even + 1)}, 4);
	interface->gateway6 = interface->guest6 =
		(struct in6_addr){.s6_addr = {0xfd, 0, [15] = even}};
	interface->guest6.s6_addr[15]++;
}

static struct rules_vm vm_make(const char *name, uint8_t number)
{
	struct rules_vm ret = {0};

	snprintf(ret.attachment.vm, sizeof(ret.attachment.vm), "%s", name);
	interface_fill(&ret.attachment.up, name, NET_UP, number);
	return ret;
}

static void netvm_make(struct rules_vm *vm, uint8_t number)
{
	vm->attachment.is_netvm = true;
	interface_fill(&vm->attachment.down, vm->attachment.vm, NET_DOWN, number);
}

static char *file_read(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 65536);

	assert_non_null(file);
	assert_non_null(text);
	assert_true(fread(text, 1, 65535, file) > 0);
	fclose(file);
	return text;
}

static void golden_compare(const char *name, const char *text)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/net/golden/%s.nft", VMSILO_TESTS_DIR, name);
	if (getenv("VMSILO_GOLDEN_WRITE")) {
		FILE *file = fopen(path, "w");
		assert_non_null(file);
		fputs(text, file);
		fclose(file);
	}
	char *expected = file_read(path);
	assert_string_equal(text, expected);
	free(expected);
}

static void golden(const char *name, const struct rules_vm *const *vms, size_t count)
{
	const struct net_address host[] = {
		address("127.0.0.1"), address("192.0.2.7"), address("2001:db8::7")};
	const struct rules_input input = {
		.log_group = 77, .vms = vms, .vms_count = count, .host = host, .host_count = 3};
	char *text;

	assert_int_equal(rules_format(&input, &text), 0);
	golden_compare(name, text);
	free(text);
}

static void bound(void **state)
{
	(void)state;
	golden_compare("bound", bound_table());
}

static void no_vm(void **state)
{
	(void)state;
	golden("none", NULL, 0);
}

static void one_that_may_all(void **state)
{
	struct rules_vm vm = vm_make("open", 1);

	(void)state;
	vm.counts[RULES_SENT] = (struct rules_count){.packets = 7, .bytes = 700};
	golden("open", (const struct rules_vm *const[]){&vm}, 1);
}

static void one_with_rules(void **state)
{
	struct rules_vm vm = vm_make("some", 1);
	struct net_rule *rules = vm.attachment.rules;

	(void)state;
	vm.attachment.deny = true;
	rules[0] = (struct net_rule){.to = prefix("10.0.0.0/8"),
		.protocol = NET_TCP,
		.ports = {{443, 443}, {8000, 8100}},
		.ports_count = 2};
	rules[1] = (struct net_rule){.to = prefix("2001:db8::/32")};
	rules[2] = (struct net_rule){.protocol = NET_ANY, .ports = {{53, 53}}, .ports_count = 1};
	rules[3] = (struct net_rule){.protocol = NET_ICMP};
	/* One of which an answer came, and one of which none did. */
	rules[4] =
		(struct net_rule){.name = "example.org", .ports = {{443, 443}}, .ports_count = 1};
	rules[5] = (struct net_rule){.name = "example.com"};
	vm.seen[0] = (struct rules_seen){.rule = 4, .address = address("192.0.2.1")};
	vm.seen[1] = (struct rules_seen){.rule = 4, .address = address("2001:db8::1")};
	vm.seen_count = 2;
	vm.attachment.rules_count = 6;
	golden("rules", (const struct rules_vm *const[]){&vm}, 1);
}

static void one_with_host_ports(void **state)
{
	struct rules_vm vm = vm_make("ports", 1);

	(void)state;
	vm.attachment.host_ports[0] = (struct net_host_port){.protocol = NET_TCP, .port = 8080};
	vm.attachment.host_ports[1] = (struct net_host_port){.protocol = NET_UDP, .port = 5353};
	vm.attachment.host_ports_count = 2;
	golden("host-ports", (const struct rules_vm *const[]){&vm}, 1);
}

static struct net_publish published(const char *text)
{
	struct net_publish ret;

	assert_true(net_publish_parse(text, &ret));
	return ret;
}

static void one_that_publishes(void **state)
{
	struct rules_vm vm = vm_make("web", 1);

	(void)state;
	vm.attachment.publish[0] = published("8080:80");
	vm.attachment.publish[1] = published("[::]:5353:53/udp");
	vm.attachment.publish_count = 2;
	golden("publish", (const struct rules_vm *const[]){&vm}, 1);
}

/* app -> firewall -> host, and one whose netvm is gone: it has no way. */
static void chain_of_netvms(void **state)
{
	struct rules_vm firewall = vm_make("firewall", 1), app = vm_make("app", 3),
			lost = vm_make("a-very-long-name-of-a-vm", 4);

	(void)state;
	netvm_make(&firewall, 2);
	snprintf(app.attachment.netvm, sizeof(app.attachment.netvm), "firewall");
	snprintf(lost.attachment.netvm, sizeof(lost.attachment.netvm), "gone");
	golden("netvm", (const struct rules_vm *const[]){&firewall, &app, &lost}, 3);
}

/* ---- the message ---- */

static Vmsilo__Net__Set *message_of(const struct net_attachment *attachment)
{
	struct net_wire *wire = calloc(1, sizeof(*wire));
	Vmsilo__Net__Set set;
	uint8_t bytes[65536];

	assert_non_null(wire);
	net_wire_pack(attachment, wire, &set);
	size_t length = vmsilo__net__set__pack(&set, bytes);
	free(wire);
	return vmsilo__net__set__unpack(NULL, length, bytes);
}

static void there_and_back(void **state)
{
	struct rules_vm vm = vm_make("some", 1);
	struct net_attachment *got = calloc(1, sizeof(*got));

	(void)state;
	netvm_make(&vm, 2);
	snprintf(vm.attachment.netvm, sizeof(vm.attachment.netvm), "firewall");
	vm.attachment.deny = true;
	vm.attachment.rules[0] = (struct net_rule){.to = prefix("10.0.0.0/8"),
		.protocol = NET_TCP,
		.ports = {{1, 65535}},
		.ports_count = 1};
	strcpy(vm.attachment.rules[1].name, "*.example.org");
	vm.attachment.rules_count = 2;
	vm.attachment.host_ports[0] = (struct net_host_port){.protocol = NET_TCP, .port = 8080};
	vm.attachment.host_ports_count = 1;
	vm.attachment.publish[0] = published("[::1]:8080:80");
	vm.attachment.publish[1] = published("53:5353/udp");
	vm.attachment.publish_count = 2;
	vm.attachment.mtu = NET_MTU_MAX;
	Vmsilo__Net__Set *set = message_of(&vm.attachment);
	assert_true(net_wire_unpack(set, got));
	assert_memory_equal(got, &vm.attachment, sizeof(*got));
	vmsilo__net__set__free_unpacked(set, NULL);
	free(got);
}

/* What is of a VM that is offline is dropped: its TAP is in no map, and it has no way out. */
static void offline_passes_nothing(void **state)
{
	struct rules_vm vm = vm_make("some", 1);
	const struct rules_vm *vms[] = {&vm};
	const struct rules_input input = {.vms = vms, .vms_count = 1};
	static struct net_attachment got;
	char *text;

	(void)state;
	assert_int_equal(rules_format(&input, &text), 0);
	assert_non_null(strstr(text, "\"u-some\" : goto from-u-some"));
	assert_non_null(strstr(text, "iifname \"u-some\" oifname \"out\" goto out-some"));
	free(text);
	vm.attachment.offline = true;
	Vmsilo__Net__Set *set = message_of(&vm.attachment);
	assert_true(net_wire_unpack(set, &got));
	assert_true(got.offline);
	vmsilo__net__set__free_unpacked(set, NULL);
	assert_int_equal(rules_format(&input, &text), 0);
	assert_null(strstr(text, "\"u-some\" : goto from-u-some"));
	assert_null(strstr(text, "oifname \"out\" goto out-some"));
	assert_null(strstr(text, "goto back-some"));
	free(text);
}

static void set_refused(void (*spoil)(Vmsilo__Net__Set *set))
{
	struct rules_vm vm = vm_make("some", 1);
	static struct net_attachment got;

	vm.attachment.rules[0] = (struct net_rule){.to = prefix("10.0.0.0/8"),
		.protocol = NET_TCP,
		.ports = {{1, 2}},
		.ports_count = 1};
	vm.attachment.rules_count = 1;
	vm.attachment.host_ports[0] = (struct net_host_port){.protocol = NET_TCP, .port = 1};
	vm.attachment.host_ports_count = 1;
	vm.attachment.publish[0] = published("8080:80");
	vm.attachment.publish_count = 1;
	Vmsilo__Net__Set *set = message_of(&vm.attachment);
	spoil(set);
	assert_false(net_wire_unpack(set, &got));
	vmsilo__net__set__free_unpacked(set, NULL);
}

static void name_bad(Vmsilo__Net__Set *set)
{
	memcpy(set->vm, "a{;}", 5);
}

static void netvm_itself(Vmsilo__Net__Set *set)
{
	set->netvm = strdup("some");
}

static void mac_of_many(Vmsilo__Net__Set *set)
{
	set->up->mac.data[0] = 1;
}

static void address_short(Vmsilo__Net__Set *set)
{
	set->up->guest4.len = 3;
}

static void address_of_nobody(Vmsilo__Net__Set *set)
{
	memset(set->up->gateway4.data, 0, 4);
}

static void prefix_long(Vmsilo__Net__Set *set)
{
	set->rules[0]->length = 33;
}

static void port_zero(Vmsilo__Net__Set *set)
{
	set->rules[0]->ports[0]->first = 0;
}

static void port_large(Vmsilo__Net__Set *set)
{
	set->rules[0]->ports[0]->last = 65536;
}

static void protocol_unknown(Vmsilo__Net__Set *set)
{
	set->rules[0]->protocol = (Vmsilo__Net__Protocol)4;
}

static void host_port_of_any(Vmsilo__Net__Set *set)
{
	set->host_ports[0]->protocol = VMSILO__NET__PROTOCOL__ANY;
}

static void name_and_address(Vmsilo__Net__Set *set)
{
	set->rules[0]->name = strdup("example.org");
}

static void name_none(Vmsilo__Net__Set *set)
{
	free(set->rules[0]->address.data);
	set->rules[0]->address = (ProtobufCBinaryData){0};
	set->rules[0]->length = 0;
	set->rules[0]->name = strdup("10.0.0.1.");
}

static void publish_of_any(Vmsilo__Net__Set *set)
{
	set->publish[0]->protocol = VMSILO__NET__PROTOCOL__ANY;
}

static void publish_to_zero(Vmsilo__Net__Set *set)
{
	set->publish[0]->target = 0;
}

static void publish_of_large(Vmsilo__Net__Set *set)
{
	set->publish[0]->port = 65536;
}

static void publish_at_no_address(Vmsilo__Net__Set *set)
{
	set->publish[0]->address.len = 3;
}

static void mtu_small(Vmsilo__Net__Set *set)
{
	set->mtu = NET_MTU - 1;
}

static void mtu_large(Vmsilo__Net__Set *set)
{
	set->mtu = NET_MTU_MAX + 1;
}

static void mtu_too_large_for_its_bits(Vmsilo__Net__Set *set)
{
	set->mtu = 65536 + NET_MTU;
}

static void what_is_none_is_refused(void **state)
{
	void (*const spoils[])(Vmsilo__Net__Set *) = {name_bad, netvm_itself, mac_of_many,
		address_short, address_of_nobody, prefix_long, port_zero, port_large,
		protocol_unknown, host_port_of_any, name_and_address, name_none, publish_of_any,
		publish_to_zero, publish_of_large, publish_at_no_address, mtu_small, mtu_large,
		mtu_too_large_for_its_bits};

	(void)state;
	for (size_t i = 0; i < sizeof(spoils) / sizeof(spoils[0]); i++)
		set_refused(spoils[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bound),
		cmocka_unit_test(no_vm),
		cmocka_unit_test(one_that_may_all),
		cmocka_unit_test(one_with_rules),
		cmocka_unit_test(one_with_host_ports),
		cmocka_unit_test(one_that_publishes),
		cmocka_unit_test(chain_of_netvms),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(offline_passes_nothing),
		cmocka_unit_test(what_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
