/* The agent's pure parts about programs: what is run, and what is heard of a detached one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "guest-agent/early/empty.h"
#include "guest-agent/program/cgroup.h"
#include "guest-agent/program/command.h"
#include "guest-agent/program/line-cutter.h"
#include "guest-agent/program/lookup.h"
#include "guest-agent/program/pam-session.h"
#include "guest-agent/program/program.h"
#include "guest-agent/session/log-feed.h"
#include "tests/lib/test.h"

/* Lines of the log, as a test sees them. */
struct heard {
	char text[8 * LOG_LINE_MAX];
	size_t used, lines;
};

static void on_line(void *data, const char *line, size_t length)
{
	struct heard *heard = data;

	heard->lines++;
	memcpy(heard->text + heard->used, line, length);
	heard->used += length;
	heard->text[heard->used++] = '|';
}

static void test_lines(void **state)
{
	static char page[2 * LOG_LINE_MAX + 2];
	struct line_cutter cutter = {0};
	struct heard heard = {0};

	(void)state;
	line_cutter_feed(&cutter, "one\n\ntw", 7, on_line, &heard);
	line_cutter_feed(&cutter, "o\nlast", 6, on_line, &heard);
	assert_int_equal(heard.lines, 3);
	line_cutter_end(&cutter, on_line, &heard);
	line_cutter_end(&cutter, on_line, &heard);
	assert_memory_equal(heard.text, "one||two|last|", 14);
	assert_int_equal(heard.used, 14);

	/* As long as may be, one byte more, and two lines' worth. */
	memset(page, 'x', sizeof(page));
	for (size_t length = LOG_LINE_MAX; length <= LOG_LINE_MAX + 1; length++) {
		heard = (struct heard){0};
		page[length] = '\n';
		line_cutter_feed(&cutter, page, length + 1, on_line, &heard);
		page[length] = 'x';
		assert_int_equal(heard.lines, length - LOG_LINE_MAX + 1);
		assert_int_equal(cutter.length, 0);
	}
	heard = (struct heard){0};
	line_cutter_feed(&cutter, page, 2 * LOG_LINE_MAX, on_line, &heard);
	line_cutter_end(&cutter, on_line, &heard);
	assert_int_equal(heard.lines, 2);
}

struct sent {
	int refuse; /* as many */
	unsigned int lines, dropped;
};

static int on_send(void *data, const Vmsilo__Control__Log *message)
{
	struct sent *sent = data;

	if (sent->refuse > 0) {
		sent->refuse--;
		return UV_ENOTCONN;
	}
	if (message->kind == VMSILO__CONTROL__LOG__KIND__DROPPED)
		sent->dropped += message->number;
	else
		sent->lines++;
	return 0;
}

static void test_log_feed(void **state)
{
	Vmsilo__Control__Log line = VMSILO__CONTROL__LOG__INIT;
	struct sent sent = {0};
	struct log_feed feed;

	(void)state;
	log_feed_init(&feed, 1000, on_send, &sent);
	for (int i = 0; i < LOG_LINES_BURST + 7; i++)
		log_feed_say(&feed, &line, 1000);
	assert_int_equal(sent.lines, LOG_LINES_BURST);
	assert_int_equal(sent.dropped, 0);
	log_feed_say(&feed, &line, 2000);
	assert_int_equal(sent.lines, LOG_LINES_BURST + 1);
	assert_int_equal(sent.dropped, 7);
	/* Nobody takes them: counted, and said when somebody does. */
	sent.refuse = 2;
	log_feed_say(&feed, &line, 2000);
	log_feed_say(&feed, &line, 2000);
	assert_int_equal(sent.dropped, 7);
	log_feed_say(&feed, &line, 2000);
	assert_int_equal(sent.dropped, 9);
	assert_int_equal(sent.lines, LOG_LINES_BURST + 2);
	/* Starts and ends are not counted. */
	line.kind = VMSILO__CONTROL__LOG__KIND__EXITED;
	for (int i = 0; i < 2 * LOG_LINES_BURST; i++)
		log_feed_say(&feed, &line, 2000);
	assert_int_equal(sent.lines, 3 * LOG_LINES_BURST + 2);
}

static ProtobufCBinaryData word(const char *text)
{
	return (ProtobufCBinaryData){.data = (uint8_t *)text, .len = strlen(text)};
}

static Vmsilo__Session__Open open_of(
	const char *service, bool login, ProtobufCBinaryData *words, size_t count)
{
	Vmsilo__Session__Open open = VMSILO__SESSION__OPEN__INIT;

	open.service = (char *)service;
	open.login = login;
	open.argv = words;
	open.n_argv = count;
	return open;
}

static void test_command(void **state)
{
	ProtobufCBinaryData words[] = {word("/bin/echo"), word("a b")};
	const struct account account = {.shell = "/usr/bin/zsh"};
	Vmsilo__Session__Open open = open_of("", false, words, 2);
	struct command command;
	char name[16];

	(void)state;
	assert_int_equal(command_make(&open, &account, "/nowhere", false, &command), 0);
	assert_string_equal(command.file, "");
	assert_int_equal(command.argv.count, 2);
	assert_string_equal(command.argv.items[1], "a b");
	command_finish(&command);
	program_name(&open, name, sizeof(name));
	assert_string_equal(name, "echo");

	open = open_of("", true, NULL, 0);
	assert_int_equal(command_make(&open, &account, "/nowhere", false, &command), 0);
	assert_string_equal(command.file, "/usr/bin/zsh");
	assert_string_equal(command.argv.items[0], "-zsh");
	command_finish(&command);
}

/* A built-in service, unless only files may be run; a file comes first. */
static void test_service(void **state)
{
	ProtobufCBinaryData words[] = {word("22")};
	const struct account account = {.shell = "/bin/sh"};
	char folder[] = "/tmp/vmsilo-test-XXXXXX", path[64];
	const Vmsilo__Session__Open open = open_of("vmsilo.connect", false, words, 1);
	struct command command;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(command_make(&open, &account, folder, true, &command), UV_ENOENT);
	command_finish(&command);
	assert_int_equal(command_make(&open, &account, folder, false, &command), 0);
	assert_string_equal(command.file, "/proc/self/exe");
	assert_string_equal(command.argv.items[1], "connect");
	assert_string_equal(command.argv.items[2], "22");
	command_finish(&command);
	snprintf(path, sizeof(path), "%s/vmsilo.connect", folder);
	fclose(fopen(path, "w"));
	assert_int_equal(command_make(&open, &account, folder, true, &command), 0);
	assert_string_equal(command.file, path);
	assert_string_equal(command.argv.items[0], "vmsilo.connect");
	command_finish(&command);
	unlink(path);
	rmdir(folder);
}

/* ---- the file of a command ---- */

static void file_make(const char *folder, const char *name, mode_t mode)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static bool take_second(void *data, const char *file)
{
	char *found = data;

	if (!found[0]) {
		snprintf(found, 128, "%s", file);
		errno = ENOENT; /* as if it were gone meanwhile */
		return false;
	}
	snprintf(found, 128, "%s", file);
	return true;
}

static void test_lookup(void **state)
{
	char one[] = "/tmp/vmsilo-test-one-XXXXXX", two[] = "/tmp/vmsilo-test-two-XXXXXX";
	char path[128], expected[128], found[128] = "";

	(void)state;
	assert_non_null(mkdtemp(one));
	assert_non_null(mkdtemp(two));
	file_make(one, "both", 0755);
	file_make(two, "both", 0755);
	file_make(two, "plain", 0644);
	snprintf(path, sizeof(path), "%s:/nowhere:%s", one, two);
	setenv("PATH", path, 1);
	assert_int_equal(lookup("both", take_second, found), 0);
	snprintf(expected, sizeof(expected), "%s/both", two);
	assert_string_equal(found, expected);
	assert_int_equal(lookup("plain", take_second, found), EACCES);
	assert_int_equal(lookup("absent", take_second, found), ENOENT);
	assert_int_equal(lookup("", take_second, found), ENOENT);
	/* It is its own file, whether it may be executed or not. */
	assert_int_equal(lookup("/etc/passwd", take_second, found), 0);
	folder_empty(one);
	folder_empty(two);
	rmdir(one);
	rmdir(two);
}

static void test_pam_session(void **state)
{
	const struct account account = {.name = "joe", .uid = geteuid() + 1};
	const struct account self = {.name = "me", .uid = geteuid()};
	char *words[] = {"sh", "-c", NULL};
	struct command command = {.argv = {.items = words, .count = 2}};
	char *variables[] = {"A=1", "LD_PRELOAD=/tmp/any.so", NULL};
	const struct strings environment = {.items = variables, .count = 2};
	struct pam_session session;
	char read_back[64];

	(void)state;
	setenv("PATH", "/usr/bin:/bin", 1);
	assert_int_equal(
		pam_session_make("/helper", &account, &command, &environment, 7, &session), 0);
	assert_int_equal(pam_session_find(&session, &command), 0);
	const char *const expected[] = {"/helper", "joe", "7", session.file, "sh", "-c"};
	assert_int_equal(session.argv.count, 6);
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(session.argv.items[i], expected[i]);
	assert_int_equal(access(session.file, X_OK), 0);
	assert_int_equal(pread(session.environment_fd, read_back, sizeof(read_back), 0), 27);
	assert_memory_equal(read_back, "A=1\0LD_PRELOAD=/tmp/any.so", 27);
	snprintf(command.file, sizeof(command.file), "/etc/passwd");
	assert_int_equal(pam_session_find(&session, &command), EACCES);
	pam_session_finish(&session);
	/* What needs none: our own user, the agent itself, a guest without the helper. */
	assert_int_equal(
		pam_session_make("/helper", &self, &command, &environment, 7, &session), 0);
	assert_null(session.helper);
	assert_int_equal(pam_session_make(NULL, &account, &command, &environment, 7, &session), 0);
	assert_null(session.helper);
	command.builtin = true;
	assert_int_equal(
		pam_session_make("/helper", &account, &command, &environment, 7, &session), 0);
	assert_null(session.helper);
	pam_session_finish(&session);
}

static void assert_weight(const char *path, const char *expected)
{
	char text[16] = "";
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_non_null(fgets(text, sizeof(text), file));
	fclose(file);
	assert_string_equal(text, expected);
}

/* The boot yields to the first program alone. */
static void test_weight(void **state)
{
	char folder[] = "/tmp/vmsilo-test-cgroups-XXXXXX", path[64];
	struct cgroups cgroups = {.folder = folder};

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/cpu.weight", folder);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs("500", file);
	fclose(file);
	cgroups_sweep(&cgroups);
	assert_weight(path, "500");
	cgroups.last = 1;
	cgroups_sweep(&cgroups);
	assert_weight(path, "100");
	folder_empty(folder);
	cgroups_sweep(&cgroups);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_pam_session),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_log_feed),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_service),
		cmocka_unit_test(test_weight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
