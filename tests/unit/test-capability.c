/* What no monitor can is refused where it is configured, and the two tables of monitors agree. */
#include <string.h>

#include "host-broker/monitor/monitor.h"
#include "host-broker/monitor/registry/registry.h"
#include "tests/lib/test.h"

static unsigned int all(const char *machine)
{
	(void)machine;
	return ~0U;
}

static unsigned int balloon_on_q35(const char *machine)
{
	return strcmp(machine, "q35") == 0 ? CAPABILITY_BALLOON : 0;
}

static const struct known_monitor known[] = {{.name = "all", .capabilities = all},
	{.name = "some", .capabilities = balloon_on_q35}, {.name = NULL}};

static const char *objection_with(const char *monitor, const char *machine, uint64_t min,
	const char *network, const char **ret_key)
{
	static struct config_objection objection;
	const struct vm_config vm = {.name = "v",
		.monitor = monitor,
		.machine = machine,
		.memory_bytes = 100,
		.memory_min_bytes = min,
		.network = {.netvm = network}};

	objection = (struct config_objection){0};
	bool objects = capability_object(known, &vm, &objection);
	*ret_key = objection.key;
	return objects ? objection.text : "";
}

static const char *objection_of(
	const char *monitor, const char *machine, uint64_t min, const char **ret_key)
{
	return objection_with(monitor, machine, min, "", ret_key);
}

static void test_network(void **state)
{
	const char *key;

	(void)state;
	assert_string_equal(objection_with("all", "q35", 100, "host", &key), "");
	assert_string_equal(objection_with("some", "q35", 100, "none", &key), "");
	assert_string_equal(objection_with("some", "q35", 100, "host", &key),
		"monitor \"some\" has no network cards; leave this key out");
	assert_string_equal(key, "network");
}

static void test_memory_min(void **state)
{
	const char *key;

	(void)state;
	assert_string_equal(objection_of("all", "q35", 50, &key), "");
	assert_string_equal(objection_of("some", "q35", 50, &key), "");
	assert_string_equal(objection_of("some", "microvm", 100, &key), "");
	assert_string_equal(objection_of("some", "microvm", 99, &key),
		"monitor \"some\" has no balloon, so its memory cannot shrink; leave this key out");
	assert_string_equal(key, "memory_min");
}

/* What is written in disks, or in shares. */
static const char *count_objection(const char *machine, size_t disks, uint64_t home, size_t shares,
	struct config_objection *ret)
{
	const struct vm_config vm = {.name = "v",
		.monitor = "qemu",
		.machine = machine,
		.network = {.netvm = "none"},
		.home_bytes = home,
		.disks = {.count = disks},
		.shares = {.count = shares}};

	*ret = (struct config_objection){0};
	return known_monitors_object(&vm, ret) ? ret->key : "";
}

/* A root and its layer have their places, too. */
static void test_counts(void **state)
{
	struct config_objection objection;

	(void)state;
	assert_string_equal(count_objection("q35", DISKS_MAX, 1, SHARES_MAX, &objection), "");
	assert_string_equal(count_objection("microvm", 0, 1, 6, &objection), "");
	assert_string_equal(count_objection("microvm", 0, 0, 7, &objection), "shares");
	assert_int_equal(objection.item, 6);
	assert_string_equal(objection.text, "machine \"microvm\" has places for 6 of them here, "
					    "not for 7; say 'machine: q35', or "
					    "leave some out");
	assert_string_equal(count_objection("microvm", 6, 0, 0, &objection), "");
	assert_string_equal(count_objection("microvm", 7, 0, 0, &objection), "disks");
	assert_string_equal(count_objection("microvm", 5, 1, 0, &objection), "");
	assert_string_equal(count_objection("microvm", 6, 1, 0, &objection), "disks");
	assert_int_equal(objection.item, 5);
}

static void test_unknown(void **state)
{
	const char *key;

	(void)state;
	assert_string_equal(objection_of("none", "q35", 100, &key),
		"unknown monitor \"none\"; expected all or some");
	assert_string_equal(key, "monitor");
}

static void test_the_tables_agree(void **state)
{
	static const char *const machines[] = {"q35", "microvm"};
	size_t i;

	(void)state;
	for (i = 0; monitor_registry[i]; i++) {
		assert_string_equal(known_monitors[i].name, monitor_registry[i]->name);
		for (size_t j = 0; j < 2; j++)
			assert_int_equal(known_monitors[i].capabilities(machines[j]),
				monitor_registry[i]->capabilities(machines[j]));
	}
	assert_null(known_monitors[i].name);
}

/* What a table says it can, it has the functions for. */
static void test_capabilities_are_kept(void **state)
{
	(void)state;
	for (size_t i = 0; monitor_registry[i]; i++) {
		const struct monitor_ops *ops = monitor_registry[i];
		unsigned int can = ops->capabilities("q35");
		assert_int_equal(
			!!(can & CAPABILITY_BALLOON), ops->control && ops->control->balloon);
		assert_int_equal(!!(can & CAPABILITY_PAUSE), ops->control && ops->control->pause);
		assert_int_equal(!!(can & CAPABILITY_CONSOLE),
			ops->console_socket.binder != MONITOR_BINDS_NOBODY);
		assert_int_equal(
			ops->control != NULL, ops->control_socket.binder != MONITOR_BINDS_NOBODY);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_min),
		cmocka_unit_test(test_network),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_the_tables_agree),
		cmocka_unit_test(test_capabilities_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
