#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>

#include "tests/lib/test.h"

#define NOBODYS 4294967000U /* an id that no one has */

static void test_root(void **state)
{
	struct passwd entry, *found;
	struct group group, *found_group;
	char buffer[4096];

	(void)state;
	assert_int_equal(getpwuid_r(0, &entry, buffer, sizeof(buffer), &found), 0);
	assert_ptr_equal(found, &entry);
	assert_string_equal(found->pw_name, "root");
	assert_string_equal(found->pw_dir, "/root");
	assert_int_equal(getgrgid_r(0, &group, buffer, sizeof(buffer), &found_group), 0);
	assert_ptr_equal(found_group, &group);
	assert_string_equal(found_group->gr_name, "root");
}

static void test_nobody_there(void **state)
{
	struct passwd entry, *found = &entry;
	struct group group, *found_group = &group;
	char buffer[4096];

	(void)state;
	assert_int_equal(getpwuid_r(NOBODYS, &entry, buffer, sizeof(buffer), &found), 0);
	assert_null(found);
	assert_int_equal(getgrgid_r(NOBODYS, &group, buffer, sizeof(buffer), &found_group), 0);
	assert_null(found_group);
}

static void test_small_buffer(void **state)
{
	struct passwd entry, *found = &entry;
	struct group group, *found_group = &group;
	char buffer[4];

	(void)state;
	assert_int_equal(getpwuid_r(0, &entry, buffer, sizeof(buffer), &found), ERANGE);
	assert_null(found);
	assert_int_equal(getgrgid_r(0, &group, buffer, sizeof(buffer), &found_group), ERANGE);
	assert_null(found_group);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_small_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
