/* Attachments: what of a configuration gets into them. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/network/attach.h"
#include "host-broker/network/message.h"
#include "tests/lib/test.h"

static struct net_attachment attach(const char *text)
{
	const struct net_pairs pairs = {.up = 3, .down = 4, .netvm = 5};
	struct net_attachment ret;
	struct net_ranges ranges;
	struct config *config = NULL;
	struct error error = {0};

	if (config_parse(text, strlen(text), "f.yaml", &config, &error) < 0)
		fail_msg("%s", error.text);
	net_ranges_of(&config->broker, &ranges);
	net_attach(&config->vms[0], &ranges, &pairs, &ret);
	config_destroy(config);
	return ret;
}

static void is4(struct in_addr address, const char *expected)
{
	char text[INET_ADDRSTRLEN];

	assert_string_equal(inet_ntop(AF_INET, &address, text, sizeof(text)), expected);
}

static void is6(struct in6_addr address, const char *expected)
{
	char text[INET6_ADDRSTRLEN];

	assert_string_equal(inet_ntop(AF_INET6, &address, text, sizeof(text)), expected);
}

static void test_none(void **state)
{
	static const struct net_attachment none;
	static const char *const texts[] = {"vms: [{name: a}]", "vms: [{name: a, network: none}]",
		"vms: [{name: a, network: {netvm: none, address: 10.200.0.1}}]"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct net_attachment attachment = attach(texts[i]);
		assert_memory_equal(&attachment, &none, sizeof(none));
	}
}

static void test_host(void **state)
{
	const struct net_attachment at = attach("vms: [{name: work, network: host}]");
	uint8_t mac[6];

	(void)state;
	assert_string_equal(at.vm, "work");
	assert_string_equal(at.netvm, "");
	assert_string_equal(at.up.tap, "u-work");
	net_mac("work", NET_UP, mac);
	assert_memory_equal(at.up.mac, mac, 6);
	is4(at.up.gateway4, "10.200.0.6");
	is4(at.up.guest4, "10.200.0.7");
	is6(at.up.gateway6, "fd76:6d73:696c:c8::6");
	is6(at.up.guest6, "fd76:6d73:696c:c8::7");
	assert_false(at.is_netvm || at.deny);
	assert_int_equal(at.rules_count + at.host_ports_count, 0);
}

static void test_pinned(void **state)
{
	const struct net_attachment at =
		attach("vms: [{name: work, network: {netvm: host, address: "
		       "10.200.7.8, address6: 'fd76:6d73:696c:c8::f', "
		       "mac: '02:00:00:00:00:01'}}]");

	(void)state;
	is4(at.up.guest4, "10.200.7.8");
	is4(at.up.gateway4, "10.200.7.9");
	is6(at.up.guest6, "fd76:6d73:696c:c8::f");
	is6(at.up.gateway6, "fd76:6d73:696c:c8::e");
	assert_memory_equal(at.up.mac, "\x02\0\0\0\0\x01", 6);
}

static void test_other_ranges(void **state)
{
	const struct net_attachment at =
		attach("broker: {netvm_range: 10.9.0.0/24, netvm_range6: 'fd00:1::/64'}\n"
		       "vms: [{name: work, network: host}]");

	(void)state;
	is4(at.up.guest4, "10.9.0.7");
	is6(at.up.gateway6, "fd00:1::6");
}

static void bytes_are(const ProtobufCBinaryData *data, const void *expected, size_t size)
{
	assert_int_equal(data->len, size);
	assert_memory_equal(data->data, expected, size);
}

/* What the agent is told: all of it, and of one that is offline its card alone. */
static void test_message(void **state)
{
	struct net_attachment at = attach("vms: [{name: work, network: host}]");
	static const uint8_t zero[16];
	const struct network_config none = {0};
	static struct network_message message;

	(void)state;
	at.mtu = NET_MTU_MAX;
	network_message_make(&at, &none, &message);
	assert_int_equal(message.network.n_cards, 1);
	const Vmsilo__Control__Card *card = message.network.cards[0];
	bytes_are(&card->mac, at.up.mac, 6);
	assert_int_equal(card->mtu, 65520);
	assert_int_equal(card->n_addresses, 2);
	bytes_are(&card->addresses[0]->address, &at.up.guest4, 4);
	assert_int_equal(card->addresses[0]->prefix, 31);
	bytes_are(&card->addresses[1]->address, &at.up.guest6, 16);
	assert_int_equal(card->addresses[1]->prefix, 127);
	assert_int_equal(card->n_routes, 2);
	bytes_are(&card->routes[0]->to, zero, 4);
	assert_int_equal(card->routes[0]->prefix, 0);
	bytes_are(&card->routes[0]->gateway, &at.up.gateway4, 4);
	bytes_are(&card->routes[1]->gateway, &at.up.gateway6, 16);
	assert_int_equal(message.network.n_dns, 1);
	bytes_are(&message.network.dns[0], &at.up.gateway4, 4);
	at.offline = true;
	memset(&message, 0, sizeof(message));
	network_message_make(&at, &none, &message);
	assert_int_equal(message.network.n_cards, 1);
	bytes_are(&message.network.cards[0]->mac, at.up.mac, 6);
	assert_int_equal(message.network.cards[0]->n_addresses, 0);
	assert_int_equal(message.network.cards[0]->n_routes + message.network.n_dns, 0);
}

/* A netvm behind another: names are looked up at that one, and its second card leads to all VMs. */
static void test_netvm(void **state)
{
	struct net_attachment at = attach("vms: [{name: fire, network: net, is_netvm: true}]");
	char *ports[] = {(char *)"tcp/3128", (char *)"udp/53"};
	const struct network_config none = {.client_ports = {.items = ports, .count = 2}};
	static struct network_message message;

	(void)state;
	assert_string_equal(at.netvm, "net");
	assert_true(at.is_netvm);
	assert_string_equal(at.down.tap, "d-fire");
	is4(at.up.guest4, "10.200.0.7");
	is4(at.down.gateway4, "10.200.0.8");
	is4(at.down.guest4, "10.200.0.9");
	is6(at.down.guest6, "fd76:6d73:696c:c8::9");
	is4(at.dns4, "10.200.0.11");
	assert_memory_not_equal(at.up.mac, at.down.mac, 6);
	network_message_make(&at, &none, &message);
	assert_true(message.network.masquerade);
	assert_int_equal(message.network.n_cards, 2);
	bytes_are(&message.network.cards[0]->mac, at.up.mac, 6);
	assert_int_equal(message.network.cards[0]->n_routes, 3);
	bytes_are(&message.network.cards[0]->routes[2]->to, &at.dns4, 4);
	assert_int_equal(message.network.cards[0]->routes[2]->prefix, 32);
	bytes_are(&message.network.cards[0]->routes[2]->gateway, &at.up.gateway4, 4);
	const Vmsilo__Control__Card *card = message.network.cards[1];
	bytes_are(&card->mac, at.down.mac, 6);
	bytes_are(&card->addresses[0]->address, &at.down.guest4, 4);
	assert_int_equal(card->n_routes, 2);
	bytes_are(&card->routes[0]->to, "\x0a\xc8\0\0", 4);
	assert_int_equal(card->routes[0]->prefix, 16);
	bytes_are(&card->routes[0]->gateway, &at.down.gateway4, 4);
	assert_int_equal(card->routes[1]->prefix, 64);
	bytes_are(&message.network.dns[0], &at.dns4, 4);
	assert_int_equal(message.network.n_client_ports, 2);
	assert_int_equal(message.network.client_ports[0]->protocol, IPPROTO_TCP);
	assert_int_equal(message.network.client_ports[0]->port, 3128);
	assert_int_equal(message.network.client_ports[1]->protocol, IPPROTO_UDP);
	at.offline = true;
	memset(&message, 0, sizeof(message));
	network_message_make(&at, &none, &message);
	assert_int_equal(message.network.n_cards, 2);
	assert_int_equal(message.network.cards[1]->n_addresses, 0);
	assert_false(message.network.masquerade);
}

static void test_message_dns(void **state)
{
	struct net_attachment at = attach("vms: [{name: work, network: host}]");
	char *servers[] = {(char *)"192.0.2.53", (char *)"fd00::35", (char *)"192.0.2.54"};
	const struct network_config dns = {.dns = {.items = servers, .count = 3}};
	static struct network_message message;

	(void)state;
	network_message_make(&at, &dns, &message);
	assert_int_equal(message.network.n_dns, 3);
	bytes_are(&message.network.dns[0], "\xc0\x00\x02\x35", 4);
	assert_int_equal(message.network.dns[1].len, 16);
}

static void test_rules(void **state)
{
	const struct net_attachment at = attach(
		"vms: [{name: a, network: {netvm: host, default: deny, allow: [{to: 192.0.2.0/24, "
		"proto: tcp, ports: ['443', 8000-8100]}, {proto: icmp}, {to: 'fd00::1'}], "
		"host_ports: [tcp/631], publish: ['8080:80', '[::1]:5353:53/udp']}}]");

	(void)state;
	assert_true(at.deny);
	assert_int_equal(at.rules_count, 3);
	assert_int_equal(at.rules[0].to.length, 24);
	assert_int_equal(at.rules[0].protocol, NET_TCP);
	assert_int_equal(at.rules[0].ports_count, 2);
	assert_int_equal(at.rules[0].ports[1].last, 8100);
	assert_int_equal(at.rules[1].to.address.family, AF_UNSPEC);
	assert_int_equal(at.rules[1].protocol, NET_ICMP);
	assert_int_equal(at.rules[2].to.address.family, AF_INET6);
	assert_int_equal(at.rules[2].protocol, NET_ANY);
	assert_int_equal(at.host_ports_count, 1);
	assert_int_equal(at.host_ports[0].port, 631);
	assert_int_equal(at.publish_count, 2);
	assert_int_equal(at.publish[0].protocol, NET_TCP);
	assert_int_equal(at.publish[1].address.family, AF_INET6);
	assert_int_equal(at.publish[1].target, 53);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_host),
		cmocka_unit_test(test_pinned),
		cmocka_unit_test(test_other_ranges),
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_netvm),
		cmocka_unit_test(test_message_dns),
		cmocka_unit_test(test_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
