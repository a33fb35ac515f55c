/* What is kept of a console, and how it reads. */
#include <stdio.h>
#include <string.h>

#include "host-broker/console-ring.h"
#include "tests/lib/test.h"

static struct console_lines lines;

static void add(struct console_ring *ring, const char *text)
{
	console_ring_add(ring, text, strlen(text));
}

static void test_lines(void **state)
{
	struct console_ring ring;

	(void)state;
	console_ring_init(&ring);
	console_ring_lines(&ring, &lines);
	assert_int_equal(lines.count, 0);
	add(&ring, "one\r\n\r\ntw");
	add(&ring, "o\n\x1b[31mthree  ");
	console_ring_lines(&ring, &lines);
	assert_int_equal(lines.count, 3);
	assert_string_equal(lines.lines[0], "one");
	assert_string_equal(lines.lines[1], "two");
	assert_string_equal(lines.lines[2], "\\x1b[31mthree");
	console_ring_finish(&ring);
}

/* More lines than are told, more bytes than are kept, and one addition larger than all. */
static void test_bounds(void **state)
{
	struct console_ring ring;
	static char large[3 * CONSOLE_RING_SIZE];
	char line[32];

	(void)state;
	console_ring_init(&ring);
	for (int i = 0; i < 5000; i++) {
		snprintf(line, sizeof(line), "line %d\n", i);
		add(&ring, line);
	}
	console_ring_lines(&ring, &lines);
	assert_int_equal(lines.count, CONSOLE_LINES_MAX);
	assert_string_equal(lines.lines[0], "line 4980");
	assert_string_equal(lines.lines[CONSOLE_LINES_MAX - 1], "line 4999");

	memset(large, 'x', sizeof(large));
	console_ring_add(&ring, large, sizeof(large));
	assert_int_equal(ring.length, CONSOLE_RING_SIZE);
	console_ring_lines(&ring, &lines);
	assert_int_equal(lines.count, 1);
	assert_true(strlen(lines.lines[0]) < CONSOLE_LINE_SIZE);
	console_ring_clear(&ring);
	assert_int_equal(ring.length, 0);
	console_ring_finish(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines), cmocka_unit_test(test_bounds)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
