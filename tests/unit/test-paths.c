#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proto/host/own-programs.h"
#include "proto/host/paths.h"
#include "proto/limits.h"
#include "tests/lib/test.h"

static const struct paths_environment plain = {.uid = 1000, .home = "/home/u"};

static void test_xdg_directories_are_used(void **state)
{
	struct paths_environment environment = {
		.uid = 1000,
		.home = "/home/u",
		.xdg_runtime_dir = "/run/user/1000",
		.xdg_config_home = "/c",
		.xdg_data_home = "/d",
		.xdg_state_home = "/s",
	};
	struct paths paths;

	(void)state;
	assert_int_equal(paths_get(false, &environment, &paths, NULL), 0);
	assert_string_equal(paths.runtime, "/run/user/1000/vmsilo");
	assert_string_equal(paths.config, "/c/vmsilo/vmsilo.yaml");
	assert_string_equal(paths.images, "/d/vmsilo/images");
	assert_string_equal(paths.journals, "/s/vmsilo");
	assert_false(paths.system);
}

static void test_defaults_lie_below_home(void **state)
{
	struct paths_environment environment = plain;
	struct paths paths;

	(void)state;
	assert_int_equal(paths_get(false, &environment, &paths, NULL), 0);
	assert_string_equal(paths.runtime, "/tmp/vmsilo-1000");
	assert_string_equal(paths.config, "/home/u/.config/vmsilo/vmsilo.yaml");
	assert_string_equal(paths.images, "/home/u/.local/share/vmsilo/images");
	assert_string_equal(paths.journals, "/home/u/.local/state/vmsilo");
	environment.run_user_exists = true;
	assert_int_equal(paths_get(false, &environment, &paths, NULL), 0);
	assert_string_equal(paths.runtime, "/run/user/1000/vmsilo");
}

static void test_relative_and_empty_values_are_ignored(void **state)
{
	struct paths_environment environment = plain;
	struct paths paths;

	(void)state;
	environment.xdg_runtime_dir = "run";
	environment.xdg_config_home = "";
	environment.xdg_data_home = "data";
	assert_int_equal(paths_get(false, &environment, &paths, NULL), 0);
	assert_string_equal(paths.runtime, "/tmp/vmsilo-1000");
	assert_string_equal(paths.config, "/home/u/.config/vmsilo/vmsilo.yaml");
	assert_string_equal(paths.images, "/home/u/.local/share/vmsilo/images");
}

static void test_no_home_is_an_error(void **state)
{
	struct paths_environment environment = {.uid = 1000};
	struct paths paths = {.runtime = "untouched"};
	struct error error = {0};

	(void)state;
	assert_int_equal(paths_get(false, &environment, &paths, &error), UV_ENOENT);
	assert_non_null(strstr(error.text, "HOME"));
	assert_string_equal(paths.runtime, "untouched");
}

static void test_home_is_found_without_the_variable(void **state)
{
	static const char *const values[] = {NULL, "", "relative"};
	const struct passwd *entry = getpwuid(geteuid());
	const char *variable = getenv("HOME");
	char *before = variable ? strdup(variable) : NULL;
	char home[1024], small[2];

	(void)state;
	assert_non_null(entry);
	for (size_t i = 0; i < 3; i++) {
		if (values[i])
			setenv("HOME", values[i], 1);
		else
			unsetenv("HOME");
		assert_true(paths_home(home, sizeof(home)));
		assert_string_equal(home, entry->pw_dir);
	}
	setenv("HOME", "/home/u", 1);
	assert_true(paths_home(home, sizeof(home)));
	assert_string_equal(home, "/home/u");
	assert_false(paths_home(small, sizeof(small)));
	if (before)
		setenv("HOME", before, 1);
	free(before);
}

static void test_folders_of_others_are_refused(void **state)
{
	char folder[] = "/tmp/vmsilo-test-XXXXXX", link[64];
	struct error error = {0};
	uid_t owner;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(paths_check_folder(folder, &owner, &error), 0);
	assert_int_equal(owner, geteuid());
	snprintf(link, sizeof(link), "%s/link", folder);
	assert_int_equal(symlink(folder, link), 0);
	assert_int_equal(paths_check_folder(link, &owner, &error), UV_ENOTDIR);
	unlink(link);
	assert_int_equal(paths_check_folder(link, &owner, &error), UV_ENOENT);
	for (mode_t mode = 0770; mode >= 0707; mode -= 070 - 07) {
		assert_int_equal(chmod(folder, mode), 0);
		assert_int_equal(paths_check_folder(folder, &owner, &error), UV_EPERM);
		assert_non_null(strstr(error.text, "chmod 700"));
	}
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(paths_check_folder(folder, &owner, &error), 0);
	if (geteuid() == 0) {
		assert_int_equal(chown(folder, 65534, 65534), 0);
		assert_int_equal(paths_check_folder(folder, &owner, &error), UV_EPERM);
		assert_non_null(strstr(error.text, "uid 65534"));
	}
	rmdir(folder);
}

static void test_system_mode(void **state)
{
	struct paths paths;

	(void)state;
	assert_int_equal(paths_get(true, &plain, &paths, NULL), 0);
	assert_string_equal(paths.runtime, "/run/vmsilo");
	assert_string_equal(paths.config, "/etc/vmsilo/vmsilo.yaml");
	assert_string_equal(paths.images, "/var/lib/vmsilo/images");
	assert_true(paths.system);
}

/* Whatever paths_get() accepts has room for every socket of the VM with the longest name. */
static void test_a_long_runtime_directory_is_refused_early(void **state)
{
	struct paths_environment environment = plain;
	char name[VM_NAME_MAX + 1];
	char path[PATH_SIZE];
	char runtime[200];
	int accepted = 0;

	(void)state;
	memset(name, 'v', VM_NAME_MAX);
	name[VM_NAME_MAX] = '\0';
	environment.xdg_runtime_dir = runtime;
	for (size_t length = 1; length < sizeof(runtime); length++) {
		struct paths paths;
		struct error error = {0};
		memset(runtime, 'r', length);
		runtime[0] = '/';
		runtime[length] = '\0';
		if (paths_get(false, &environment, &paths, &error) == 0) {
			assert_true(paths_runtime(&paths, name, "vsock/s_4294967295", path));
			accepted++;
		} else {
			assert_int_equal(error.code, UV_ENAMETOOLONG);
			assert_non_null(strstr(error.text, "XDG_RUNTIME_DIR"));
		}
	}
	/* PATH_SIZE without the final NUL, less "/vmsilo", "/", the name, "/vsock/s_...". */
	assert_int_equal(accepted, PATH_SIZE - 1 - 7 - 1 - VM_NAME_MAX - 19);
}

static void test_runtime_paths(void **state)
{
	struct paths paths;
	char path[PATH_SIZE];
	char longest[PATH_SIZE];

	(void)state;
	assert_int_equal(paths_get(true, &plain, &paths, NULL), 0);
	assert_true(paths_runtime(&paths, NULL, "broker.socket", path));
	assert_string_equal(path, "/run/vmsilo/broker.socket");
	assert_true(paths_runtime(&paths, "work", "vsock/s", path));
	assert_string_equal(path, "/run/vmsilo/work/vsock/s");
	memset(longest, 'x', sizeof(longest));
	longest[PATH_SIZE - 1 - strlen("/run/vmsilo/")] = '\0';
	assert_true(paths_runtime(&paths, NULL, longest, path));
	assert_int_equal(strlen(path), PATH_SIZE - 1);
	longest[PATH_SIZE - 1 - strlen("/run/vmsilo/")] = 'x';
	longest[PATH_SIZE - strlen("/run/vmsilo/")] = '\0';
	assert_false(paths_runtime(&paths, NULL, longest, path));
}

static int setup_directory(void **state)
{
	static char directory[64];

	snprintf(directory, sizeof(directory), "/tmp/test-paths-XXXXXX");
	*state = mkdtemp(directory);
	return *state ? 0 : -1;
}

static int teardown_directory(void **state)
{
	return rmdir(*state);
}

static void test_runtime_directory_is_made_private(void **state)
{
	struct paths paths = {.system = false};
	struct stat status;

	snprintf(paths.runtime, sizeof(paths.runtime), "%s/vmsilo", (char *)*state);
	assert_int_equal(paths_make_runtime(&paths, NULL), 0);
	assert_int_equal(stat(paths.runtime, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	assert_int_equal(paths_make_runtime(&paths, NULL), 0);
	assert_int_equal(rmdir(paths.runtime), 0);
}

static void test_unsafe_runtime_directory_is_refused(void **state)
{
	struct paths paths = {.system = false};
	struct error error = {0};

	snprintf(paths.runtime, sizeof(paths.runtime), "%s/vmsilo", (char *)*state);
	assert_int_equal(mkdir(paths.runtime, 0700), 0);
	assert_int_equal(chmod(paths.runtime, 0770), 0);
	assert_int_equal(paths_make_runtime(&paths, &error), UV_EPERM);
	assert_non_null(strstr(error.text, "chmod 700"));
	assert_int_equal(rmdir(paths.runtime), 0);

	assert_int_equal(symlink("/tmp", paths.runtime), 0);
	assert_int_equal(paths_make_runtime(&paths, &error), UV_ENOTDIR);
	assert_int_equal(unlink(paths.runtime), 0);
}

static void test_missing_parent_is_an_error(void **state)
{
	struct paths paths = {.runtime = "/nonexistent/vmsilo"};
	struct error error = {0};

	(void)state;
	assert_int_equal(paths_make_runtime(&paths, &error), UV_ENOENT);
	assert_non_null(strstr(error.text, "/nonexistent/vmsilo"));
}

static void test_own_programs(void **state)
{
	char path[4096], folder[4096], expected[8192];

	(void)state;
	own_folder(folder, sizeof(folder));
	own_program(path, sizeof(path));
	snprintf(expected, sizeof(expected), "%s/test-paths", folder);
	assert_string_equal(path, expected);
	own_program_find("test-paths", "/usr/libexec", path, sizeof(path));
	assert_string_equal(path, expected);
	own_program_find("none-such", "/usr/libexec", path, sizeof(path));
	assert_string_equal(path, "/usr/libexec/none-such");
	own_program_find("none-such", NULL, path, sizeof(path));
	assert_string_equal(path, "none-such");
	own_program_find("test-paths", "/x", path, 8);
	assert_string_equal(path, "/x/test");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xdg_directories_are_used),
		cmocka_unit_test(test_defaults_lie_below_home),
		cmocka_unit_test(test_relative_and_empty_values_are_ignored),
		cmocka_unit_test(test_no_home_is_an_error),
		cmocka_unit_test(test_home_is_found_without_the_variable),
		cmocka_unit_test(test_folders_of_others_are_refused),
		cmocka_unit_test(test_system_mode),
		cmocka_unit_test(test_a_long_runtime_directory_is_refused_early),
		cmocka_unit_test(test_runtime_paths),
		cmocka_unit_test_setup_teardown(test_runtime_directory_is_made_private,
			setup_directory, teardown_directory),
		cmocka_unit_test_setup_teardown(test_unsafe_runtime_directory_is_refused,
			setup_directory, teardown_directory),
		cmocka_unit_test(test_missing_parent_is_an_error),
		cmocka_unit_test(test_own_programs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
