/* Senders of a copy that break the rules, against the real receiver. */
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

#include "proto/copy/confine.h"
#include "proto/copy/pipe.h"
#include "proto/copy/rules.h"
#include "proto/copy/send.h"
#include "tests/lib/copy-ends.h"
#include "tests/lib/test.h"

/* ---- senders by hand ---- */

#define RECORDS_MAX 16

struct script {
	const char *name;
	struct copy_record records[RECORDS_MAX]; /* ends at type 0 */
	const char *said;
};

#define NAME(text) .name = {.bytes = (const uint8_t *)(text), .length = sizeof(text) - 1}
#define BODY(text) .body = {.bytes = (const uint8_t *)(text), .length = sizeof(text) - 1}
#define BEGIN(count) \
	{ \
		.type = COPY_BEGIN, .version = COPY_VERSION, .items = (count) \
	}
#define ITEM(text) \
	{ \
		.type = COPY_ITEM, NAME(text) \
	}
#define ITEM_FOLDER(text) \
	{ \
		.type = COPY_ITEM, .is_folder = 1, NAME(text) \
	}
#define FOLDER(text) \
	{ \
		.type = COPY_FOLDER, .mode = 0755, NAME(text) \
	}
#define FILE_OF(text) \
	{ \
		.type = COPY_FILE, .mode = 0644, NAME(text) \
	}
#define FILE_END \
	{ \
		.type = COPY_FILE_END \
	}
#define EMPTY(text) FILE_OF(text), FILE_END
#define LINK(text, target) \
	{ \
		.type = COPY_LINK, NAME(text), BODY(target) \
	}
#define UP \
	{ \
		.type = COPY_FOLDER_END \
	}
#define END \
	{ \
		.type = COPY_END \
	}
#define DATA(text) \
	{ \
		.type = COPY_DATA, BODY(text) \
	}

static int send_script(int in_fd, int out_fd, const void *data)
{
	const struct script *script = data;
	struct copy_record answer;
	struct copy_pipe pipe;

	copy_pipe_init(&pipe, in_fd, out_fd);
	for (const struct copy_record *record = script->records; record->type; record++)
		if (copy_pipe_put(&pipe, record) < 0)
			return 3;
	copy_pipe_flush(&pipe);
	int code;
	do
		code = copy_pipe_next(&pipe, &answer);
	while (code == 0 && answer.type != COPY_ERROR && answer.type != COPY_DONE);
	copy_pipe_finish(&pipe);
	return code < 0 ? 2 : answer.type == COPY_ERROR ? 1 : 0;
}

static void test_hostile_senders(void **state)
{
	static const struct script scripts[] = {
		{"the parent", {BEGIN(1), ITEM("..")}, "name that is not allowed"},
		{"an absolute item", {BEGIN(1), ITEM("/tmp/x")}, "name that is not allowed"},
		{"the parent, below", {BEGIN(1), ITEM_FOLDER("a"), FOLDER("a"), EMPTY("..")},
			"name that is not allowed"},
		{"a path, below", {BEGIN(1), ITEM_FOLDER("a"), FOLDER("a"), EMPTY("../../out")},
			"name that is not allowed"},
		{"an absolute path, below",
			{BEGIN(1), ITEM_FOLDER("a"), FOLDER("a"), FOLDER("/tmp/test-copy-out")},
			"name that is not allowed"},
		{"a NUL", {BEGIN(1), ITEM_FOLDER("a"), FOLDER("a"), EMPTY("x\0y")},
			"name that is not allowed"},
		{"out by a link, then through it",
			{BEGIN(1), ITEM_FOLDER("a"), FOLDER("a"), LINK("l", "../..")},
			"leads out of the copied folder"},
		{"an absolute link", {BEGIN(1), ITEM_FOLDER("a"), FOLDER("a"), LINK("l", "/etc")},
			"leads out of the copied folder"},
		{"an allowed link, and a folder of its name",
			{BEGIN(1), ITEM_FOLDER("a"), FOLDER("a"), LINK("l", "b"), FOLDER("l")},
			"a/l: File exists"},
		{"an allowed link, and a file of its name",
			{BEGIN(1), ITEM_FOLDER("a"), FOLDER("a"), LINK("l", "b"), FILE_OF("l")},
			"a/l: File exists"},
		{"an item that is a link", {BEGIN(1), ITEM("a"), LINK("a", "b")},
			"link outside of any folder"},
		{"a file twice", {BEGIN(1), ITEM_FOLDER("a"), FOLDER("a"), EMPTY("f"), EMPTY("f")},
			"a/f: File exists"},
		{"a file, then a folder of its name",
			{BEGIN(1), ITEM_FOLDER("a"), FOLDER("a"), EMPTY("f"), FOLDER("f")},
			"a/f: File exists"},
		{"a folder, then a file of its name",
			{BEGIN(1), ITEM_FOLDER("a"), FOLDER("a"), FOLDER("f"), UP, EMPTY("f")},
			"a/f: File exists"},
		{"two items of one name",
			{BEGIN(2), ITEM("a"), ITEM("a"), EMPTY("a"), EMPTY("a"), END},
			"a: appeared there"},
		{"more items than were named", {BEGIN(1), ITEM("a"), EMPTY("a"), EMPTY("b")},
			"more than"},
		{"fewer items than were named", {BEGIN(2), ITEM("a"), ITEM("b"), EMPTY("a"), END},
			"records out of order"},
		{"a folder that does not end", {BEGIN(1), ITEM_FOLDER("a"), FOLDER("a"), END},
			"records out of order"},
		{"an end of no folder", {BEGIN(1), ITEM("a"), UP}, "records out of order"},
		{"no items", {BEGIN(0)}, "sends nothing"},
		{"another version", {{.type = COPY_BEGIN, .version = 9, .items = 1}},
			"another version"},
		{"set-user-id",
			{BEGIN(1), ITEM("a"), {.type = COPY_FILE, .mode = 04755, NAME("a")}},
			"broke the copy protocol"},
		{"a file that does not end", {BEGIN(1), ITEM("a"), FILE_OF("a"), DATA("123"), END},
			"records out of order"},
		{"an end of no file", {BEGIN(1), ITEM("a"), EMPTY("a"), FILE_END},
			"records out of order"},
		{"a folder in place of a file",
			{BEGIN(1), ITEM("a"), FOLDER("a"), EMPTY("x"), UP, END},
			"announced a file but sent a folder"},
		{"a file in place of a folder", {BEGIN(1), ITEM_FOLDER("a"), EMPTY("a"), END},
			"announced a folder but sent a file"},
		{"a C1 control",
			{BEGIN(1), ITEM_FOLDER("a"), FOLDER("a"),
				EMPTY("x\xc2\x9b"
				      "31m")},
			"name that is not allowed"},
		{"a bare C1 byte",
			{BEGIN(1), ITEM_FOLDER("a"), FOLDER("a"),
				EMPTY("x\x9b"
				      "31m")},
			"name that is not allowed"},
		{"another direction",
			{BEGIN(1), ITEM_FOLDER("a"), FOLDER("a"), EMPTY("x\xe2\x80\xaegnp.exe")},
			"name that is not allowed"},
		{"data of no file", {BEGIN(1), ITEM_FOLDER("a"), FOLDER("a"), DATA("123")},
			"records out of order"},
		{"a receiver's record", {BEGIN(1), ITEM("a"), {.type = COPY_DONE}},
			"records out of order"},
		{"a size that no file has",
			{BEGIN(1), ITEM("a"), FILE_OF("a"),
				{.type = COPY_HOLE, .size = INT64_MAX - 1}, DATA("1"), FILE_END},
			"a: File too large"},
		{"a size beyond that",
			{BEGIN(1), ITEM("a"), FILE_OF("a"), {.type = COPY_HOLE, .size = INT64_MAX},
				DATA("1")},
			"larger than any"},
		{"a sentence that talks to the terminal",
			{BEGIN(1), ITEM("a"), {.type = COPY_ABORT, BODY("\x1b[2Jgone")}},
			"\\x1b[2Jgone"},
	};

	(void)state;
	copy_shell("mkdir in/deep");
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		const struct copy_ends ends = copy_fork_end(send_script, &scripts[i]);
		const struct copy_result result =
			copy_receive_into(&ends, "in/deep", COPY_EXISTING_REFUSE, NULL, 0);
		if (result.code == 0 || !strstr(result.error.text, scripts[i].said))
			fail_msg("%s: '%s'", scripts[i].name, result.error.text);
		copy_assert_empty("in/deep");
		copy_shell("test \"$(ls -A in)\" = deep && test \"$(ls -A .)\" = in");
	}
}

/* Whatever the sender calls them, things get the names that the user gave; and no more of them. */
static void test_given_names(void **state)
{
	static const struct script other = {
		.records = {BEGIN(1), ITEM(".bashrc"), EMPTY(".profile"), END}};
	static const struct script more = {.records = {BEGIN(2), ITEM("a"), ITEM("b")}};
	static const char *const names[] = {"given"};

	(void)state;
	struct copy_ends ends = copy_fork_end(send_script, &other);
	struct copy_result result = copy_receive_into(&ends, "in", COPY_EXISTING_REFUSE, names, 1);
	copy_assert_copied(&result);
	copy_shell("test \"$(ls -A in)\" = given");
	ends = copy_fork_end(send_script, &more);
	result = copy_receive_into(&ends, "in", COPY_EXISTING_REPLACE, names, 1);
	copy_assert_refused(&result, UV_EPROTO, "a different number");
}

/* What cannot be put in place takes back what could. */
static void test_all_or_none(void **state)
{
	static const struct script script = {
		.records = {BEGIN(3), ITEM("old"), ITEM("new"), ITEM_FOLDER("new"), EMPTY("old"),
			EMPTY("new"), FOLDER("new"), UP, END}};

	(void)state;
	copy_shell("echo old >in/old");
	const struct copy_ends ends = copy_fork_end(send_script, &script);
	const struct copy_result result =
		copy_receive_into(&ends, "in", COPY_EXISTING_REPLACE, NULL, 0);
	copy_assert_refused(&result, UV_EEXIST, "new: appeared there");
	copy_shell("test \"$(ls -A in)\" = old && test \"$(cat in/old)\" = old");
}

/* ---- the second wall ---- */

/* In a child: 0 when all went as it should, else which did not. */
static int confined(int in_fd, int out_fd, const void *data)
{
	int folder_fd = open("in", O_PATH | O_DIRECTORY), open_fd = open("open", O_WRONLY);

	(void)in_fd;
	(void)out_fd;
	(void)data;
	if (copy_confine(folder_fd) < 0)
		return 1;
	if (open("out", O_WRONLY | O_CREAT, 0600) >= 0 || errno != EACCES)
		return 2;
	if (open("open", O_WRONLY) >= 0 || mkdir("folder", 0700) == 0 || unlink("open") == 0)
		return 3;
	if (mkfifoat(folder_fd, "pipe", 0600) == 0)
		return 4;
	if (write(open_fd, "x", 1) != 1)
		return 5;
	if (mkdirat(folder_fd, "a", 0700) < 0 || symlinkat("x", folder_fd, "a/link") < 0 ||
		openat(folder_fd, "a/file", O_WRONLY | O_CREAT, 0600) < 0 ||
		renameat(folder_fd, "a/file", folder_fd, "file") < 0)
		return 6;
	return renameat(folder_fd, "file", AT_FDCWD, "out") == 0 ? 7 : 0;
}

static void test_confine(void **state)
{
	(void)state;
	if (syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION) < 2) {
		print_message("not run: this kernel has no Landlock that would do\n");
		skip();
	}
	copy_shell("touch open");
	const struct copy_ends ends = copy_fork_end(confined, NULL);
	assert_int_equal(copy_ends_join(&ends), 0);
	copy_shell("test \"$(ls)\" = \"in\nopen\" && test \"$(ls in)\" = \"a\nfile\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_hostile_senders, copy_set_up, copy_tear_down),
		cmocka_unit_test_setup_teardown(test_given_names, copy_set_up, copy_tear_down),
		cmocka_unit_test_setup_teardown(test_all_or_none, copy_set_up, copy_tear_down),
		cmocka_unit_test_setup_teardown(test_confine, copy_set_up, copy_tear_down),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
