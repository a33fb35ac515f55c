/* The environment of a session that PAM opened. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "guest-agent/pam/environment.h"
#include "tests/lib/test.h"

static void assert_list(char **list, const char *const *expected)
{
	assert_non_null(list);
	for (; *expected; list++, expected++) {
		assert_non_null(*list);
		assert_string_equal(*list, *expected);
	}
	assert_null(*list);
}

static void test_defaults_yield(void **state)
{
	char *own[] = {"PATH=/bin", "HOME=/home/user", "LANG=C", "XDG_RUNTIME_DIR=/tmp", NULL};
	char *pam[] = {"LANG=de_DE.UTF-8", "XDG_RUNTIME_DIR=/run/user/1000", "LANGUAGE=de", NULL};
	const char *const expected[] = {"PATH=/bin", "HOME=/home/user", "XDG_RUNTIME_DIR=/tmp",
		"LANG=de_DE.UTF-8", "LANGUAGE=de", NULL};
	char **merged = environment_merge(own, 3, pam);

	(void)state;
	assert_list(merged, expected);
	free(merged);
}

static void test_edges(void **state)
{
	char *none[] = {NULL};
	char *one[] = {"A=1", NULL};
	const char *const expected[] = {"A=1", NULL};
	char **merged;

	(void)state;
	merged = environment_merge(none, 5, one);
	assert_list(merged, expected);
	free(merged);
	/* More defaults than there are: all are. */
	merged = environment_merge(one, 5, none);
	assert_list(merged, expected);
	free(merged);
	merged = environment_merge(one, 0, one);
	assert_list(merged, expected);
	free(merged);
}

static char **read_bytes(const char *bytes, size_t length)
{
	int fd = memfd_create("test", 0);

	assert_int_equal(write(fd, bytes, length), length);
	char **list = environment_read(fd);
	close(fd);
	return list;
}

static void test_read(void **state)
{
	const char *const expected[] = {"A=1", "B=", NULL};
	const char *const none[] = {NULL};
	char **list = read_bytes("A=1\0B=", 7);

	(void)state;
	assert_list(list, expected);
	free(list[0]);
	free(list);
	list = read_bytes("", 0);
	assert_list(list, none);
	free(list);
	assert_null(read_bytes("A=1", 3));
	assert_null(environment_read(-1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults_yield),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
