/* Short forms are written out, and nothing else is touched. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/config/config.h"
#include "host-broker/config/short.h"
#include "host-broker/config/table.h"
#include "tests/lib/test.h"

static void test_expansion(void **state)
{
	static const struct {
		const char *before, *after;
	} cases[] = {
		{"", ""},
		{"vms:\n- name: a\n  network: host # online\n",
			"vms:\n- name: a\n  network: {netvm: host} # online\n"},
		{"vms: [{name: a, network: host}, {network: 'b', name: c}]",
			"vms: [{name: a, network: {netvm: host}}, {network: {netvm: 'b'}, name: "
			"c}]"},
		{"vms:\n- network:\n    host\n  name: a",
			"vms:\n- network:\n    {netvm: host}\n  name: a"},
		{"vms: [{color: \"\xc3\xa4\xe2\x82\xac\", network: host}]",
			"vms: [{color: \"\xc3\xa4\xe2\x82\xac\", network: {netvm: host}}]"},
		{"\xef\xbb\xbfvms: [{network: host}]",
			"\xef\xbb\xbfvms: [{network: {netvm: host}}]"},
		{"vms:\r\n- network: host\r\n", "vms:\r\n- network: {netvm: host}\r\n"},
		{"vms: [{menu: off, network: host}]",
			"vms: [{menu: [off], network: {netvm: host}}]"},
	};
	static const char *const same[] = {"network: host", "vms: {network: host}",
		"vms: [[{network: host}]]", "vms: [network: [host]]", "broker: {network: host}",
		"vms: [{network: {netvm: host}}]", "vms:\n- network: a, b",
		"vms:\n- network: |\n   a\n", "vms: [{network: *a}]", "vms: [{access: host}]",
		"vms: [{menu: [off]}]", "vms: [{pass_env: LANG}]", "vms: [{idle: {network: host}}]",
		"vms: [{usb: [{network: host}]}]", "vms: [{network: host", "{[a]: host, ? b : c}",
		"vms:\n- ? {network: host}\n  : a\n"};
	char *text = NULL;
	size_t length;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(config_short_expand(&config_file_keys, cases[i].before,
					 strlen(cases[i].before), &text, &length),
			0);
		assert_string_equal(text, cases[i].after);
		assert_int_equal(length, strlen(text));
		free(text);
	}
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_int_equal(config_short_expand(&config_file_keys, same[i], strlen(same[i]),
					 &text, &length),
			0);
		/* One that breaks off in the middle may be written out: it is refused anyway. */
		if (strcmp(same[i], "vms: [{network: host") != 0)
			assert_string_equal(text, same[i]);
		free(text);
	}
}

static void test_both_forms_are_one(void **state)
{
	static const char *const texts[] = {
		"vms: [{name: a, network: host}]", "vms: [{name: a, network: {netvm: host}}]"};
	struct config *configs[2];
	struct error error = {0};

	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
			config_parse(texts[i], strlen(texts[i]), "f.yaml", &configs[i], &error), 0);
	assert_string_equal(configs[0]->vms[0].network.netvm, "host");
	assert_true(keys_equal(&config_vm_keys, &configs[0]->vms[0], &configs[1]->vms[0]));
	config_destroy(configs[0]);
	config_destroy(configs[1]);
}

static void test_errors_have_their_line(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"vms:\n- name: a\n  network: Host\n",
			"f.yaml:3: netvm: expected none, host, or the name of a netvm"},
		{"vms:\n- name: a\n  network: {allow: []}\n",
			"f.yaml:3: Missing required mapping field: netvm"},
		{"vms:\n- name: a\n  network:\n    netvm: host\n    host_ports: ['80']\n",
			"f.yaml:5: host_ports: expected at most 32 ports of the host, such as "
			"tcp/8080"},
		{"vms:\n- name: a\n  network:\n    netvm: host\n    allow:\n    - to: 10.0.0.1/8\n",
			"f.yaml:6: to: expected an address, a range or a name, such as "
			"192.0.2.0/24 "
			"or example.org"},
		{"vms:\n- name: a\n  network:\n    netvm: host\n    allow:\n"
		 "    - to: 10.0.0.0/8\n    - {proto: icmp,\n       ports: [443]}\n",
			"f.yaml:8: ports: expected 1 to 16 ports or ranges, such as 443 or "
			"8000-8100"},
	};
	struct config *config = NULL;
	struct error error;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		error = (struct error){0};
		assert_true(config_parse(cases[i].text, strlen(cases[i].text), "f.yaml", &config,
				    &error) < 0);
		assert_string_equal(error.text, cases[i].message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expansion),
		cmocka_unit_test(test_both_forms_are_one),
		cmocka_unit_test(test_errors_have_their_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
