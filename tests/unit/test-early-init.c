/* What the early init makes of the kernel's command line and of the disks' serial numbers. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "guest-agent/boot/disk.h"
#include "guest-agent/boot/kernel-option.h"
#include "guest-agent/early/empty.h"
#include "guest-agent/early/options.h"
#include "guest-agent/early/weight.h"
#include "tests/lib/test.h"

static void test_kernel_option(void **state)
{
	static const char line[] = "quiet vmsilo.name=one  vmsilo.names=x avmsilo.name=y novalue "
				   "vmsilo.name=two empty=\n";
	char value[8] = "before";

	(void)state;
	assert_true(kernel_option_get(line, "vmsilo.name", value, sizeof(value)));
	assert_string_equal(value, "two");
	assert_true(kernel_option_get(line, "empty", value, sizeof(value)));
	assert_string_equal(value, "");
	assert_false(kernel_option_get(line, "novalue", value, sizeof(value)));
	assert_false(kernel_option_get(line, "absent", value, sizeof(value)));
	assert_false(kernel_option_get("", "absent", value, sizeof(value)));
	/* As long as fits, and one byte more, which is not half of what was meant. */
	assert_true(kernel_option_get("a=1234567", "a", value, sizeof(value)));
	assert_string_equal(value, "1234567");
	assert_false(kernel_option_get("a=12345678", "a", value, sizeof(value)));
}

static void test_options(void **state)
{
	struct early_options options;
	struct error error;

	(void)state;
	assert_int_equal(early_options_parse("quiet", &options, &error), 0);
	assert_false(options.layer_on_disk);
	assert_int_equal(options.layer_size, 0);
	assert_int_equal(early_options_parse("vmsilo.root=disk vmsilo.layer=memory "
					     "vmsilo.layer_size=10737418240",
				 &options, &error),
		0);
	assert_false(options.layer_on_disk);
	assert_int_equal(options.layer_size, INT64_C(10737418240));
	assert_int_equal(early_options_parse("vmsilo.layer=disk", &options, &error), 0);
	assert_true(options.layer_on_disk);
	assert_int_equal(options.user_uid, 1000);
	assert_int_equal(early_options_parse("vmsilo.user_uid=60000", &options, &error), 0);
	assert_int_equal(options.user_uid, 60000);
}

static void test_options_wrong(void **state)
{
	static const char *const lines[] = {"vmsilo.root=net", "vmsilo.layer=tape",
		"vmsilo.layer=", "vmsilo.layer_size=", "vmsilo.layer_size=0",
		"vmsilo.layer_size=-1", "vmsilo.layer_size=10G",
		"vmsilo.layer_size=99999999999999999999", "vmsilo.layer_size= 1"};
	struct early_options options;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct error error = {0};
		assert_int_equal(early_options_parse(lines[i], &options, &error), UV_EINVAL);
		assert_non_null(strstr(error.text, "vmsilo."));
	}
}

/* ---- a folder as /sys/block ---- */

static void disk_make(const char *directory, const char *name, const char *serial)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	assert_int_equal(mkdir(path, 0755), 0);
	if (!serial)
		return;
	snprintf(path, sizeof(path), "%s/%s/serial", directory, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(serial, file);
	fclose(file);
}

static void test_disk(void **state)
{
	char directory[] = "/tmp/vmsilo-test-disks-XXXXXX", path[DISK_PATH_SIZE];
	struct error error = {0};

	(void)state;
	assert_non_null(mkdtemp(directory));
	disk_make(directory, "loop0", NULL);
	disk_make(directory, "vda", "root2\n");
	disk_make(directory, "vdb", "root\n");
	disk_make(directory, "vdc", "");
	assert_int_equal(disk_find(directory, "root", 0, path, &error), 0);
	assert_string_equal(path, "/dev/vdb");
	assert_int_equal(disk_find(directory, "root2", 0, path, &error), 0);
	assert_string_equal(path, "/dev/vda");
	assert_int_equal(disk_find(directory, "layer", 0, path, &error), UV_ENODEV);
	assert_string_equal(error.text, "there is no disk \"layer\"");
	folder_empty(directory);
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(disk_find(directory, "root", 0, path, &error), UV_ENODEV);
}

/* ---- control groups as files ---- */

static void assert_text(const char *folder, const char *name, const char *expected)
{
	char path[256], text[64] = "";

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_string_equal(text, expected);
}

static void file_make(const char *folder, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
}

static void test_weight(void **state)
{
	char hierarchy[] = "/tmp/vmsilo-test-cgroup-XXXXXX", group[64];

	(void)state;
	assert_non_null(mkdtemp(hierarchy));
	snprintf(group, sizeof(group), "%s/vmsilo", hierarchy);
	/* A kernel without the controller has no such files, and the group is made all the same. */
	weight_prefer(hierarchy, group);
	file_make(hierarchy, "cgroup.subtree_control");
	file_make(group, "cpu.weight");
	weight_prefer(hierarchy, group);
	assert_text(hierarchy, "cgroup.subtree_control", "+cpu");
	assert_text(group, "cpu.weight", "500");
	folder_empty(hierarchy);
	assert_int_equal(rmdir(hierarchy), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernel_option),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_options_wrong),
		cmocka_unit_test(test_disk),
		cmocka_unit_test(test_weight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
