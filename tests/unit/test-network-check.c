/* Networks that do not go together are refused, with where each VM is defined. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/network/check.h"
#include "tests/lib/test.h"

static int check_as(const char *text, bool system, struct error *error)
{
	struct config *config = NULL;

	*error = (struct error){0};
	if (config_parse(text, strlen(text), "f.yaml", &config, error) < 0)
		fail_msg("%s", error->text);
	int code = network_check(config, system, error);
	config_destroy(config);
	return code;
}

static int check(const char *text, struct error *error)
{
	return check_as(text, true, error);
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"vms:\n- {name: a, network: {netvm: host, address: 10.200.0.5}}\n"
		 "- {name: b, network: {netvm: host, address: 10.200.0.5}}\n",
			"f.yaml:3: network: address: 10.200.0.5 is one pair with 10.200.0.5 of VM "
			"\"a\" (f.yaml:2); each VM needs a pair of its own, which begins at an "
			"even address"},
		{"vms:\n- {name: a, network: {netvm: host, address6: 'fd76:6d73:696c:c8::4'}}\n"
		 "- {name: b, network: {netvm: host, address6: 'fd76:6d73:696c:c8::5'}}\n",
			"f.yaml:3: network: address6: fd76:6d73:696c:c8::5 is one pair with "
			"fd76:6d73:696c:c8::4 of VM \"a\" (f.yaml:2); each VM needs a pair of its "
			"own, which begins at an even address"},
		{"vms:\n- {name: a, network: {netvm: host, address: 10.201.0.5}}\n",
			"f.yaml:2: network: address: 10.201.0.5 is not in 10.200.0.0/16 (broker: "
			"netvm_range)"},
		{"vms:\n- {name: a, network: {netvm: host, publish: ['80:1', '0.0.0.0:80:2']}}\n",
			"f.yaml:2: network: publish: 80:1 and 0.0.0.0:80:2 want one port of the "
			"host"},
		{"vms:\n- {name: a, network: {netvm: host, dns: [192.0.2.1], allow: [{to: "
		 "a.org}]}}\n",
			"f.yaml:2: network: allow: a.org is a name, and names need vmsilo's own "
			"DNS: "
			"leave out dns"},
		{"vms:\n- {name: n, network: host, is_netvm: true}\n"
		 "- {name: a, network: {netvm: n, allow: [{to: 10.0.0.1}, {to: '*.a.org'}]}}\n",
			"f.yaml:3: network: allow: *.a.org is a name, and names need vmsilo's own "
			"DNS: "
			"which a VM behind a netvm does not ask"},
		{"broker: {netvm_range6: 'fd76:6d73:696c::/48'}\n",
			"broker: netvm_range6: fd76:6d73:696c::/48 overlaps with "
			"fd76:6d73:696c::/64, which vmsilo-net has for itself"},
		{"vms:\n- {name: a, network: b}\n",
			"f.yaml:2: network: netvm: there is no VM \"b\"; expected none, host, or "
			"the name of a VM with 'is_netvm: true'"},
		{"vms:\n- {name: a, network: b}\n- {name: b, network: host}\n",
			"f.yaml:2: network: netvm: VM \"b\" (f.yaml:3) is no netvm; say "
			"'is_netvm: true' there"},
		{"vms:\n- {name: a, network: a, is_netvm: true}\n",
			"f.yaml:2: network: netvm: VM \"a\" would reach the network through "
			"itself: a (f.yaml:2) -> a"},
		{"vms:\n- {name: x, network: a}\n- {name: a, network: b, is_netvm: true}\n"
		 "- {name: b, network: c, is_netvm: true}\n"
		 "- {name: c, network: a, is_netvm: true}\n",
			"f.yaml:3: network: netvm: VM \"a\" would reach the network through "
			"itself: a (f.yaml:3) -> b (f.yaml:4) -> c (f.yaml:5) -> a"},
		{"vms:\n- {name: a, is_netvm: true}\n",
			"f.yaml:2: is_netvm: VM \"a\" has no network that others could reach "
			"through it; say 'network: host', or the name of another netvm"},
		{"vms:\n- {name: host, network: host, is_netvm: true}\n",
			"f.yaml:2: is_netvm: a netvm cannot be called \"host\", which means "
			"something else in 'network'"},
		{"vms:\n- {name: a, network: {netvm: b, host_ports: [tcp/80]}}\n"
		 "- {name: b, network: host, is_netvm: true}\n",
			"f.yaml:2: network: host_ports: VM \"a\" goes through VM \"b\" "
			"(f.yaml:3), and ports of the host are reached with 'netvm: host' alone"},
		{"vms:\n- {name: a, network: {netvm: host, client_ports: [tcp/80]}}\n",
			"f.yaml:2: network: client_ports: VM \"a\" is no netvm, and has no "
			"clients; say 'is_netvm: true'"},
		{"vms:\n- {name: a, interfaces: [{bridge: br0}, {tap: tap7}]}\n"
		 "- {name: b, interfaces: [{bridge: br0}, {tap: tap8}, {tap: tap7}]}\n",
			"f.yaml:3: interfaces: the TAP tap7 is that of VM \"a\" (f.yaml:2) as "
			"well; a TAP has one guest"},
		{"vms:\n- {name: a, interfaces: [{tap: t}, {mac: '02:00:00:00:00:01'}]}\n",
			"f.yaml:2: interfaces: each has either tap or bridge; the one with number "
			"2 has neither"},
		{"vms:\n- {name: a, interfaces: [{tap: t, bridge: b}]}\n",
			"f.yaml:2: interfaces: each has either tap or bridge; the one with number "
			"1 has both"},
		{"vms:\n- {name: a, interfaces: [{tap: tap7}, {tap: tap7}]}\n",
			"f.yaml:2: interfaces: the TAP tap7 is that of VM \"a\" (f.yaml:2) as "
			"well; a TAP has one guest"},
	};
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(check(cases[i].text, &error), UV_EINVAL);
		assert_string_equal(error.text, cases[i].message);
	}
}

static void test_taken(void **state)
{
	static const char *const cases[] = {
		"",
		"vms: [{name: a}, {name: b, network: none}, {name: host}, {name: none}]",
		("vms: [{name: a, network: {netvm: host, address: 10.200.0.5}}, "
		 "{name: b, network: {netvm: host, address: 10.200.0.6}}]"),
		("vms: [{name: app, network: fire}, {name: fire, network: net, is_netvm: true}, "
		 "{name: net, network: host, is_netvm: true}]"),
		("vms: [{name: a, network: {netvm: host, publish: ['80:1', '80:1/udp']}}, "
		 "{name: b, network: {netvm: host, publish: ['80:1']}}]"),
	};
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (check(cases[i], &error) < 0)
			fail_msg("%s: %s", cases[i], error.text);
}

static void test_devices_of_users(void **state)
{
	static const char text[] = "vms:\n- {name: a, interfaces: [{bridge: br0}]}\n";
	struct error error;

	(void)state;
	assert_int_equal(check_as(text, true, &error), 0);
	assert_int_equal(check_as(text, false, &error), UV_EINVAL);
	assert_string_equal(error.text,
		"f.yaml:2: interfaces: the host's TAPs and bridges are root's: only VMs of the "
		"machine's broker (--system) have such; use the key network");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_devices_of_users),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
