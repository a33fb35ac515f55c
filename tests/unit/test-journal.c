/* Journals: their lines, their files, their bounds. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/journal/journal.h"
#include "host-broker/journal/line.h"
#include "proto/base/log.h"
#include "tests/lib/test.h"

static char line[JOURNAL_LINE_SIZE];
static char folder[] = "/tmp/vmsilo-journal-XXXXXX";
static int warnings;
static uv_loop_t loop;

static size_t format(const char *source, const char *text, size_t length)
{
	return journal_line_format(line, 1764023057123, source, text, length);
}

static void test_line(void **state)
{
	struct journal_line parsed;

	(void)state;
	assert_int_equal(format("state", "running", 7), 24 + 1 + 5 + 1 + 7 + 1);
	assert_string_equal(line, "2025-11-24T22:24:17.123Z state running\n");
	line[strcspn(line, "\n")] = '\0';
	assert_true(journal_line_parse(line, &parsed));
	assert_string_equal(parsed.time, "2025-11-24T22:24:17.123Z");
	assert_string_equal(parsed.source, "state");
	assert_string_equal(parsed.text, "running");
}

/* Neither a newline nor an escape of the guest's makes a line or a source of its own. */
static void test_line_hostile(void **state)
{
	struct journal_line parsed;

	(void)state;
	format("a b\x1b", "x\n2025-11-24T22:24:17.123Z turned \x1b[31m", 39);
	assert_string_equal(line,
		"2025-11-24T22:24:17.123Z a_b\\x1b x\\x0a2025-11-24T22:24:17.123Z turned "
		"\\x1b[31m\n");
	format("", "", 0);
	assert_string_equal(line, "2025-11-24T22:24:17.123Z - \n");
	assert_false(journal_line_parse("", &parsed));
	assert_false(journal_line_parse("2025-11-24T22:24:17.123Z", &parsed));
	assert_false(journal_line_parse("2025-11-24T22:24:17.123Z  text", &parsed));
	assert_false(journal_line_parse("2025-11-24 22:24:17.123Z state x", &parsed));
}

static void test_line_bounds(void **state)
{
	static char large[JOURNAL_TEXT_MAX + 1];
	char source[JOURNAL_SOURCE_MAX + 2];
	struct journal_line parsed;

	(void)state;
	memset(large, '\x01', sizeof(large));
	memset(source, 's', sizeof(source) - 1);
	source[sizeof(source) - 1] = '\0';
	size_t full = format(source, large, JOURNAL_TEXT_MAX);
	assert_true(full < sizeof(line));
	assert_int_equal(full, 24 + 1 + JOURNAL_SOURCE_MAX + 1 + 4 * JOURNAL_TEXT_MAX + 1);
	assert_int_equal(format(source, large, JOURNAL_TEXT_MAX + 1), full);
	line[full - 1] = '\0';
	assert_true(journal_line_parse(line, &parsed));
	assert_int_equal(strlen(parsed.source), JOURNAL_SOURCE_MAX);
}

static void sink(enum log_level level, const char *vm, const char *text)
{
	(void)vm;
	(void)text;
	warnings += level == LOG_LEVEL_WARNING;
}

static off_t size_of(struct journal *journal, unsigned int age)
{
	struct stat status = {0};
	int fd;

	if (journal_open(journal, "work", age, &fd) < 0)
		return -1;
	assert_int_equal(fstat(fd, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_true((fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDONLY);
	close(fd);
	return status.st_size;
}

static void test_files(void **state)
{
	struct journal *journal;
	char path[PATH_MAX], text[1000], last[64];
	int fd;

	(void)state;
	snprintf(path, sizeof(path), "%s/a/b", folder);
	assert_int_equal(journal_create(&loop, path, &journal), 0);
	assert_int_equal(journal_open(journal, "work", 0, &fd), UV_ENOENT);
	memset(text, 'x', sizeof(text));
	journal_add(journal, "work", "state", "first", 5);
	assert_int_equal(size_of(journal, 1), -1);
	for (int i = 0; i < 3 * JOURNAL_FILE_MAX / 1000; i++) {
		journal_add(journal, "work", "console", text, sizeof(text));
		assert_true(size_of(journal, 0) <= JOURNAL_FILE_MAX);
	}
	/* The one that is full says that there is another. */
	assert_true(size_of(journal, 1) > JOURNAL_FILE_MAX - 2000);
	assert_int_equal(journal_open(journal, "work", 1, &fd), 0);
	assert_int_equal(pread(fd, last, 64, size_of(journal, 1) - 8), 8);
	assert_memory_equal(last, "turned \n", 8);
	close(fd);

	/* A later broker goes on in the same file. */
	off_t before = size_of(journal, 0);
	journal_destroy(journal);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(journal_create(&loop, path, &journal), 0);
	journal_add(journal, "work", "state", "again", 5);
	assert_int_equal(size_of(journal, 0), before + 24 + 1 + 5 + 1 + 5 + 1);
	journal_forget(journal, "work");
	journal_destroy(journal);
	uv_run(&loop, UV_RUN_DEFAULT);
}

/* Said once, until it works again. */
static void test_unwritable(void **state)
{
	struct journal *journal;
	char path[PATH_MAX];

	(void)state;
	snprintf(path, sizeof(path), "%s/file", folder);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(journal_create(&loop, path, &journal), 0);
	log_set_sink(sink);
	journal_add(journal, "work", "state", "x", 1);
	journal_add(journal, "work", "state", "x", 1);
	assert_int_equal(warnings, 1);
	unlink(path);
	journal_add(journal, "work", "state", "x", 1);
	assert_int_equal(warnings, 1);
	assert_int_equal(size_of(journal, 0), 24 + 1 + 5 + 1 + 1 + 1);
	log_set_sink(NULL);
	journal_destroy(journal);
	uv_run(&loop, UV_RUN_DEFAULT);
}

static char *content(struct journal *journal, unsigned int age)
{
	static char text[2 * JOURNAL_FILE_MAX];
	int fd;

	assert_int_equal(journal_open(journal, "work", age, &fd), 0);
	ssize_t length = read(fd, text, sizeof(text) - 1);
	assert_true(length >= 0);
	text[length] = '\0';
	close(fd);
	return text;
}

static unsigned int count_of(const char *text, const char *word)
{
	unsigned int count = 0;

	while ((text = strstr(text, word))) {
		text += strlen(word);
		count++;
	}
	return count;
}

/* However much the guest writes, what the host said of it is there, in order, and what is kept of
 * it is bounded. */
static void test_guest_pushes_nothing_out(void **state)
{
	struct journal *journal;
	char path[PATH_MAX], text[1000];

	(void)state;
	snprintf(path, sizeof(path), "%s/pushed", folder);
	assert_int_equal(journal_create(&loop, path, &journal), 0);
	memset(text, 'x', sizeof(text));
	journal_add(journal, "work", "state", "starting", 8);
	journal_add(journal, "work", "note", "then a note", 11);
	for (int turn = 0; turn < 5; turn++) {
		for (int i = 0; i < JOURNAL_FILE_MAX / 1000; i++)
			journal_add(journal, "work", JOURNAL_SOURCE_PROGRAM, text, sizeof(text));
		journal_add(journal, "work", "state", "running", 7);
		assert_true(size_of(journal, 0) <= JOURNAL_FILE_MAX);
		assert_true(size_of(journal, 1) <= JOURNAL_FILE_MAX + JOURNAL_KEPT_MAX);
	}
	const char *before = content(journal, 1);
	const char *first = strstr(before, " state starting\n");
	assert_non_null(first);
	assert_true(first - before == JOURNAL_TIME_LENGTH);
	assert_non_null(strstr(first, " note then a note\n"));
	assert_true(strstr(first, " note then") < strstr(first, " state running\n"));
	assert_int_equal(count_of(before, " turned \n"), 1);
	assert_string_equal(before + strlen(before) - 9, " turned \n");
	/* Its own lines are what goes in the end. */
	for (int i = 0; i < 4 * JOURNAL_FILE_MAX / 1000; i++)
		journal_add(journal, "work", "note", text, sizeof(text));
	assert_true(size_of(journal, 1) <= JOURNAL_FILE_MAX + JOURNAL_KEPT_MAX);
	assert_null(strstr(content(journal, 1), "then a note"));
	journal_destroy(journal);
	uv_run(&loop, UV_RUN_DEFAULT);
}

static void on_journal_end(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, NULL);
	uv_stop(timer->loop);
}

/* Told once, and once with how many when it is over; neither another guest nor the host waits. */
static void test_guest_floods(void **state)
{
	struct journal *journal;
	char path[PATH_MAX];
	uv_timer_t timer;

	(void)state;
	snprintf(path, sizeof(path), "%s/flooded", folder);
	assert_int_equal(journal_create(&loop, path, &journal), 0);
	for (int i = 0; i < 2 * JOURNAL_GUEST_LINES_BURST; i++)
		journal_add_guest(journal, "work", JOURNAL_SOURCE_CONSOLE, "x", 1);
	journal_add_guest(journal, "other", JOURNAL_SOURCE_CONSOLE, "calm", 4);
	journal_add(journal, "work", "state", "running", 7);
	const char *text = content(journal, 0);
	assert_in_range(count_of(text, " console x\n"), JOURNAL_GUEST_LINES_BURST,
		2 * JOURNAL_GUEST_LINES_BURST - 1);
	assert_int_equal(count_of(text, " left-out the guest writes too much"), 1);
	assert_int_equal(count_of(text, " left-out "), 1);
	assert_int_equal(count_of(text, " state running\n"), 1);
	uv_timer_init(&loop, &timer);
	uv_timer_start(&timer, on_journal_end,
		(JOURNAL_GUEST_LINES_BURST / 2 / JOURNAL_GUEST_LINES_RATE + 3) * 1000, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	text = content(journal, 0);
	assert_int_equal(count_of(text, " left-out "), 2);
	assert_int_equal(count_of(text, " lines were left out\n"), 1);
	journal_destroy(journal);
	uv_run(&loop, UV_RUN_DEFAULT);
}

static void test_keep(void **state)
{
	static const char text[] = "2025-11-24T22:24:17.123Z state one\n"
				   "2025-11-24T22:24:17.123Z console state two\n"
				   "no line\n"
				   "2025-11-24T22:24:17.123Z left-out 3 lines\n"
				   "2025-11-24T22:24:17.123Z consoles three\n"
				   "2025-11-24T22:24:17.123Z program x\n"
				   "2025-11-24T22:24:17.123Z usb four\n"
				   "2025-11-24T22:24:17.123Z turned \n"
				   "2025-11-24T22:24:17.123Z state cut";
	struct bytes kept = {0};

	(void)state;
	assert_int_equal(journal_lines_keep(text, strlen(text), 1000, &kept), 0);
	bytes_append(&kept, "", 1);
	assert_string_equal((const char *)bytes_data(&kept),
		"2025-11-24T22:24:17.123Z state one\n"
		"2025-11-24T22:24:17.123Z consoles three\n"
		"2025-11-24T22:24:17.123Z usb four\n");
	bytes_clear(&kept);
	/* The newest that fit. */
	assert_int_equal(journal_lines_keep(text, strlen(text), 74, &kept), 0);
	assert_int_equal(bytes_length(&kept), 74);
	bytes_clear(&kept);
	assert_int_equal(journal_lines_keep(text, strlen(text), 73, &kept), 0);
	assert_int_equal(bytes_length(&kept), 34);
	bytes_finish(&kept);
}

static int folder_make(void **state)
{
	(void)state;
	uv_loop_init(&loop);
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_remove(void **state)
{
	char command[PATH_MAX];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_line),
		cmocka_unit_test(test_line_hostile), cmocka_unit_test(test_line_bounds),
		cmocka_unit_test(test_files), cmocka_unit_test(test_keep),
		cmocka_unit_test(test_guest_pushes_nothing_out),
		cmocka_unit_test(test_guest_floods), cmocka_unit_test(test_unwritable)};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
