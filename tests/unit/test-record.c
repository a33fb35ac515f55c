/* What a broker writes down of a VM that runs, for the next one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/vm/record.h"
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
		.processes = {.count = 2,
			.items = {{"monitor", {12, 8640000}}, {"vsock_device", {13, 8640001}}}}};

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
	assert_int_equal(monitor_processes_find(&record.processes, "vsock_device").pid, 13);
	record_finish(&record);
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
	assert_int_equal(monitor_processes_find(&record.processes, "vsock_device").pid, 13);
	assert_int_equal(record.started_boot_ms, 86400123);
	record_finish(&record);
}

/* All that may be written can be read again, and nothing else is written. */
static void test_bounds(void **state)
{
	static const size_t lengths[] = {100000, 8 * 1024 * 1024 - 1024, 8 * 1024 * 1024};
	struct record record = {.monitor = "qemu",
		.processes = {.count = 1, .items = {{"monitor", {12, 8640000}}}}};
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
		cmocka_unit_test(test_a_record_without_the_time_since_boot),
		cmocka_unit_test(test_a_record_of_another_boot_is_none),
		cmocka_unit_test(test_another_configuration), cmocka_unit_test(test_bounds)};

	return cmocka_run_group_tests(tests, path_make, path_remove);
}
