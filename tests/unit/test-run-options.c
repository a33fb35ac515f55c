/* vm-run's options, the environment it passes, ssh's command line, and who may be asked for. */
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "host-broker/access/session-policy.h"
#include "host-broker/cli/session/options.h"
#include "host-broker/cli/session/pass-env.h"
#include "host-broker/cli/session/ssh-line.h"
#include "tests/lib/test.h"

static struct run_options options;

static int finish(const char *const *words)
{
	struct error error = {0};
	int code = run_options_finish(&options, (char **)words, &error);

	assert_true((code < 0) == (error.text[0] != '\0'));
	return code;
}

static void test_operands(void **state)
{
	(void)state;
	run_options_init(&options);
	assert_int_equal(finish((const char *const[]){"vm", "--", "ls", "--", NULL}), 0);
	assert_string_equal(options.vm, "vm");
	assert_string_equal(options.command[0], "ls");
	assert_string_equal(options.command[1], "--");
	assert_int_equal(finish((const char *const[]){"vm", NULL}), 0);
	assert_null(options.command[0]);
	options.detach = true;
	assert_int_equal(finish((const char *const[]){"vm", "--", NULL}), UV_EINVAL);
	options.service = "s";
	assert_int_equal(finish((const char *const[]){"vm", NULL}), 0);
	options.terminal = true;
	assert_int_equal(finish((const char *const[]){"vm", "ls", NULL}), UV_EINVAL);
	options.detach = false;
	options.no_terminal = true;
	assert_int_equal(finish((const char *const[]){"vm", "ls", NULL}), UV_EINVAL);
}

static void test_values(void **state)
{
	char longest[SERVICE_NAME_MAX + 2];

	(void)state;
	run_options_init(&options);
	assert_int_equal(run_option_user(&options, "joe"), 0);
	assert_true(run_option_user(&options, "-joe") < 0);
	assert_true(run_option_user(&options, "") < 0);
	assert_int_equal(run_option_service(&options, "a.b_c+d-1"), 0);
	assert_true(run_option_service(&options, "../x") < 0);
	assert_true(run_option_service(&options, ".x") < 0);
	assert_true(run_option_service(&options, "a b") < 0);
	assert_true(run_option_service(&options, "") < 0);
	memset(longest, 'x', sizeof(longest));
	longest[SERVICE_NAME_MAX + 1] = '\0';
	assert_true(run_option_service(&options, longest) < 0);
	longest[SERVICE_NAME_MAX] = '\0';
	assert_int_equal(run_option_service(&options, longest), 0);
	assert_true(run_option_env(&options, "=x") < 0);
	assert_true(run_option_env(&options, "") < 0);
	for (int i = 0; i < SESSION_ENVC_MAX; i++)
		assert_int_equal(run_option_env(&options, "A=b"), 0);
	assert_int_equal(run_option_env(&options, "A=b"), UV_E2BIG);
}

static char *const own[] = {"LANG=de", "LC_ALL=C", "LC=x", "LCX=y", "EMPTY=", "=odd", "odd", NULL};

static void test_pass(void **state)
{
	char *const patterns[] = {"LC_*", "LANG", "NOT_THERE", "EMPTY", "odd"};
	static struct pass_env env;

	(void)state;
	assert_int_equal(pass_env_match(&env, patterns, 5, own), 0);
	assert_int_equal(env.count, 3);
	assert_string_equal(env.items[0], "LANG=de");
	assert_string_equal(env.items[1], "LC_ALL=C");
	assert_string_equal(env.items[2], "EMPTY=");
	/* Patterns that would pass everything pass nothing. */
	assert_int_equal(pass_env_match(&env, (char *const[]){"*", ""}, 2, own), 0);
	assert_int_equal(env.count, 3);
	/* What is named wins, in its place; what is not there is not set. */
	assert_int_equal(pass_env_set(&env, "LANG=fr", own), 0);
	assert_int_equal(pass_env_set(&env, "LCX", own), 0);
	assert_int_equal(pass_env_set(&env, "NOT_THERE", own), 0);
	assert_int_equal(env.count, 4);
	assert_string_equal(env.items[0], "LANG=fr");
	assert_string_equal(env.items[3], "LCX=y");
}

static void test_pass_bound(void **state)
{
	static char texts[SESSION_ENVC_MAX + 1][8];
	static struct pass_env env;

	(void)state;
	for (int i = 0; i <= SESSION_ENVC_MAX; i++) {
		snprintf(texts[i], sizeof(texts[i]), "A%d=", i);
		assert_int_equal(
			pass_env_set(&env, texts[i], own), i < SESSION_ENVC_MAX ? 0 : UV_E2BIG);
	}
}

static void test_ssh(void **state)
{
	char *const words[] = {"-v", "ls -l", NULL};
	static struct ssh_line line;
	static char long_path[SSH_LINE_OPTION_MAX];

	(void)state;
	assert_int_equal(ssh_line_make(&line, "/a b/100%/it's", "work", "joe", words), 0);
	assert_string_equal(line.proxy, "ProxyCommand='/a b/100%%/it'\\''s' shell --proxy work");
	assert_string_equal(line.alias, "HostKeyAlias=vmsilo-work");
	const char *const expected[] = {
		"ssh", "-o", line.proxy, "-o", line.alias, "-l", "joe", "work", "-v", "ls -l"};
	for (size_t i = 0; i < 10; i++)
		assert_string_equal(line.argv[i], expected[i]);
	assert_null(line.argv[10]);
	ssh_line_finish(&line);
	memset(long_path, 'x', sizeof(long_path) - 1);
	assert_int_equal(ssh_line_make(&line, long_path, "work", "", words), UV_ENAMETOOLONG);
}

static int ask(const char *user, const char *listed, const char *asked, const char *expected)
{
	char *items[] = {(char *)listed};
	const struct vm_config vm = {.name = "v",
		.user = user,
		.guest_users = {.items = items, .count = listed ? 1 : 0}};
	struct error error = {0};
	const char *granted;
	int code = session_policy_user(&vm, asked, &granted, &error);

	if (code == 0)
		assert_string_equal(granted, expected);
	else
		assert_true(strncmp(error.text, "vm \"v\": ", 8) == 0);
	return code;
}

static void test_policy(void **state)
{
	(void)state;
	assert_int_equal(ask("", NULL, "", ""), 0);
	assert_int_equal(ask("", NULL, "joe", "joe"), 0);
	assert_int_equal(ask("joe", NULL, "", "joe"), 0);
	assert_int_equal(ask("joe", NULL, "joe", "joe"), 0);
	assert_int_equal(ask("joe", NULL, "root", NULL), UV_EACCES);
	assert_int_equal(ask("joe", "root", "root", "root"), 0);
	assert_int_equal(ask("joe", "root", "ann", NULL), UV_EACCES);
	assert_int_equal(ask("joe", "*", "ann", "ann"), 0);
	assert_int_equal(ask("", "joe", "joe", "joe"), 0);
	assert_int_equal(ask("", "joe", "ann", NULL), UV_EACCES);
	assert_int_equal(ask("", NULL, "\x1b[2J", NULL), UV_EINVAL);
	assert_int_equal(ask("", "*", "-x", NULL), UV_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operands),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_pass),
		cmocka_unit_test(test_pass_bound),
		cmocka_unit_test(test_ssh),
		cmocka_unit_test(test_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
