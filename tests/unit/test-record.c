/* What a broker writes down of a VM that runs, for the next one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/parts/record.h"
#include "tests/lib/test.h"

static char path[] = "/tmp/vmsilo-record-XXXXXX";

static int path_make(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int path_remove(void **state)
{
	(void)state;
	return unlink(path);
}

static void file_read(char *out, size_t size)
{
	FILE *file = fopen(path, "re");

	assert_non_null(file);
	size_t length = fread(out, 1, size - 1, file);
	out[length] = '\0';
	fclose(file);
}

static void file_write(const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void written(void)
{
	struct record record = {.monitor = "qemu",
		.started_ms = UINT64_C(1764023057123),
		.started_boot_ms = 86400123,
		.parts = {{"vsock_device", {13, 8640001}}, {"share.home", {14, 8640002}},
			{"monitor", {12, 8640000}}},
		.parts_count = 3};

	assert_int_equal(record_write(path, &record), 0);
}

static void test_both_times_come_back(void **state)
{
	struct record record;

	(void)state;
	written();
	assert_int_equal(record_read(path, &record), 0);
	assert_int_equal(record.started_ms, UINT64_C(1764023057123));
	assert_int_equal(record.started_boot_ms, 86400123);
	record_finish(&record);
}

static void test_each_part_comes_back(void **state)
{
	struct record record;

	(void)state;
	written();
	assert_int_equal(record_read(path, &record), 0);
	assert_int_equal(record.parts_count, 3);
	assert_int_equal(record_process(&record, "vsock_device").pid, 13);
	assert_int_equal(record_process(&record, "share.home").start_time, 8640002);
	assert_int_equal(record_process(&record, "monitor").pid, 12);
	assert_int_equal(record_process(&record, "nobody").pid, 0);
	record_finish(&record);
}

/* This machine's, with what follows the processes. */
static void boot_write(const char *version, const char *processes, const char *rest)
{
	char boot_id[37] = "", text[8192];
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	assert_non_null(file);
	assert_int_equal(fread(boot_id, 1, 36, file), 36);
	fclose(file);
	snprintf(text, sizeof(text), "{\"version\":%s,\"boot_id\":\"%s\",\"processes\":{%s}%s}",
		version, boot_id, processes, rest);
	file_write(text);
}

#define RUN ",\"monitor\":\"qemu\",\"kvm\":false,\"started_ms\":1,\"started_boot_ms\":2,\"cid\":0"

/* Of the broker that knew these two processes, and no others. */
static void test_a_record_of_an_earlier_broker(void **state)
{
	struct record record;

	(void)state;
	boot_write("1", "\"monitor\":[12,34],\"vsock_device\":[0,0]", RUN);
	assert_int_equal(record_read(path, &record), 0);
	assert_int_equal(record.parts_count, 1);
	assert_int_equal(record_process(&record, "monitor").start_time, 34);
	assert_int_equal(record_process(&record, "vsock_device").pid, 0);
	record_finish(&record);
}

/* It looks for both, whether there is a device or not. */
static void test_an_earlier_broker_finds_what_it_looks_for(void **state)
{
	struct record record = {.monitor = "qemu", .parts = {{"monitor", {12, 34}}}};
	char text[4096];

	(void)state;
	record.parts_count = 1;
	assert_int_equal(record_write(path, &record), 0);
	file_read(text, sizeof(text));
	assert_non_null(strstr(text, "\"version\":1"));
	assert_non_null(strstr(text, "\"monitor\":[12,34]"));
	assert_non_null(strstr(text, "\"vsock_device\":[0,0]"));
}

/* It cannot be taken over, but what runs can be ended. */
static void test_a_record_of_a_later_version(void **state)
{
	struct record record;

	(void)state;
	boot_write("2", "\"monitor\":[12,34],\"other\":[56,78]", ",\"monitor\":[\"another form\"]");
	assert_int_equal(record_read(path, &record), UV_ENOTSUP);
	assert_int_equal(record.parts_count, 2);
	assert_int_equal(record_process(&record, "other").start_time, 78);
	record_finish(&record);
}

static void test_what_is_no_record(void **state)
{
	static const char *const processes[] = {"\"monitor\":[12]", "\"monitor\":[-1,34]",
		"\"monitor\":[12,-34]", "\"monitor\":[2147483648,34]", "\"monitor\":12",
		"\"01234567890123456789012345678901234567890123456789012345678901234\":[1,2]"};
	struct record record;

	(void)state;
	for (size_t i = 0; i < sizeof(processes) / sizeof(processes[0]); i++) {
		boot_write("1", processes[i], RUN);
		assert_int_equal(record_read(path, &record), UV_EINVAL);
	}
	boot_write("0", "\"monitor\":[12,34]", RUN);
	assert_int_equal(record_read(path, &record), UV_EINVAL);
}

static void test_no_more_parts_than_a_start_has(void **state)
{
	char processes[4096] = "";
	struct record record;

	(void)state;
	for (int i = 0; i < PARTS_MAX; i++)
		snprintf(processes + strlen(processes), sizeof(processes) - strlen(processes),
			"%s\"n%d\":[1,2]", i ? "," : "", i);
	boot_write("1", processes, RUN);
	assert_int_equal(record_read(path, &record), 0);
	assert_int_equal(record.parts_count, PARTS_MAX);
	record_finish(&record);
	snprintf(processes + strlen(processes), sizeof(processes) - strlen(processes),
		",\"one more\":[1,2]");
	boot_write("1", processes, RUN);
	assert_int_equal(record_read(path, &record), UV_EINVAL);
}

/* As brokers before this one wrote it: the monitor's own start tells, in the same clock. */
static void test_a_record_without_the_time_since_boot(void **state)
{
	static const char key[] = "\"started_boot_ms\":86400123,";
	struct record record;
	char text[4096];

	(void)state;
	written();
	file_read(text, sizeof(text));
	char *at = strstr(text, key);
	assert_non_null(at);
	memmove(at, at + strlen(key), strlen(at + strlen(key)) + 1);
	file_write(text);
	assert_int_equal(record_read(path, &record), 0);
	assert_int_equal(record.started_boot_ms, 8640000 / sysconf(_SC_CLK_TCK) * 1000);
	record_finish(&record);
}

static void test_a_record_of_another_boot_is_none(void **state)
{
	struct record record;
	char text[4096];

	(void)state;
	written();
	file_read(text, sizeof(text));
	char *at = strstr(text, "\"boot_id\":\"");
	assert_non_null(at);
	at[11] = at[11] == '0' ? '1' : '0';
	file_write(text);
	assert_int_equal(record_read(path, &record), UV_ENOENT);
}

static void test_another_configuration(void **state)
{
	struct record record;

	(void)state;
	unlink(path);
	assert_int_equal(record_set_config(path, "{}"), UV_ENOENT);
	file_write("{");
	assert_int_equal(record_set_config(path, "{}"), UV_EINVAL);
	written();
	assert_int_equal(record_set_config(path, "{\"vms\":[]}"), 0);
	assert_int_equal(record_read(path, &record), 0);
	assert_string_equal(record.config, "{\"vms\":[]}");
	assert_int_equal(record_process(&record, "vsock_device").pid, 13);
	assert_int_equal(record.started_boot_ms, 86400123);
	record_finish(&record);
}

/* All that may be written can be read again, and nothing else is written. */
static void test_bounds(void **state)
{
	static const size_t lengths[] = {100000, 8 * 1024 * 1024 - 1024, 8 * 1024 * 1024};
	struct record record = {
		.monitor = "qemu", .parts = {{"monitor", {12, 8640000}}}, .parts_count = 1};
	struct record again;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		record.config = malloc(lengths[i] + 1);
		assert_non_null(record.config);
		memset(record.config, 'x', lengths[i]);
		record.config[lengths[i]] = '\0';
		assert_int_equal(record_write(path, &record), i < 2 ? 0 : UV_E2BIG);
		assert_int_equal(record_read(path, &again), 0);
		assert_int_equal(strlen(again.config), lengths[i < 2 ? i : 1]);
		record_finish(&again);
		record_finish(&record);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_both_times_come_back),
		cmocka_unit_test(test_each_part_comes_back),
		cmocka_unit_test(test_a_record_of_an_earlier_broker),
		cmocka_unit_test(test_an_earlier_broker_finds_what_it_looks_for),
		cmocka_unit_test(test_a_record_of_a_later_version),
		cmocka_unit_test(test_what_is_no_record),
		cmocka_unit_test(test_no_more_parts_than_a_start_has),
		cmocka_unit_test(test_a_record_without_the_time_since_boot),
		cmocka_unit_test(test_a_record_of_another_boot_is_none),
		cmocka_unit_test(test_another_configuration), cmocka_unit_test(test_bounds)};

	return cmocka_run_group_tests(tests, path_make, path_remove);
}
