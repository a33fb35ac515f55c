/* What a guest is to be like, from the host's own files and from the configuration. */
#include <stdio.h>
#include <string.h>

#include "host-broker/setup/host.h"
#include "host-broker/setup/message.h"
#include "tests/lib/scratch.h"
#include "tests/lib/test.h"

static struct scratch scratch;

static int begin(void **state)
{
	(void)state;
	scratch_init(&scratch);
	return 0;
}

static int end(void **state)
{
	(void)state;
	scratch_finish(&scratch);
	return 0;
}

static struct setup_host host_of(const char *locale)
{
	struct setup_host host;

	setup_host_read(scratch.root, locale, &host);
	return host;
}

static void test_nothing(void **state)
{
	const struct setup_host host = host_of(NULL);

	(void)state;
	assert_string_equal(host.time_zone, "");
	assert_string_equal(host.locale, "");
	assert_string_equal(host.keyboard.layout, "");
}

static void test_zone_link(void **state)
{
	(void)state;
	scratch_write(&scratch, "timezone", "Asia/Tokyo\n");
	assert_string_equal(host_of(NULL).time_zone, "Asia/Tokyo");
	scratch_link(&scratch, "localtime", "/usr/share/zoneinfo/Europe/Berlin");
	assert_string_equal(host_of(NULL).time_zone, "Europe/Berlin");
}

static void test_zone_relative(void **state)
{
	(void)state;
	scratch_link(&scratch, "localtime", "../usr/share/zoneinfo/posix/UTC");
	assert_string_equal(host_of(NULL).time_zone, "UTC");
}

static void test_zone_odd(void **state)
{
	(void)state;
	scratch_link(&scratch, "localtime", "/usr/share/zoneinfo/../../../etc/passwd");
	assert_string_equal(host_of(NULL).time_zone, "");
	scratch_write(&scratch, "timezone", "$(reboot)\n");
	assert_string_equal(host_of(NULL).time_zone, "");
}

static void test_locale(void **state)
{
	(void)state;
	scratch_write(&scratch, "locale.conf", "LANG=fr_FR.UTF-8\n");
	assert_string_equal(host_of(NULL).locale, "fr_FR.UTF-8");
	scratch_write(&scratch, "default/locale",
		"#  LANG=none\nLANGUAGE=x\nLANG='en_GB.UTF-8'\n LANG=\"de_DE.UTF-8\" # last\n");
	assert_string_equal(host_of(NULL).locale, "de_DE.UTF-8");
	assert_string_equal(host_of("").locale, "de_DE.UTF-8");
	assert_string_equal(host_of("../x").locale, "de_DE.UTF-8");
	assert_string_equal(host_of("pl_PL.UTF-8").locale, "pl_PL.UTF-8");
}

static void test_keyboard(void **state)
{
	(void)state;
	scratch_write(&scratch, "default/keyboard",
		"# KEYBOARD CONFIGURATION FILE\n\nXKBMODEL=\"pc105\"\nXKBLAYOUT=\"de,us\"\n"
		"XKBVARIANT=nodeadkeys # a comment\nXKBOPTIONS=\"`reboot`\"\n");
	const struct setup_host host = host_of(NULL);
	assert_string_equal(host.keyboard.model, "pc105");
	assert_string_equal(host.keyboard.layout, "de,us");
	assert_string_equal(host.keyboard.variant, "nodeadkeys");
	assert_string_equal(host.keyboard.options, "");
}

static void test_rule(void **state)
{
	char rule[SETUP_NAME_MAX + 1];

	(void)state;
	scratch_write(&scratch, "Europe/Berlin", "TZif2...\nCET-1CEST,M3.5.0,M10.5.0/3\n");
	setup_zone_rule(scratch.root, "Europe/Berlin", rule);
	assert_string_equal(rule, "CET-1CEST,M3.5.0,M10.5.0/3");
	scratch_write(&scratch, "Odd", "TZif2...\nUTC0;reboot\n");
	setup_zone_rule(scratch.root, "Odd", rule);
	assert_string_equal(rule, "");
	scratch_write(&scratch, "Short", "\n");
	setup_zone_rule(scratch.root, "Short", rule);
	assert_string_equal(rule, "");
	setup_zone_rule(scratch.root, "Nowhere", rule);
	assert_string_equal(rule, "");
	setup_zone_rule(scratch.root, "../Short", rule);
	assert_string_equal(rule, "");
}

static void test_message(void **state)
{
	static const char text[] = "vms:\n"
				   "- {name: my_vm}\n"
				   "- {name: other, user: joe, guest_uid: 1234, locale: C.UTF-8,\n"
				   "   time_zone: Asia/Tokyo, keyboard: {layout: us}}\n";
	static struct setup_message message;
	struct config *config;
	struct error error = {0};
	struct setup_host host;

	(void)state;
	scratch_link(&scratch, "localtime", "/usr/share/zoneinfo/Europe/Berlin");
	scratch_write(&scratch, "default/keyboard", "XKBLAYOUT=fr\nXKBVARIANT=oss\n");
	setup_host_read(scratch.root, "de_DE.UTF-8", &host);
	assert_int_equal(config_parse(text, strlen(text), "f", &config, &error), 0);

	setup_message_make(config_find(config, "my_vm"), config_find(config, "my_vm"), &host,
		"/nowhere", &message);
	assert_string_equal(message.setup.host_name, "my-vm");
	assert_string_equal(message.setup.time_zone, "Europe/Berlin");
	assert_string_equal(message.setup.locale, "de_DE.UTF-8");
	assert_string_equal(message.setup.keyboard->layout, "fr");
	assert_string_equal(message.setup.keyboard->variant, "oss");
	assert_string_equal(message.setup.user->name, "");
	assert_int_equal(message.setup.user->uid, 1000);

	setup_message_make(config_find(config, "other"), config_find(config, "other"), &host,
		"/nowhere", &message);
	assert_string_equal(message.setup.host_name, "other");
	assert_string_equal(message.setup.time_zone, "Asia/Tokyo");
	assert_string_equal(message.setup.locale, "C.UTF-8");
	/* Not the host's variant of another layout. */
	assert_string_equal(message.setup.keyboard->layout, "us");
	assert_string_equal(message.setup.keyboard->variant, "");
	assert_string_equal(message.setup.user->name, "joe");
	assert_int_equal(message.setup.user->uid, 1234);
	assert_int_equal(message.setup.n_mounts, 0);
	config_destroy(config);
}

static void test_mounts(void **state)
{
	static const char text[] =
		"vms:\n"
		"- name: a\n"
		"  home: 1G\n"
		"  disks: [{path: /x, mount: /mnt/x, read_only: on}, {path: /y},\n"
		"    {path: /z, mount: /mnt/z}]\n"
		"- name: b\n"
		"  shares: [{path: /x, mount: /mnt/one}, {path: /y, mount: /mnt/two, "
		"read_only: on}]\n";
	struct setup_mounts mounts;
	struct config *config;
	struct error error = {0};

	(void)state;
	assert_int_equal(config_parse(text, strlen(text), "f", &config, &error), 0);
	setup_mounts_make(config_find(config, "a"), true, &mounts);
	assert_int_equal(mounts.count, 3);
	assert_string_equal(mounts.list[0]->disk, "home");
	assert_string_equal(mounts.list[0]->path, "");
	assert_true(mounts.list[0]->home);
	assert_string_equal(mounts.list[1]->disk, "disk0");
	assert_string_equal(mounts.list[1]->path, "/mnt/x");
	assert_true(mounts.list[1]->read_only);
	assert_false(mounts.list[1]->home);
	assert_string_equal(mounts.list[2]->disk, "disk2");
	assert_false(mounts.list[2]->read_only);
	/* It was started without a home. */
	setup_mounts_make(config_find(config, "a"), false, &mounts);
	assert_int_equal(mounts.count, 2);
	setup_mounts_make(config_find(config, "b"), false, &mounts);
	assert_int_equal(mounts.count, 2);
	assert_string_equal(mounts.list[0]->share, "share0");
	assert_string_equal(mounts.list[0]->path, "/mnt/one");
	assert_false(mounts.list[0]->read_only);
	assert_string_equal(mounts.list[1]->share, "share1");
	assert_true(mounts.list[1]->read_only);
	config_destroy(config);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_zone_link),
		TEST(test_zone_relative),
		TEST(test_zone_odd),
		TEST(test_locale),
		TEST(test_keyboard),
		TEST(test_rule),
		TEST(test_message),
		TEST(test_mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
