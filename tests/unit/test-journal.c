/* Journals: their lines, their files, their bounds. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/journal-line.h"
#include "host-broker/journal.h"
#include "proto/log.h"
#include "tests/lib/test.h"

static char line[JOURNAL_LINE_SIZE];
static char folder[] = "/tmp/vmsilo-journal-XXXXXX";
static int warnings;

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
	assert_int_equal(journal_create(path, &journal), 0);
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
	assert_int_equal(journal_create(path, &journal), 0);
	journal_add(journal, "work", "state", "again", 5);
	assert_int_equal(size_of(journal, 0), before + 24 + 1 + 5 + 1 + 5 + 1);
	journal_forget(journal, "work");
	journal_destroy(journal);
}

/* Said once, until it works again. */
static void test_unwritable(void **state)
{
	struct journal *journal;
	char path[PATH_MAX];

	(void)state;
	snprintf(path, sizeof(path), "%s/file", folder);
	close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	assert_int_equal(journal_create(path, &journal), 0);
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
}

static int folder_make(void **state)
{
	(void)state;
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
		cmocka_unit_test(test_files), cmocka_unit_test(test_unwritable)};

	return cmocka_run_group_tests(tests, folder_make, folder_remove);
}
