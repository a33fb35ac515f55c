#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/config/usb-selector.h"
#include "host-broker/usb/assign.h"
#include "host-broker/usb/device-list.h"
#include "host-broker/usb/left-alone.h"
#include "tests/lib/test.h"

/* ---- selectors ---- */

static void test_selectors(void **state)
{
	struct usb_selector selector;
	static const char *const wrong[] = {"", "0951", "0951:166", "0951:16666", "0951:166g", "1-",
		"-1", "1-0", "1-2.", "1-.2", "1.2.3", "1-1.1.1.1.1.1.1.1", "1-256", "a-1", "1.128",
		"usb1", "1-2:1.0", "1-2 ", "../1-2", "999999-1"};
	static const char *const paths[] = {"1-2", "1-1.4.0", "12-1.4.1.1.1.1.1", "1-2.3"};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(usb_selector_parse(wrong[i], &selector), UV_EINVAL);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(usb_selector_parse(paths[i], &selector),
			strstr(paths[i], ".0") ? UV_EINVAL : 0);
	assert_int_equal(usb_selector_parse("0951:16Aa", &selector), 0);
	assert_int_equal(selector.kind, USB_SELECT_ID);
	assert_int_equal(selector.product, 0x16aa);
	assert_int_equal(usb_selector_parse("1.12", &selector), 0);
	assert_int_equal(selector.kind, USB_SELECT_NODE);
	const struct usb_info info = {.path = "1-2.3", .bus = 1, .device = 12};
	assert_true(usb_selector_matches(&selector, &info));
	assert_int_equal(usb_selector_parse("1-2.3", &selector), 0);
	assert_true(usb_selector_matches(&selector, &info));
	assert_int_equal(usb_selector_parse("1-2.4", &selector), 0);
	assert_false(usb_selector_matches(&selector, &info));
}

/* ---- policy ---- */

static const struct usb_info stick = {.path = "1-2",
	.vendor = 0x0951,
	.product = 0x1666,
	.serial = "60A44C",
	.interfaces = {{0, 8, 6, 80}},
	.interfaces_count = 1};

#define ANY .vendor = -1, .product = -1, .class = -1, .serial = "", .port = ""

static void test_rules(void **state)
{
	struct usb_rule rules[] = {
		{ANY, .action = USB_DENY},
		{ANY, .action = USB_AUTO},
	};

	(void)state;
	assert_int_equal(usb_rules_find(NULL, 0, &stick), USB_ALLOW);
	assert_int_equal(usb_rules_find(rules, 2, &stick), USB_DENY);
	rules[0].class = 8;
	assert_int_equal(usb_rules_find(rules, 2, &stick), USB_DENY);
	rules[0].class = 3;
	assert_int_equal(usb_rules_find(rules, 2, &stick), USB_AUTO);
	rules[1].serial = "60A44D";
	assert_int_equal(usb_rules_find(rules, 2, &stick), USB_ALLOW);
	rules[1].serial = "60A44C";
	rules[1].port = "1-2";
	rules[1].vendor = 0x0951;
	rules[1].product = 0x1666;
	assert_int_equal(usb_rules_find(rules, 2, &stick), USB_AUTO);
	rules[1].port = "1-2.1";
	assert_int_equal(usb_rules_find(rules, 2, &stick), USB_ALLOW);
}

static void test_assign(void **state)
{
	struct usb_rule deny = {ANY, .action = USB_DENY};
	struct vm_config vm = {.name = "work", .source = "f:1"};
	struct usb_info info = stick;
	struct usb_wish wish = {.info = &info, .vm = &vm};
	struct error error;

	(void)state;
	assert_int_equal(usb_assign_check(&wish, &error), 0);
	wish.owner = "work";
	assert_int_equal(usb_assign_check(&wish, &error), UV_EALREADY);
	wish.owner = "play";
	assert_int_equal(usb_assign_check(&wish, &error), UV_EBUSY);
	assert_non_null(strstr(error.text, "--move"));
	wish.move = true;
	assert_int_equal(usb_assign_check(&wish, &error), 0);
	wish = (struct usb_wish){.info = &info, .vm = &vm};
	snprintf(info.mounted, sizeof(info.mounted), "/");
	assert_int_equal(usb_assign_check(&wish, &error), UV_EPERM);
	assert_non_null(strstr(error.text, "the host uses it as /"));
	wish.force = true;
	assert_int_equal(usb_assign_check(&wish, &error), 0);
	vm.usb.items = &deny;
	vm.usb.count = 1;
	assert_int_equal(usb_assign_check(&wish, &error), UV_EPERM);
}

static void test_protection(void **state)
{
	struct usb_info info = stick;
	char text[64];

	(void)state;
	assert_null(usb_protection(&info, text, sizeof(text)));
	info.interfaces[0] = (struct usb_interface){0, USB_CLASS_HID, 1, USB_PROTOCOL_KEYBOARD};
	assert_string_equal(usb_protection(&info, text, sizeof(text)), "it is the host's keyboard");
	info.interfaces[0].protocol = USB_PROTOCOL_MOUSE;
	assert_string_equal(usb_protection(&info, text, sizeof(text)), "it is the host's mouse");
	info.interfaces[0].protocol = 0;
	assert_null(usb_protection(&info, text, sizeof(text)));
	info.class = USB_CLASS_HUB;
	assert_string_equal(usb_protection(&info, text, sizeof(text)), "it is a hub");
}

/* ---- sysfs, as a tree of files ---- */

static char top[64];

static void folder_make(const char *path)
{
	char command[512];

	snprintf(command, sizeof(command), "mkdir -p %s/%s", top, path);
	assert_int_equal(system(command), 0);
}

static void file_make(const char *path, const char *text)
{
	char full[512];

	snprintf(full, sizeof(full), "%s/%s", top, path);
	FILE *file = fopen(full, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void link_make(const char *target, const char *path)
{
	char from[512], to[512];

	snprintf(from, sizeof(from), "%s/%s", top, target);
	snprintf(to, sizeof(to), "%s/%s", top, path);
	assert_int_equal(symlink(from, to), 0);
}

#define DEVICE "sys/devices/pci/usb1/1-2"

static int tree_up(void **state)
{
	(void)state;
	strcpy(top, "/tmp/test-usb-XXXXXX");
	assert_non_null(mkdtemp(top));
	folder_make("sys/bus/usb/devices");
	folder_make("sys/dev/block");
	folder_make("proc/self");
	folder_make(DEVICE "/1-2:1.0/host0/block/sda/sda1");
	folder_make("sys/devices/virtual/block/dm-0/slaves");
	file_make(DEVICE "/busnum", "1\n");
	file_make(DEVICE "/devnum", "4\n");
	file_make(DEVICE "/idVendor", "0951\n");
	file_make(DEVICE "/idProduct", "1666\n");
	file_make(DEVICE "/bDeviceClass", "00\n");
	file_make(DEVICE "/speed", "480\n");
	file_make(DEVICE "/product", "Evil \x1b[31mstick\n");
	file_make(DEVICE "/1-2:1.0/bInterfaceClass", "08\n");
	file_make(DEVICE "/1-2:1.0/bInterfaceProtocol", "50\n");
	link_make(DEVICE, "sys/bus/usb/devices/1-2");
	link_make("sys/devices/pci/usb1", "sys/bus/usb/devices/usb1");
	link_make(DEVICE "/1-2:1.0", "sys/bus/usb/devices/1-2:1.0");
	link_make(DEVICE "/1-2:1.0/host0/block/sda/sda1", "sys/dev/block/8:1");
	link_make(DEVICE "/1-2:1.0/host0/block/sda/sda1",
		"sys/devices/virtual/block/dm-0/slaves/sda1");
	link_make("sys/devices/virtual/block/dm-0", "sys/dev/block/253:0");
	return 0;
}

static int tree_down(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", top);
	return system(command);
}

static void expect_mounted(const char *mountinfo, const char *expected)
{
	struct usb_list list;
	char sys[128], proc[128];

	snprintf(sys, sizeof(sys), "%s/sys", top);
	snprintf(proc, sizeof(proc), "%s/proc", top);
	file_make("proc/self/mountinfo", mountinfo);
	assert_int_equal(usb_list_read(sys, proc, &list), 0);
	assert_int_equal(list.count, 1);
	const struct usb_info *info = usb_list_find(&list, "1-2");
	assert_non_null(info);
	assert_int_equal(info->vendor, 0x0951);
	assert_int_equal(info->device, 4);
	assert_string_equal(info->speed, "480");
	assert_string_equal(info->name, "Evil \\x1b[31mstick");
	assert_int_equal(info->interfaces_count, 1);
	assert_int_equal(info->interfaces[0].class, 8);
	assert_int_equal(info->interfaces[0].protocol, 0x50);
	assert_string_equal(info->mounted, expected);
	usb_list_finish(&list);
}

static void test_list(void **state)
{
	(void)state;
	expect_mounted("", "");
	expect_mounted("1 0 8:17 / / rw - ext4 /dev/none rw\n", "");
	expect_mounted("1 0 8:1 / /boot rw - ext4 /dev/none rw\n", "/boot");
	expect_mounted("1 0 0:20 / /proc rw - proc proc rw\n"
		       "2 0 253:0 / / rw,noatime shared:1 - ext4 /dev/none rw\n",
		"/");
}

static void test_no_usb(void **state)
{
	struct usb_list list;

	(void)state;
	assert_int_equal(usb_list_read("/nowhere", "/nowhere", &list), 0);
	assert_int_equal(list.count, 0);
	usb_list_finish(&list);
}

/* ---- what is left alone ---- */

static void test_left_alone(void **state)
{
	static struct left_alone left;
	struct usb_info devices[] = {{.bus = 1, .device = 2}, {.bus = 1, .device = 3}};
	const struct usb_list list = {.devices = devices, .count = 1};
	static const char places[2];
	const struct vm *one = (const struct vm *)&places[0], *two = (const struct vm *)&places[1];

	(void)state;
	left_alone_add(&left, &devices[0], one);
	left_alone_add(&left, &devices[0], one);
	left_alone_add(&left, &devices[0], two);
	left_alone_add(&left, &devices[1], two);
	assert_int_equal(left.count, 3);
	assert_true(left_alone_has(&left, &devices[0], one));
	assert_false(left_alone_has(&left, &devices[1], one));
	/* The second is unplugged. */
	left_alone_prune(&left, &list);
	assert_false(left_alone_has(&left, &devices[1], two));
	assert_true(left_alone_has(&left, &devices[0], two));
	/* One VM starts again: the other is kept from it still. */
	left_alone_forget(&left, one);
	assert_false(left_alone_has(&left, &devices[0], one));
	assert_true(left_alone_has(&left, &devices[0], two));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_selectors),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_assign),
		cmocka_unit_test(test_protection),
		cmocka_unit_test_setup_teardown(test_list, tree_up, tree_down),
		cmocka_unit_test(test_no_usb),
		cmocka_unit_test(test_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
