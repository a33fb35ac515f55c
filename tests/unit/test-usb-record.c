/* What a broker writes down of devices that are lent, for the next one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host-broker/usb/record.h"
#include "tests/lib/test.h"

static struct paths paths;

static int folder_make(void **state)
{
	(void)state;
	snprintf(paths.runtime, sizeof(paths.runtime), "/tmp/vmsilo-usb-record-XXXXXX");
	return mkdtemp(paths.runtime) ? 0 : -1;
}

static void file_path(char out[PATH_SIZE])
{
	assert_true(paths_runtime(&paths, NULL, "usb.json", out));
}

static int folder_remove(void **state)
{
	(void)state;
	assert_int_equal(usb_record_write(&paths, NULL, 0), 0);
	return rmdir(paths.runtime);
}

static void file_read(char *out, size_t size)
{
	char path[PATH_SIZE];

	file_path(path);
	FILE *file = fopen(path, "re");
	assert_non_null(file);
	out[fread(out, 1, size - 1, file)] = '\0';
	fclose(file);
}

static void file_write(const char *text)
{
	char path[PATH_SIZE];

	file_path(path);
	FILE *file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void on_record(void *data, const struct usb_record *record)
{
	assert_string_equal(record->vm, "work");
	assert_string_equal(record->info->path, "1-2");
	assert_int_equal(record->id, 7);
	assert_int_equal(record->server.pid, 4242);
	assert_int_equal(record->server.start_time, 5);
	assert_int_equal(record->info->interfaces_count, 2);
	assert_int_equal(record->info->interfaces[1].number, 3);
	++*(unsigned int *)data;
}

static unsigned int count(void)
{
	unsigned int found = 0;

	usb_record_read(&paths, on_record, &found);
	return found;
}

static void written(void)
{
	const struct usb_info info = {.path = "1-2",
		.bus = 1,
		.device = 2,
		.interfaces = {{.number = 0}, {.number = 3}},
		.interfaces_count = 2};
	const struct usb_record record = {
		.info = &info, .vm = "work", .id = 7, .server = {.pid = 4242, .start_time = 5}};

	assert_int_equal(usb_record_write(&paths, &record, 1), 0);
}

static void test_comes_back(void **state)
{
	(void)state;
	assert_int_equal(count(), 0);
	written();
	assert_int_equal(count(), 1);
	assert_int_equal(usb_record_write(&paths, NULL, 0), 0);
	assert_int_equal(count(), 0);
}

static void test_another_boots_is_none(void **state)
{
	char text[1024];

	(void)state;
	written();
	file_read(text, sizeof(text));
	char *id = strstr(text, "\"boot_id\": \"");
	assert_non_null(id);
	char *digit = id + strlen("\"boot_id\": \"");
	*digit = *digit == '0' ? '1' : '0';
	file_write(text);
	assert_int_equal(count(), 0);
}

static void test_what_is_none(void **state)
{
	(void)state;
	file_write("[]");
	assert_int_equal(count(), 0);
	file_write("{\"devices\": []}");
	assert_int_equal(count(), 0);
	file_write("{");
	assert_int_equal(count(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_another_boots_is_none),
		cmocka_unit_test(test_what_is_none),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
