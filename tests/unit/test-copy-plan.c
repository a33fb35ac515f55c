/* What vm-copy's words mean, and what it says of its progress. */
#include <string.h>
#include <uv.h>

#include "host-broker/cli/copy/plan.h"
#include "host-broker/cli/copy/progress.h"
#include "tests/lib/test.h"

#define WORDS(...) ((char *[]){__VA_ARGS__}), sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)

static struct copy_plan made(char **words, size_t count)
{
	struct copy_plan plan;
	struct error error = {0};

	if (copy_plan_make(words, count, &plan, &error) < 0)
		fail_msg("%s", error.text);
	return plan;
}

static void assert_wrong(char **words, size_t count, const char *said)
{
	struct copy_plan plan;
	struct error error = {0};

	assert_true(copy_plan_make(words, count, &plan, &error) < 0);
	if (!strstr(error.text, said))
		fail_msg("'%s' has no '%s'", error.text, said);
}

static void test_to_guest(void **state)
{
	struct copy_plan plan = made(WORDS("a", "./b:c", "/d:e", ":f", "work:/tmp/x:y"));

	(void)state;
	assert_true(plan.to_guest);
	assert_string_equal(plan.vm, "work");
	assert_int_equal(plan.count, 4);
	assert_string_equal(plan.sources[1], "./b:c");
	assert_string_equal(plan.sources[2], "/d:e");
	assert_string_equal(plan.sources[3], ":f");
	assert_string_equal(plan.destination, "/tmp/x:y");
	copy_plan_finish(&plan);
	plan = made(WORDS("a", "work:"));
	assert_string_equal(plan.destination, "");
	copy_plan_finish(&plan);
}

static void test_from_guest(void **state)
{
	struct copy_plan plan = made(WORDS("work:~/a", "work:~", "work:~b", "work:/c", "."));

	(void)state;
	assert_false(plan.to_guest);
	assert_string_equal(plan.vm, "work");
	assert_int_equal(plan.count, 4);
	assert_string_equal(plan.sources[0], "a");
	assert_string_equal(plan.sources[1], "");
	assert_string_equal(plan.sources[2], "~b");
	assert_string_equal(plan.sources[3], "/c");
	assert_string_equal(plan.destination, ".");
	copy_plan_finish(&plan);
}

static void test_wrong(void **state)
{
	(void)state;
	assert_wrong(WORDS("a"), "a source and a destination");
	assert_wrong(WORDS("a", "b"), "use cp");
	assert_wrong(WORDS("work:a", "b", "c"), "neither 'b' nor 'c' is in a VM");
	assert_wrong(
		WORDS("work:a", "other:b", "c"), "from two VMs at once (\"work\" and \"other\")");
	assert_wrong(WORDS("work:a", "other:b"), "with a colon as ./work:a");
	assert_wrong(WORDS("a", "Work:b"), "'Work' is not a valid VM name");
	assert_wrong(WORDS("a", "a-name-of-thirty-three-characters:b"), "is not a valid VM name");
}

static void assert_name(const char *path, const char *name)
{
	char ret[COPY_NAME_MAX + 1] = "";

	assert_int_equal(copy_plan_name(path, ret), name[0] != '\0');
	assert_string_equal(ret, name);
}

static void test_names(void **state)
{
	static const char *const twice[] = {"b", "a", "b"}, *const once[] = {"b", "a", "c"};
	struct error error = {0};

	(void)state;
	assert_name("a", "a");
	assert_name("/x/a", "a");
	assert_name("/x/a///", "a");
	assert_name("..a", "..a");
	assert_name("", "");
	assert_name("/", "");
	assert_name("x/.", "");
	assert_name("x/..", "");
	assert_name("x/a\nb", "");
	assert_int_equal(copy_plan_check_names(once, 3, &error), 0);
	assert_int_equal(copy_plan_check_names(twice, 3, &error), UV_EINVAL);
	assert_string_equal(error.text, "two of the files to copy are named 'b'");
}

static void assert_line(const struct copy_counts *counts, uint64_t seconds, const char *expected)
{
	char line[256];

	copy_progress_format(line, sizeof(line), counts, seconds * 1000000000);
	assert_string_equal(line, expected);
}

static void test_progress(void **state)
{
	(void)state;
	assert_line(&(struct copy_counts){0}, 0, "0 files, 0 B, 0 B/s");
	assert_line(&(struct copy_counts){.bytes = 999, .files = 1}, 3, "1 file, 999 B, 333 B/s");
	assert_line(&(struct copy_counts){.bytes = 1000, .files = 2, .folders = 1}, 1,
		"2 files, 1 folder, 1.0 kB, 1.0 kB/s");
	assert_line(&(struct copy_counts){.bytes = 999960, .folders = 2, .skipped = 3}, 1,
		"0 files, 2 folders, 1.0 MB, 1.0 MB/s, 3 skipped");
	/* The largest that a receiver may say. */
	assert_line(&(struct copy_counts){.bytes = INT64_MAX, .files = INT64_MAX}, 1,
		"9223372036854775807 files, 9.2 EB, 9.2 EB/s");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_to_guest),
		cmocka_unit_test(test_from_guest),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
