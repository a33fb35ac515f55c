/* Users of VMs: ranges on either side of each limit, the table as text, what is given and kept. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/users/table.h"
#include "host-broker/users/taken.h"
#include "host-broker/users/vm-uids.h"
#include "tests/lib/test.h"

static void test_ranges(void **state)
{
	static const char *const good[] = {"1000-1000", "1000-9191", "90000-93999",
		"2147483647-2147483647", "65536-65536", "60000-65533"};
	static const char *const bad[] = {"", "90000", "90000-", "-90000", "999-1000", "0-5000",
		"1000-9192", "2147483647-2147483648", "90001-90000", "65534-65534", "65000-65600",
		"65535-65535", " 90000-90001", "90000- 90001", "90000-90001 ", "90000-90001-90002",
		"+90000-90001", "0x15f90-90001", "18446744073709641616-18446744073709641617"};
	struct uid_range range;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		if (!uid_range_parse(good[i], &range))
			fail_msg("refused: %s", good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (uid_range_parse(bad[i], &range))
			fail_msg("taken: %s", bad[i]);
	assert_true(uid_range_parse("90000-90001", &range));
	assert_false(uid_range_has(&range, 89999));
	assert_true(uid_range_has(&range, 90000));
	assert_true(uid_range_has(&range, 90001));
	assert_false(uid_range_has(&range, 90002));
}

static void test_table_is_its_text(void **state)
{
	struct numbers table = {.rules = &uid_table_rules}, again = table;
	unsigned int line;

	(void)state;
	assert_int_equal(numbers_parse(&table, "# kept\n\nwork 90000\nbanking 90001\n", &line), 0);
	assert_int_equal(table.count, 2);
	assert_int_equal(numbers_find(&table, "banking")->value, 90001);
	assert_string_equal(numbers_find_value(&table, 90000)->name, "work");
	assert_null(numbers_find(&table, "bank"));
	char *text = numbers_print(&table);
	assert_non_null(text);
	assert_int_equal(numbers_parse(&again, text, &line), 0);
	assert_int_equal(again.count, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(again.items[i].name, table.items[i].name);
		assert_int_equal(again.items[i].value, table.items[i].value);
	}
	free(text);
	numbers_finish(&again);
	numbers_finish(&table);
}

static void test_table_that_is_none(void **state)
{
	static const char *const bad[] = {"work 90000\nbanking 90000\n", "work 90000\nwork 90001\n",
		"x 90000\nwork\n", "x 90000\nwork 0\n", "x 90000\nwork 999\n",
		"x 90000\nWork 90001\n", "x 90000\n../x 90001\n", "x 90000\nwork 90001 \n",
		"x 90000\nwork  90001\n", "x 90000\nwork 90001-90001\n", "x 90000\nwork 65534\n",
		"x 90000\n{}\n"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct numbers table = {.rules = &uid_table_rules};
		unsigned int line = 0;
		if (numbers_parse(&table, bad[i], &line) != UV_EINVAL || line != 2)
			fail_msg("line %u of: %s", line, bad[i]);
		assert_int_equal(table.count, 0);
	}
}

static void test_table_has_a_bound(void **state)
{
	struct numbers table = {.rules = &uid_table_rules};
	char name[16];

	(void)state;
	for (uid_t i = 0; i < UID_TABLE_MAX; i++) {
		snprintf(name, sizeof(name), "vm%u", i);
		assert_int_equal(numbers_add(&table, name, 100000 + i), 0);
	}
	assert_int_equal(numbers_add(&table, "more", 99999), UV_ENOSPC);
	numbers_finish(&table);
}

/* ---- giving ---- */

struct place {
	char folder[64], path[128];
};

static int place_make(void **state)
{
	static struct place place;

	snprintf(place.folder, sizeof(place.folder), "/tmp/vmsilo-test-uids-XXXXXX");
	if (!mkdtemp(place.folder))
		return -1;
	snprintf(place.path, sizeof(place.path), "%s/data/uids", place.folder);
	*state = &place;
	return 0;
}

static int place_remove(void **state)
{
	const struct place *place = *state;
	char path[160];

	unlink(place->path);
	snprintf(path, sizeof(path), "%s/data", place->folder);
	rmdir(path);
	return rmdir(place->folder);
}

static struct vm_uids *uids_new(const struct place *place, uid_t first, uid_t last)
{
	struct vm_uids *uids;

	assert_int_equal(
		vm_uids_create(place->path, &(const struct uid_range){first, last}, &uids), 0);
	return uids;
}

static uid_t get(struct vm_uids *uids, const char *vm)
{
	struct error error = {0};
	uid_t uid = 0;

	if (vm_uids_get(uids, vm, &uid, &error) < 0)
		fail_msg("%s", error.text);
	return uid;
}

static void test_each_has_its_own_and_keeps_it(void **state)
{
	const struct place *place = *state;
	struct vm_uids *uids = uids_new(place, 90000, 90002);
	struct stat status;

	assert_int_equal(get(uids, "work"), 90000);
	assert_int_equal(get(uids, "banking"), 90001);
	assert_int_equal(get(uids, "work"), 90000);
	vm_uids_destroy(uids);
	assert_int_equal(stat(place->path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0644);
	/* Another broker, and another range. */
	uids = uids_new(place, 91000, 91001);
	assert_int_equal(get(uids, "banking"), 90001);
	assert_int_equal(get(uids, "new"), 91000);
	vm_uids_destroy(uids);
}

static void test_all_given(void **state)
{
	struct vm_uids *uids = uids_new(*state, 90000, 90001);
	struct error error = {0};
	uid_t uid;

	get(uids, "one");
	get(uids, "two");
	assert_int_equal(vm_uids_get(uids, "three", &uid, &error), UV_ENOSPC);
	assert_non_null(strstr(error.text, "no free user number in 90000-90001"));
	assert_int_equal(get(uids, "one"), 90000);
	vm_uids_destroy(uids);
}

static void test_nobody_else_s(void **state)
{
	struct vm_uids *uids = uids_new(*state, 90000, 90010);

	/* As which another VM runs that is not in the file. */
	assert_int_equal(vm_uids_note(uids, "adopted", 90000), 0);
	assert_int_equal(vm_uids_note(uids, "lost", 90007), 0);
	assert_int_equal(get(uids, "work"), 90001);
	/* It runs on with what it had. */
	assert_int_equal(get(uids, "lost"), 90007);
	vm_uids_destroy(uids);
}

static void test_file_that_is_broken(void **state)
{
	const struct place *place = *state;
	struct vm_uids *uids = uids_new(place, 90000, 90010);
	struct error error = {0};
	uid_t uid;

	get(uids, "work");
	FILE *file = fopen(place->path, "a");
	fputs("nonsense\n", file);
	fclose(file);
	assert_int_equal(vm_uids_get(uids, "banking", &uid, &error), UV_EINVAL);
	assert_non_null(strstr(error.text, "/data/uids:4: expected the name of a VM and a number"));
	/* What was there before is not forgotten, nor written over. */
	const char *vm;
	assert_true(vm_uids_has(uids, 90000, &vm));
	assert_string_equal(vm, "work");
	vm_uids_destroy(uids);
}

static void test_file_that_others_write_to(void **state)
{
	const struct place *place = *state;
	struct vm_uids *uids = uids_new(place, 90000, 90010);
	struct error error = {0};
	uid_t uid;

	get(uids, "work");
	assert_int_equal(chmod(place->path, 0664), 0);
	assert_int_equal(vm_uids_get(uids, "work", &uid, &error), UV_EPERM);
	assert_int_equal(chmod(place->path, 0644), 0);
	assert_int_equal(get(uids, "work"), 90000);
	vm_uids_destroy(uids);
}

static void test_who_is_no_client(void **state)
{
	struct vm_uids *uids = uids_new(*state, 90000, 90001);
	const char *vm;

	get(uids, "work");
	vm_uids_note(uids, "old", 3);
	assert_true(vm_uids_has(uids, 90000, &vm));
	assert_string_equal(vm, "work");
	assert_true(vm_uids_has(uids, 90001, &vm));
	assert_string_equal(vm, "");
	assert_true(vm_uids_has(uids, 3, &vm));
	assert_string_equal(vm, "old");
	assert_false(vm_uids_has(uids, 1000, &vm));
	assert_false(vm_uids_has(uids, 90002, &vm));
	vm_uids_set_range(uids, &(const struct uid_range){91000, 91001});
	vm_uids_forget_noted(uids);
	assert_true(vm_uids_has(uids, 90000, &vm));
	assert_false(vm_uids_has(uids, 90001, &vm));
	assert_false(vm_uids_has(uids, 3, &vm));
	vm_uids_destroy(uids);
}

static void test_told_once(void **state)
{
	struct vm_uids *uids = uids_new(*state, 90000, 90001);

	for (uid_t uid = 0; uid < VM_UIDS_TOLD_MAX; uid++) {
		assert_true(vm_uids_tell(uids, 90000 + uid));
		assert_false(vm_uids_tell(uids, 90000 + uid));
	}
	assert_false(vm_uids_tell(uids, 90000 + VM_UIDS_TOLD_MAX));
	vm_uids_destroy(uids);
}

static void test_taken(void **state)
{
	struct error error = {0};

	(void)state;
	assert_int_equal(
		uid_taken_check(&(const struct uid_range){65534, 65534}, &error), UV_EEXIST);
	assert_non_null(strstr(error.text, "65534 is used by the user nobody"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_table_is_its_text),
		cmocka_unit_test(test_table_that_is_none),
		cmocka_unit_test(test_table_has_a_bound),
		cmocka_unit_test_setup_teardown(
			test_each_has_its_own_and_keeps_it, place_make, place_remove),
		cmocka_unit_test_setup_teardown(test_all_given, place_make, place_remove),
		cmocka_unit_test_setup_teardown(test_nobody_else_s, place_make, place_remove),
		cmocka_unit_test_setup_teardown(test_file_that_is_broken, place_make, place_remove),
		cmocka_unit_test_setup_teardown(
			test_file_that_others_write_to, place_make, place_remove),
		cmocka_unit_test_setup_teardown(test_who_is_no_client, place_make, place_remove),
		cmocka_unit_test_setup_teardown(test_told_once, place_make, place_remove),
		cmocka_unit_test(test_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
