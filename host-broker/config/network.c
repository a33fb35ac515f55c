#include "host-broker/config/network.h"

#include <net/if.h>
#include <string.h>

#include "host-broker/address/name.h"
#include "host-broker/address/publish.h"
#include "host-broker/config/config.h"
#include "host-broker/config/table.h"
#include "proto/base/mac.h"
#include "proto/base/text.h"
#include "proto/limits.h"

/* Of names of interfaces: the kernel takes more, which nobody has. */
#define DEVICE_BYTES "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-@+"

/* ---- what a text must be ---- */

/* Whether there is such a VM, host-broker/network/check.h looks. */
static bool is_way_out(const char *text)
{
	return text_is_vm_name(text);
}

static bool is_address_of(const char *text, uint8_t family)
{
	struct net_address address;

	return net_address_parse(text, &address) && address.family == family &&
	       net_address_is_unicast(&address);
}

static bool is_address4(const char *text)
{
	return is_address_of(text, AF_INET);
}

static bool is_address6(const char *text)
{
	return is_address_of(text, AF_INET6);
}

static bool is_server(const char *text)
{
	return is_address4(text) || is_address6(text);
}

static bool is_mac(const char *text)
{
	uint8_t mac[6];

	return mac_parse(text, mac);
}

/* As the kernel's dev_valid_name() has it. */
static bool is_device(const char *text)
{
	return strlen(text) < IFNAMSIZ && strcmp(text, ".") != 0 && strcmp(text, "..") != 0 &&
	       strspn(text, DEVICE_BYTES) == strlen(text);
}

static bool is_destination(const char *text)
{
	struct net_prefix prefix;
	char name[NET_NAME_MAX + 1];

	return net_prefix_parse(text, &prefix) || net_name_parse(text, name);
}

static bool is_port_range(const char *text)
{
	struct net_port_range range;

	return net_port_range_parse(text, &range);
}

static bool is_host_port(const char *text)
{
	struct net_host_port port;

	return net_host_port_parse(text, &port);
}

static bool is_publish(const char *text)
{
	struct net_publish publish;

	return net_publish_parse(text, &publish);
}

static bool is_range_of(const char *text, const char *within, uint8_t longest)
{
	struct net_prefix range, all;

	return net_prefix_parse(text, &range) && net_prefix_parse(within, &all) &&
	       range.length >= all.length && range.length <= longest &&
	       net_prefix_has(&all, &range.address);
}

/* RFC 1918 and RFC 6598: addresses that are nobody's in the world. */
bool config_is_range4(const char *text)
{
	return is_range_of(text, "10.0.0.0/8", 31) || is_range_of(text, "172.16.0.0/12", 31) ||
	       is_range_of(text, "192.168.0.0/16", 31) || is_range_of(text, "100.64.0.0/10", 31);
}

/* RFC 4193. */
bool config_is_range6(const char *text)
{
	return is_range_of(text, "fd00::/8", 112);
}

/* ---- the tables ---- */

#define AT(member) KEY_AT(struct network_rule, member)

static const cyaml_strval_t protocol_items[] = {
	{"any", NET_ANY}, {"tcp", NET_TCP}, {"udp", NET_UDP}, {"icmp", NET_ICMP}};
static const struct key_names protocol_names = {
	protocol_items, CYAML_ARRAY_LEN(protocol_items), false};

static const struct key rule_rows[] = {
	{"to", &key_text, AT(to), .check = is_destination, .otherwise = "anything",
		.expected = "an address, a range or a name, such as 192.0.2.0/24 or example.org"},
	{"proto", &key_choice, AT(protocol), .names = &protocol_names, .standard = "any",
		.expected = "tcp, udp, icmp or any"},
	{"ports", &key_texts, AT(ports), .check = is_port_range, .min = 1, .max = NET_PORTS_MAX,
		.otherwise = "all",
		.expected = "1 to 16 ports or ranges, such as 443 or 8000-8100"},
};

#undef AT

static const char *rule_settle(void *value)
{
	const struct network_rule *rule = value;

	return rule->protocol == NET_ICMP && rule->ports.count > 0 ? "ports" : NULL;
}

static const struct key_table rule_keys = {
	KEY_ROWS(rule_rows), .size = sizeof(struct network_rule), .settle = rule_settle};

#define AT(member) KEY_AT(struct network_config, member)

static const cyaml_strval_t default_items[] = {{"allow", NETWORK_ALLOW}, {"deny", NETWORK_DENY}};
static const struct key_names default_names = {
	default_items, CYAML_ARRAY_LEN(default_items), false};

static const struct key network_rows[] = {
	{"netvm", &key_text, AT(netvm), .check = is_way_out, .needed = true,
		.expected = "none, host, or the name of a netvm"},
	{"address", &key_text, AT(address), .check = is_address4, .otherwise = "one of netvm_range",
		.expected = "an IPv4 address, such as 10.200.0.5"},
	{"address6", &key_text, AT(address6), .check = is_address6,
		.otherwise = "one of netvm_range6", .expected = "an IPv6 address, such as fd00::5"},
	{"mac", &key_text, AT(mac), .check = is_mac, .otherwise = "made from the VM's name",
		.expected = "a locally administered unicast address, such as 02:00:00:00:00:01"},
	{"dns", &key_texts, AT(dns), .check = is_server, .min = 1, .max = NETWORK_DNS_MAX,
		.otherwise = "vmsilo's own", .expected = "1 to 3 addresses"},
	{"default", &key_choice, AT(rest), .names = &default_names, .standard = "allow",
		.expected = "allow or deny"},
	{"allow", &key_mappings, AT(allow), .table = &rule_keys, .max = NET_RULES_MAX,
		.expected =
			"at most 64 rules, such as {to: 192.0.2.0/24, ports: [443], proto: tcp}"},
	{"host_ports", &key_texts, AT(host_ports), .check = is_host_port, .max = NET_HOST_PORTS_MAX,
		.expected = "at most 32 ports of the host, such as tcp/8080"},
	{"client_ports", &key_texts, AT(client_ports), .check = is_host_port,
		.max = NETWORK_CLIENT_PORTS_MAX,
		.expected = "at most 32 ports of a netvm, such as tcp/3128"},
	{"publish", &key_texts, AT(publish), .check = is_publish, .max = NET_PUBLISH_MAX,
		.expected = "at most 32 ports, such as 8080:80, 0.0.0.0:8080:80 or 5353:53/udp"},
};

#undef AT

const struct key_table config_network_keys = {
	KEY_ROWS(network_rows), .size = sizeof(struct network_config)};

#define AT(member) KEY_AT(struct interface_config, member)

static const struct key interface_rows[] = {
	{"tap", &key_text, AT(tap), .check = is_device, .otherwise = "none",
		.expected = "the name of a TAP of the host, such as tap7"},
	{"bridge", &key_text, AT(bridge), .check = is_device, .otherwise = "none",
		.expected = "the name of a bridge of the host, such as br0"},
	{"mac", &key_text, AT(mac), .check = is_mac, .otherwise = "made from the VM's name",
		.expected = "a locally administered unicast address, such as 52:54:00:00:00:01"},
};

#undef AT

const struct key_table config_interface_keys = {
	KEY_ROWS(interface_rows), .size = sizeof(struct interface_config)};

bool config_network_waits(const void *before, const void *after)
{
	const struct network_config *ran = before, *now = after;

	if (!network_config_is_set(now))
		return false;
	return !network_config_is_set(ran) || strcmp(ran->mac, now->mac) != 0;
}

const char *network_config_netvm(const struct network_config *network)
{
	return network_config_is_set(network) && strcmp(network->netvm, NETWORK_HOST) != 0
		       ? network->netvm
		       : "";
}

bool network_config_is_set(const struct network_config *network)
{
	return network->netvm[0] && strcmp(network->netvm, NETWORK_NONE) != 0;
}
