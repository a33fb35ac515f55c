/* The configuration: defaults, every key, and what is said about what is wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/config/config.h"
#include "host-broker/config/value/units.h"
#include "host-broker/config/yaml/locate.h"
#include "proto/limits.h"
#include "tests/lib/test.h"

static struct config *parse(const char *text)
{
	struct config *config = NULL;
	struct error error = {0};

	if (config_parse(text, strlen(text), "f.yaml", &config, &error) < 0)
		fail_msg("%s", error.text);
	return config;
}

static void refuse(const char *text, const char *message)
{
	struct config *config = NULL;
	struct error error = {0};

	assert_true(config_parse(text, strlen(text), "f.yaml", &config, &error) < 0);
	assert_null(config);
	assert_string_equal(error.text, message);
}

static void test_defaults(void **state)
{
	struct config *config = parse("vms:\n  - name: work\n");
	const struct vm_config *vm = config_find(config, "work");

	(void)state;
	assert_non_null(vm);
	assert_null(config_find(config, "wor"));
	assert_string_equal(vm->monitor, "qemu");
	assert_string_equal(vm->machine, "q35");
	assert_string_equal(vm->image, "small");
	assert_string_equal(vm->user, "");
	assert_string_equal(vm->source, "f.yaml:2");
	assert_int_equal(vm->memory_bytes, UINT64_C(256) << 20);
	assert_int_equal(vm->memory_min_bytes, vm->memory_bytes);
	assert_true(config->broker.memory_reserve_bytes == MEMORY_RESERVE_AUTO);
	assert_int_equal(config->broker.memory_budget_bytes, 0);
	assert_int_equal(config->broker.idle_exit_ms, 600000);
	assert_int_equal(vm->cpus, 1);
	assert_int_equal(vm->accel, ACCEL_AUTO);
	assert_int_equal(vm->sandbox, SANDBOX_REQUIRED);
	assert_int_equal(vm->start_timeout_ms, 60000);
	assert_int_equal(vm->stop_timeout_ms, 20000);
	assert_string_equal(config->broker.qemu, "qemu-system-x86_64");
	config_destroy(config);
}

static void test_all_keys(void **state)
{
	struct config *config = parse(
		"broker:\n  image_dir: /i\n  qemu: q\n  log_level: debug\n"
		"  memory_reserve: 1G\n  memory_budget: 8G\n  idle_exit: 0s\n"
		"vms:\n  - name: a\n    color: '#ff0000'\n    monitor: qemu\n"
		"    machine: microvm\n    accel: tcg\n    memory: 2G\n"
		"    memory_min: 32M\n    cpus: 4\n    image: big\n    kernel: /k\n    initrd: /r\n"
		"    cmdline: quiet x=1\n    user: joe\n    vsock: device\n"
		"    cid: 7\n    start_timeout: 2m\n    stop_timeout: 500ms\n"
		"    sandbox: best-effort\n");
	const struct vm_config *vm = &config->vms[0];

	(void)state;
	assert_string_equal(config->broker.image_dir, "/i");
	assert_string_equal(vm->color, "#ff0000");
	assert_int_equal(vm->accel, ACCEL_TCG);
	assert_int_equal(vm->memory_bytes, UINT64_C(2) << 30);
	assert_int_equal(vm->memory_min_bytes, UINT64_C(32) << 20);
	assert_int_equal(config->broker.memory_reserve_bytes, UINT64_C(1) << 30);
	assert_int_equal(config->broker.memory_budget_bytes, UINT64_C(8) << 30);
	assert_int_equal(config->broker.idle_exit_ms, 0);
	assert_int_equal(vm->cpus, 4);
	assert_int_equal(vm->cid, 7);
	assert_int_equal(vm->start_timeout_ms, 120000);
	assert_int_equal(vm->stop_timeout_ms, 500);
	assert_int_equal(vm->sandbox, SANDBOX_BEST_EFFORT);
	assert_string_equal(vm->cmdline, "quiet x=1");
	config_destroy(config);
}

static void test_empty(void **state)
{
	struct config *config = parse("");

	(void)state;
	assert_int_equal(config->vms_count, 0);
	config_destroy(config);
}

static void test_idle(void **state)
{
	struct config *config =
		parse("vms:\n  - name: a\n    idle: {after: 10m}\n  - name: b\n"
		      "    idle:\n      after: 1s\n      notify: 0s\n      cpu: 20\n"
		      "      tray: false\n  - name: c\n");

	(void)state;
	assert_int_equal(config->vms[0].idle.after_ms, 600000);
	assert_int_equal(config->vms[0].idle.notify_ms, 60000);
	assert_int_equal(config->vms[0].idle.cpu_percent, 0);
	assert_true(config->vms[0].idle.tray);
	assert_int_equal(config->vms[1].idle.after_ms, 1000);
	assert_int_equal(config->vms[1].idle.notify_ms, 0);
	assert_int_equal(config->vms[1].idle.cpu_percent, 20);
	assert_false(config->vms[1].idle.tray);
	assert_int_equal(config->vms[2].idle.after_ms, 0);
	config_destroy(config);
	config = parse("vms:\n  - {name: a, pause: {network: ignore}}\n  - {name: b}\n");
	assert_int_equal(config->vms[0].pause.network, PAUSE_NETWORK_IGNORE);
	assert_int_equal(config->vms[1].pause.network, PAUSE_NETWORK_KEEP);
	config_destroy(config);
	refuse("vms:\n  - name: a\n    pause: {network: maybe}\n",
		"f.yaml:3: network: Invalid ENUM value: maybe; expected keep or ignore");
	refuse("vms:\n  - name: a\n    idle: {after: 999ms}\n",
		"f.yaml:3: idle: expected after: a time from 1s to 24h, such as 10m");
	refuse("vms:\n  - name: a\n    idle: {cpu: 3}\n",
		"f.yaml:3: idle: expected after: a time from 1s to 24h, such as 10m");
	refuse("vms:\n  - name: a\n    idle: {after: 1s, cpu: 0}\n",
		"f.yaml:3: idle: expected cpu: a percentage of one processor, 1 to 100000");
	refuse("vms:\n  - name: a\n    idle: {after: 1s, network: 3}\n",
		"f.yaml:3: Unexpected key: network");
}

static void test_tray(void **state)
{
	struct config *config = parse("vms:\n  - name: a\n  - name: b\n    tray: off\n"
				      "    notifications: off\n  - name: c\n    color: '#00ff7F'\n"
				      "    tray: on\n    notifications: on\n    tray_items: 64\n"
				      "    tray_rate: 10\n    notification_rate: 6000\n");

	(void)state;
	assert_int_equal(config->vms[0].tray.items, 32);
	assert_int_equal(config->vms[0].tray.updates_per_second, 100);
	assert_int_equal(config->vms[0].tray.notifications_per_minute, 60);
	assert_true(config->vms[0].tray.shown);
	assert_true(config->vms[0].tray.notifications);
	assert_false(config->vms[1].tray.shown);
	assert_false(config->vms[1].tray.notifications);
	assert_int_equal(config->vms[2].tray.items, 64);
	assert_int_equal(config->vms[2].tray.updates_per_second, 10);
	assert_int_equal(config->vms[2].tray.notifications_per_minute, 6000);
	config_destroy(config);
	refuse("vms:\n  - name: a\n    tray: maybe\n",
		"f.yaml:3: tray: Invalid ENUM value: maybe; expected on or off, true or false, "
		"yes or no");
	refuse("vms:\n  - name: a\n    tray_items: 65\n",
		"f.yaml:3: tray_items: expected a number from 1 to 64");
	refuse("vms:\n  - name: a\n    tray_rate: 9\n",
		"f.yaml:3: tray_rate: expected updates per second, from 10 to 10000");
	refuse("vms:\n  - name: a\n    notification_rate: 0\n",
		"f.yaml:3: notification_rate: expected notifications per minute, from 1 to 6000");
	refuse("vms:\n  - name: a\n    color: reddish\n",
		"f.yaml:3: color: expected a CSS colour name or #rrggbb");
}

static void test_access(void **state)
{
	struct config *config = parse("vms:\n  - name: a\n    access:\n      users: [joe, '1000']\n"
				      "      groups: [g]\n      managers: []\n"
				      "      manager_groups:\n        - wheel\n  - name: b\n");
	const struct access_config *access = &config->vms[0].access;

	(void)state;
	assert_int_equal(access->users.count, 2);
	assert_string_equal(access->users.items[0], "joe");
	assert_string_equal(access->users.items[1], "1000");
	assert_string_equal(access->groups.items[0], "g");
	assert_int_equal(access->managers.count, 0);
	assert_string_equal(access->manager_groups.items[0], "wheel");
	assert_int_equal(config->vms[1].access.users.count, 0);
	config_destroy(config);
	refuse("vms:\n  - name: a\n    access: {users: ['a b']}\n",
		"f.yaml:3: access: expected lists of at most 256 names: users, groups, managers, "
		"manager_groups");
	refuse("vms:\n  - name: a\n    access: {admins: [a]}\n",
		"f.yaml:3: Unexpected key: admins");
}

static void test_refusals(void **state)
{
	(void)state;
	refuse("vms:\n  - name: a\n    cpus: x\n",
		"f.yaml:3: cpus: expected a number from 1 to 64");
	refuse("vms:\n  - name: a\n    accel: fast\n",
		"f.yaml:3: accel: Invalid ENUM value: fast; expected auto, kvm or tcg");
	refuse("vms:\n  - name: a\n    memry: 1\n", "f.yaml:2: Unexpected key: memry");
	refuse("vms:\n  - color: red\n", "f.yaml:2: Missing required mapping field: name");
	refuse("vms:\n  - name: a\n  - name: b\n    memory: 31M\n",
		"f.yaml:4: memory: expected a size from 32M to 1024G, such as 256M or 2G");
	refuse("vms:\n  - name: a\n    cpus: 65\n",
		"f.yaml:3: cpus: expected a number from 1 to 64");
	refuse("vms:\n  - name: Work\n", "f.yaml:2: name: expected 1 to 32 of a-z, 0-9, '-' and "
					 "'_', beginning with a letter");
	refuse("vms:\n  - name: a\n  - name: a\n",
		"f.yaml:3: name: VM \"a\" is already defined at f.yaml:2");
	refuse("broker:\n  log_level: loud\n",
		"f.yaml:2: broker: log_level: 'loud'; expected error, warning, info or debug");
	refuse("vms:\n  - name: a\n    kernel: vmlinuz\n",
		"f.yaml:3: kernel: expected an absolute path");
}

/* What a reader of the schema would take, and not as it was meant. */
static void test_form(void **state)
{
	static const char *const nulls[] = {"", "~", "null", "Null", "NULL", "''", "\"\""};
	static const char *const keys[] = {"color", "user", "kernel", "cmdline", "autostart",
		"memory", "cpus", "tray", "usb", "access", "pass_env", "locale", "time_zone",
		"windows", "menu", "network", "home", "home_template", "disks", "shares", "root",
		"idle", "pause", "keyboard"};
	char text[128], message[128];

	(void)state;
	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
		for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++) {
			snprintf(text, sizeof(text), "vms:\n  - name: a\n    %s: %s\n", keys[k],
				nulls[i]);
			snprintf(message, sizeof(message),
				"f.yaml:3: %s: no value: leave the key out to get the default",
				keys[k]);
			refuse(text, message);
		}
	refuse("vms:\n  - name: a\n    color: #cc0000\n",
		"f.yaml:3: color: no value: a '#' after a blank starts a comment; put the value in "
		"quotes");
	refuse("vms:\n  - name: \xc3\xa4\xc3\xb6\n    user: # later\n",
		"f.yaml:3: user: no value: a '#' after a blank starts a comment; put the value in "
		"quotes");
	refuse("vms:\n  - name: a\n    access: {users: [joe, ~]}\n",
		"f.yaml:3: no value: leave the key out to get the default");
	refuse("broker:\n  qemu:\n",
		"f.yaml:2: qemu: no value: leave the key out to get the default");
	refuse("vms:\n  - name: a\n    user: \"r\\0oot\"\n",
		"f.yaml:3: user: a text contains a NUL byte");
	refuse("vms:\n  - name: a\n---\nvms:\n  - name: b\n",
		"f.yaml:3: a second YAML document starts here; put it into a file of its own in "
		"conf.d");
	refuse("vms:\n  - name: a\n    cpus: 2\n    cpus: 4\n",
		"f.yaml:3: cpus: Mapping field already seen: cpus; expected a number from 1 to 64");
	config_destroy(
		parse("--- # one document may say where it begins, and ends\nvms:\n  - name: "
		      "a\n    cmdline: 'a #b' # and have comments\n...\n"));
}

/* Nothing where no key at all means everything. */
static void test_empty_is_not_all(void **state)
{
	(void)state;
	refuse("vms:\n  - name: a\n    network: {netvm: host, default: deny, allow: [{to: ''}]}\n",
		"f.yaml:3: to: no value: leave the key out to get the default");
	refuse("vms:\n  - name: a\n    network: {netvm: host, default: deny, allow: [{ports: "
	       "[]}]}\n",
		"f.yaml:3: ports: an empty list; expected 1 to 16 ports or ranges, such as 443 or "
		"8000-8100");
	refuse("vms:\n  - name: a\n    network: {netvm: host, dns: []}\n",
		"f.yaml:3: dns: an empty list; expected 1 to 3 addresses");
	refuse("vms:\n  - name: a\n    menu: []\n", "f.yaml:3: menu: an empty list; expected off, "
						    "all, or a list of 1 to 256 programs, such as "
						    "[firefox-esr]");
	refuse("vms:\n  - name: a\n    guest_users: []\n",
		"f.yaml:3: guest_users: an empty list; expected 1 to 32 names of users in the "
		"guest, or '*'");
	config_destroy(parse("vms:\n  - {name: a, pass_env: [], usb: [], shares: [], disks: [], "
			     "network: {netvm: host, default: deny, allow: [], publish: []}}\n"));
}

/* Of the schema's depth, and beyond what is looked at. */
static void test_form_depth(void **state)
{
	char text[256] = "vms: ";

	(void)state;
	memset(text + 5, '[', 64);
	refuse(text, "f.yaml:1: vms: lists and mappings are nested too deeply");
}

static void test_switches(void **state)
{
	static const char *const on[] = {"on", "true", "yes", "True", "YES"};
	static const char *const off[] = {"off", "false", "no", "False", "OFF"};
	static const char *const wrong[] = {"flase", "1", "enabled", "''"};
	char text[128];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		snprintf(text, sizeof(text),
			"vms:\n  - name: a\n    autostart: %s\n    idle: {after: 1m, tray: %s}\n",
			on[i], off[i]);
		struct config *config = parse(text);
		assert_true(config->vms[0].autostart);
		assert_false(config->vms[0].idle.tray);
		config_destroy(config);
	}
	for (size_t i = 0; i < 4; i++) {
		struct config *config = NULL;
		struct error error = {0};
		snprintf(text, sizeof(text), "vms:\n  - name: a\n    autostart: %s\n", wrong[i]);
		assert_int_equal(config_parse(text, strlen(text), "f", &config, &error), UV_EINVAL);
	}
}

static void test_numbers(void **state)
{
	static const char *const wrong[] = {
		"010", "0x10", "1.5", "4x", "-1", "+1", "' 1'", "1e1", "0", "4294967297"};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "vms:\n  - name: a\n    cpus: %s\n", wrong[i]);
		refuse(text, "f.yaml:3: cpus: expected a number from 1 to 64");
		snprintf(text, sizeof(text), "vms:\n  - name: a\n    tray_items: %s\n", wrong[i]);
		refuse(text, "f.yaml:3: tray_items: expected a number from 1 to 64");
	}
	refuse("vms:\n  - name: a\n    cid: 4294967295\n",
		"f.yaml:3: cid: expected a number from 3 to 4294967294");
	config_destroy(parse("vms:\n  - name: a\n    cid: 4294967294\n    cpus: '64'\n"));
}

static void test_lists(void **state)
{
	struct config *config = parse("vms:\n  - name: a\n    user: joe\n    exec: services\n"
				      "    guest_users: [root, ann]\n    pass_env: [LANG, LC_*]\n"
				      "  - name: b\n    guest_users: ['*']\n    pass_env: []\n");
	const struct vm_config *vm = &config->vms[0];
	const char *const wrong[] = {"1A", "'*'", "A B", "A*B", "A=B"};
	char text[64];

	(void)state;
	assert_int_equal(vm->exec, EXEC_SERVICES);
	assert_int_equal(vm->guest_users.count, 2);
	assert_string_equal(vm->guest_users.items[1], "ann");
	assert_int_equal(vm->pass_env.count, 2);
	assert_string_equal(vm->pass_env.items[1], "LC_*");
	assert_int_equal(config->vms[1].exec, EXEC_ANY);
	assert_int_equal(config->vms[1].pass_env.count, 0);
	config_destroy(config);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		snprintf(text, sizeof(text), "vms:\n  - name: a\n    pass_env: [%s]\n", wrong[i]);
		refuse(text, "f.yaml:3: pass_env: expected at most 32 names of variables, such as "
			     "LANG or LC_*");
	}
	refuse("vms:\n  - name: a\n    guest_users: [-x]\n",
		"f.yaml:3: guest_users: expected 1 to 32 names of users in the guest, or '*'");
	refuse("vms:\n  - name: a\n    exec: all\n",
		"f.yaml:3: exec: Invalid ENUM value: all; expected any or services");
}

/* One entry more than there may be. */
static void test_lists_bound(void **state)
{
	char names[3 * PASS_ENV_MAX + 1] = "", text[1024];

	(void)state;
	for (size_t i = 1; i < PASS_ENV_MAX; i++)
		snprintf(names + 3 * (i - 1), sizeof(names) - 3 * (i - 1), ", A");
	snprintf(text, sizeof(text), "vms:\n  - name: a\n    pass_env: [A%s]\n", names);
	config_destroy(parse(text));
	snprintf(text, sizeof(text), "vms:\n  - name: a\n    pass_env: [A, A%s]\n", names);
	refuse(text, "f.yaml:3: pass_env: expected at most 32 names of variables, such as LANG or "
		     "LC_*");
}

static void test_locate(void **state)
{
	const char *text =
		"broker: {qemu: vms}\nvms:\n  - name: a\n    cmdline: name\n\n  - {cpus: 1,\n"
		"     name: b}\n  - name: c\n    usb:\n    - attach: deny\n    - match:\n"
		"        class: hid\n      attach: ask\n    access:\n      users: [a,\n        "
		"b]\n";
	static const struct {
		struct config_step steps[4];
		size_t count;
		unsigned int line;
	} places[] = {
		{{{"broker", CONFIG_NO_ITEM}, {"qemu", CONFIG_NO_ITEM}}, 2, 1},
		{{{"vms", CONFIG_NO_ITEM}}, 1, 2},
		{{{"vms", 0}}, 1, 3},
		{{{"vms", 0}, {"cmdline", CONFIG_NO_ITEM}}, 2, 4},
		{{{"vms", 1}, {"name", CONFIG_NO_ITEM}}, 2, 7},
		{{{"vms", 1}, {"user", CONFIG_NO_ITEM}}, 2, 6},
		{{{"vms", 2}, {"usb", 0}, {"match", CONFIG_NO_ITEM}}, 3, 10},
		{{{"vms", 2}, {"usb", 1}, {"match", CONFIG_NO_ITEM}, {"class", CONFIG_NO_ITEM}}, 4,
			12},
		{{{"vms", 2}, {"usb", 1}, {"attach", CONFIG_NO_ITEM}}, 3, 13},
		{{{"vms", 2}, {"access", CONFIG_NO_ITEM}, {"users", 1}}, 3, 16},
		{{{"vms", 3}}, 1, 2},
		{{{"name", CONFIG_NO_ITEM}}, 1, 0},
	};
	unsigned int lines[4];

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		assert_int_equal(
			config_locate(text, strlen(text), places[i].steps, places[i].count),
			places[i].line);
	config_locate_items(text, strlen(text), "vms", lines, 4);
	assert_int_equal(lines[0], 3);
	assert_int_equal(lines[1], 6);
	assert_int_equal(lines[2], 8);
	assert_int_equal(lines[3], 0);
}

/* As for a monitor that has no balloon. */
static bool object(const struct vm_config *vm, struct config_objection *ret)
{
	if (vm->memory_min_bytes == vm->memory_bytes)
		return false;
	ret->key = "memory_min";
	snprintf(ret->text, sizeof(ret->text), "monitor \"%s\" has no balloon", vm->monitor);
	return true;
}

static bool object_to_second_rule(const struct vm_config *vm, struct config_objection *ret)
{
	*ret = (struct config_objection){.key = "usb", .item = 1, .text = "no"};
	return vm->usb.count > 1;
}

static void file_load(const char *text, config_object_cb object_to, const char *message)
{
	char path[] = "/tmp/vmsilo-config-XXXXXX", expected[256];
	struct config *config = NULL;
	struct error error = {0};
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	int code = config_load(path, object_to, &config, &error);
	unlink(path);
	snprintf(expected, sizeof(expected), "%s%s", path, message ? message : "");
	assert_int_equal(code, message ? UV_EINVAL : 0);
	if (message)
		assert_string_equal(error.text, expected);
	else
		config_destroy(config);
}

static void test_objection(void **state)
{
	const char *text = "vms:\n  - name: a\n  - name: b\n    memory: 1G\n    memory_min: 64M\n";

	(void)state;
	file_load(text, NULL, NULL);
	file_load(text, object, ":5: memory_min: monitor \"qemu\" has no balloon");
	file_load("vms: [{name: a}]\n", object, NULL);
	file_load("vms:\n  - name: a\n    usb:\n    - attach: deny\n    - attach: ask\n",
		object_to_second_rule, ":5: usb: no");
}

/* Each at its own line, however deep it lies. */
static void test_lines(void **state)
{
	(void)state;
	refuse("vms:\n  - name: a\n    usb:\n      - attach: deny\n      - attach: ask\n"
	       "        match:\n          vendor: 0951\n          product: 95\n",
		"f.yaml:8: product: expected four hexadecimal digits, such as 1666");
	refuse("vms:\n  - name: a\n    idle:\n      after: 10m\n      cpu: 0\n",
		"f.yaml:5: idle: expected cpu: a percentage of one processor, 1 to 100000");
	refuse("vms:\n  - name: a\n    idle: {after: 10m}\n    memory: 1G\n    memory_min: 2G\n",
		"f.yaml:5: memory_min: expected a size from 32M to what memory says");
	refuse("broker:\n  qemu: q\n  idle_exit: soon\n",
		"f.yaml:3: broker: idle_exit: 'soon'; expected a time such as 10m, or 0s for "
		"never");
	refuse("vms:\n  - name: a\n    idle: {after: 1s, tray: maybe}\n",
		"f.yaml:3: tray: Invalid ENUM value: maybe; expected on or off, true or false, "
		"yes or no");
}

static void test_units(void **state)
{
	uint64_t size = 7;
	uint32_t time = 7;

	(void)state;
	assert_int_equal(units_parse_size("64K", &size), 0);
	assert_int_equal(size, 65536);
	assert_int_equal(units_parse_size("18446744073709551615", &size), 0);
	assert_int_equal(units_parse_size("18446744073709551616", &size), UV_EINVAL);
	assert_int_equal(units_parse_size("17179869184G", &size), UV_EINVAL);
	assert_int_equal(units_parse_size("-1", &size), UV_EINVAL);
	assert_int_equal(units_parse_size("", &size), UV_EINVAL);
	assert_int_equal(units_parse_size("1 M", &size), UV_EINVAL);
	assert_int_equal(units_parse_time("24h", &time), 0);
	assert_int_equal(time, 86400000);
	assert_int_equal(units_parse_time("86401", &time), UV_EINVAL);
	assert_int_equal(time, 86400000);
	assert_int_equal(units_parse_time("5", &time), 0);
	assert_int_equal(time, 5000);
}

static void test_setup(void **state)
{
	struct config *config = parse("vms:\n  - name: a\n  - name: b\n    guest_uid: 60000\n"
				      "    time_zone: Etc/GMT+5\n    locale: de_DE.UTF-8\n"
				      "    keyboard: {layout: 'de,us', options: 'compose:ralt'}\n");
	const struct vm_config *plain = config_find(config, "a"), *vm = config_find(config, "b");

	(void)state;
	assert_int_equal(plain->guest_uid, 1000);
	assert_string_equal(plain->time_zone, "");
	assert_string_equal(plain->locale, "");
	assert_string_equal(plain->keyboard.layout, "");
	assert_int_equal(vm->guest_uid, 60000);
	assert_string_equal(vm->time_zone, "Etc/GMT+5");
	assert_string_equal(vm->locale, "de_DE.UTF-8");
	assert_string_equal(vm->keyboard.layout, "de,us");
	assert_string_equal(vm->keyboard.variant, "");
	assert_string_equal(vm->keyboard.model, "pc105");
	assert_string_equal(vm->keyboard.options, "compose:ralt");
	config_destroy(config);
	refuse("vms:\n  - name: a\n    time_zone: ../x\n",
		"f.yaml:3: time_zone: expected a time zone, such as Europe/Berlin");
	refuse("vms:\n  - name: a\n    locale: de DE\n",
		"f.yaml:3: locale: expected a locale, such as de_DE.UTF-8");
	refuse("vms:\n  - name: a\n    keyboard: {variant: x}\n",
		"f.yaml:3: keyboard: expected layout: layouts of XKB, such as us or de,us");
	refuse("vms:\n  - name: a\n    keyboard: {layout: $(reboot)}\n",
		"f.yaml:3: keyboard: expected layout: layouts of XKB, such as us or de,us");
	refuse("vms:\n  - name: a\n    guest_uid: 999\n",
		"f.yaml:3: guest_uid: expected a number from 1000 to 60000");
	refuse("vms:\n  - name: a\n    guest_uid: 60001\n",
		"f.yaml:3: guest_uid: expected a number from 1000 to 60000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_setup),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_all_keys),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_empty_is_not_all),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_tray),
		cmocka_unit_test(test_access),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_form_depth),
		cmocka_unit_test(test_switches),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_lists_bound),
		cmocka_unit_test(test_locate),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_objection),
		cmocka_unit_test(test_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
