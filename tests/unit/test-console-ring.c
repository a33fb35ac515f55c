/* What is kept of a console, and how it reads. */
#include <stdio.h>
#include <string.h>

#include "host-broker/system/console-ring.h"
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
	/* As systemd begins: nothing to read. */
	add(&ring, "o\n\x1b[!p\x1b]104\x07\x1b[?7h\n\x1b[31mthree\x1b[0m  \x1b[K");
	console_ring_lines(&ring, &lines);
	assert_int_equal(lines.count, 3);
	assert_string_equal(lines.lines[0], "one");
	assert_string_equal(lines.lines[1], "two");
	assert_string_equal(lines.lines[2], "three");
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
	for (int i = 0; i < 50000; i++) {
		snprintf(line, sizeof(line), "line %d\n", i);
		add(&ring, line);
	}
	console_ring_lines(&ring, &lines);
	assert_int_equal(lines.count, CONSOLE_LINES_MAX);
	assert_string_equal(lines.lines[0], "line 49980");
	assert_string_equal(lines.lines[CONSOLE_LINES_MAX - 1], "line 49999");

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

/* It grows as it fills, and what it has is the end of all that came, at every size. */
static void test_copy(void **state)
{
	static char all[3 * CONSOLE_RING_SIZE], copy[CONSOLE_RING_SIZE];
	struct console_ring ring;
	size_t length = 0;

	(void)state;
	console_ring_init(&ring);
	console_ring_copy(&ring, copy);
	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)(i * 31 + i / 977);
	for (size_t piece = 1; length + piece <= sizeof(all); piece = piece * 7 / 5 + 1) {
		console_ring_add(&ring, all + length, piece);
		length += piece;
		size_t kept = length < CONSOLE_RING_SIZE ? length : CONSOLE_RING_SIZE;
		assert_int_equal(ring.length, kept);
		assert_true(ring.capacity < 2 * kept || ring.capacity == CONSOLE_RING_FIRST);
		console_ring_copy(&ring, copy);
		assert_memory_equal(copy, all + length - kept, kept);
	}
	assert_true(length > 2 * CONSOLE_RING_SIZE);
	console_ring_finish(&ring);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines),
		cmocka_unit_test(test_copy), cmocka_unit_test(test_bounds)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
