/* Two configurations of one VM, and a VM's configuration as its record has it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/config/print.h"
#include "host-broker/config/restart.h"
#include "tests/lib/test.h"

static struct config *parse(const char *text)
{
	struct config *config = NULL;
	struct error error = {0};

	if (config_parse(text, strlen(text), "f.yaml", &config, &error) < 0)
		fail_msg("%s", error.text);
	return config;
}

/* Every key, with another value than its default. */
static const struct {
	const char *key, *value;
	bool restart;
} keys[] = {
	{"monitor", "other", true},
	{"machine", "microvm", true},
	{"accel", "tcg", true},
	{"memory_min", "64M", true},
	{"cpus", "3", true},
	{"image", "large", true},
	{"kernel", "/k", true},
	{"initrd", "/i", true},
	{"cmdline", "'quiet \"x\" \\\\'", true},
	{"run_as", "nobody", true},
	{"vsock", "device", true},
	{"cid", "77", true},
	{"sandbox", "best-effort", true},
	{"network", "host", true},
	{"color", "red", false},
	{"user", "joe", false},
	{"guest_users", "[ann, joe]", false},
	{"pass_env", "[LANG, 'LC_*']", false},
	{"autostart", "true", false},
	{"exec", "services", false},
	{"start_timeout", "61s", false},
	{"stop_timeout", "1500ms", false},
	{"usb", "[{match: {vendor: '1234'}, attach: allow}]", false},
	{"idle", "{after: 10m}", false},
	{"pause", "{network: ignore}", false},
	{"tray_items", "3", false},
	{"tray_rate", "50", false},
	{"notification_rate", "5", false},
	{"access", "{users: [root]}", false},
};

static void test_each_key(void **state)
{
	struct config *plain = parse("vms: [{name: a}]");
	struct config_difference difference;
	char text[256];

	(void)state;
	vm_config_compare(&plain->vms[0], &plain->vms[0], &difference);
	assert_int_equal(difference.restart_count + difference.live_count, 0);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		snprintf(
			text, sizeof(text), "vms: [{name: a, %s: %s}]", keys[i].key, keys[i].value);
		struct config *other = parse(text);
		vm_config_compare(&plain->vms[0], &other->vms[0], &difference);
		if (difference.restart_count != keys[i].restart ||
			difference.live_count != !keys[i].restart)
			fail_msg("%s: %zu, %zu", keys[i].key, difference.restart_count,
				difference.live_count);
		assert_string_equal(
			keys[i].restart ? difference.restart[0] : difference.live[0], keys[i].key);
		config_destroy(other);
	}
	config_destroy(plain);
}

static void test_network(void **state)
{
	static const struct {
		const char *before, *after;
		bool restart;
	} cases[] = {
		{"none", "host", true},
		{"host", "none", false},
		{"host", "{netvm: host, mac: '02:00:00:00:00:01'}", true},
		{"{netvm: host, mac: '02:00:00:00:00:01'}", "none", false},
		{"host", "{netvm: host, address: 10.0.0.1}", false},
		{"{netvm: host, host_ports: [tcp/80]}", "host", false},
		{"host", "{netvm: host, default: deny}", false},
		{"host", "{netvm: host, publish: ['8080:80']}", false},
	};
	struct config_difference difference;
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "vms: [{name: a, network: %s}]", cases[i].before);
		struct config *before = parse(text);
		snprintf(text, sizeof(text), "vms: [{name: a, network: %s}]", cases[i].after);
		struct config *after = parse(text);
		vm_config_compare(&before->vms[0], &after->vms[0], &difference);
		if (difference.restart_count != cases[i].restart ||
			difference.live_count == cases[i].restart)
			fail_msg("%s to %s", cases[i].before, cases[i].after);
		config_destroy(before);
		config_destroy(after);
	}
}

/* memory alone moves memory_min with it. */
static void test_memory(void **state)
{
	struct config *one = parse("vms: [{name: a, memory: 1G}]");
	struct config *other = parse("vms: [{name: a, memory: 2G}]");
	struct config_difference difference;

	(void)state;
	vm_config_compare(&one->vms[0], &other->vms[0], &difference);
	assert_int_equal(difference.restart_count, 2);
	assert_string_equal(difference.restart[0], "memory");
	assert_string_equal(difference.restart[1], "memory_min");
	config_destroy(one);
	config_destroy(other);
}

static void test_merge(void **state)
{
	struct config *ran = parse("vms: [{name: a, memory: 1G, color: red, cpus: 2}]");
	struct config *newest = parse("vms: [{name: a, memory: 2G, color: blue, user: joe}]");
	struct vm_config merged;

	(void)state;
	vm_config_merge(&ran->vms[0], &newest->vms[0], &merged);
	assert_int_equal(merged.memory_bytes, 1 << 30);
	assert_int_equal(merged.cpus, 2);
	assert_string_equal(merged.color, "blue");
	assert_string_equal(merged.user, "joe");
	assert_string_equal(merged.name, "a");
	config_destroy(ran);
	config_destroy(newest);
}

/* What the record says is, for a restart, what was configured. */
static void test_print(void **state)
{
	struct config_difference difference;
	char text[2048] = "vms: [{name: a";
	size_t used = strlen(text);

	(void)state;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		used += (size_t)snprintf(
			text + used, sizeof(text) - used, ", %s: %s", keys[i].key, keys[i].value);
	snprintf(text + used, sizeof(text) - used, "}]");
	struct config *config = parse(text);
	char *printed = vm_config_print(&config->vms[0]);
	struct config *again = parse(printed);
	vm_config_compare(&config->vms[0], &again->vms[0], &difference);
	assert_int_equal(difference.restart_count, 0);
	assert_string_equal(again->vms[0].name, "a");
	assert_string_equal(again->vms[0].user, "joe");
	assert_int_equal(again->vms[0].exec, EXEC_SERVICES);
	assert_int_equal(again->vms[0].stop_timeout_ms, 1500);
	assert_int_equal(again->vms[0].access.users.count, 1);
	free(printed);
	config_destroy(again);
	config_destroy(config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_key),
		cmocka_unit_test(test_network), cmocka_unit_test(test_memory),
		cmocka_unit_test(test_merge), cmocka_unit_test(test_print)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
