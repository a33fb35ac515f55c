/* What of a guest's output reaches the user's terminal, mode by mode. */
#include <stdio.h>
#include <string.h>

#include "proto/base/terminal-filter.h"
#include "tests/lib/test.h"

static char out[16384];

static const char *filtered(enum terminal_mode mode, const char *text)
{
	struct terminal_filter filter;

	terminal_filter_init(&filter, mode);
	size_t length = terminal_filter(&filter, text, strlen(text), out);
	out[length] = '\0';
	return out;
}

static void same(enum terminal_mode mode, const char *text)
{
	assert_string_equal(filtered(mode, text), text);
}

static void gone(enum terminal_mode mode, const char *sequence)
{
	char text[512];

	snprintf(text, sizeof(text), "a%sb", sequence);
	assert_string_equal(filtered(mode, text), "ab");
}

/* In no mode. */
static void test_what_answers(void **state)
{
	static const char *const sequences[] = {"\x05", "\x1b[c", "\x1b[0c", "\x1b[>c", "\x1b[=c",
		"\x1b[5n", "\x1b[6n", "\x1b[?6n", "\x1b[x", "\x1b[1x", "\x1b[21t", "\x1b[14t",
		"\x1bZ", "\x1b[?1$p", "\x1b[4$p", "\x1b[>q", "\x1b[?u", "\x1b[>1u",
		"\x1bP$qm\x1b\\", "\x1bP+q544e\x1b\\", "\x1b]4;1;?\a", "\x1b]10;?\x1b\\",
		"\x1b]52;c;?\a", "\x1b]50;?\a", "\x1b_Gi=1\x1b\\", "\x1b^x\x1b\\", "\x1bXx\x1b\\",
		"\x1b[1*y"};

	(void)state;
	for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++)
		for (int mode = TERMINAL_TEXT; mode <= TERMINAL_LIVE; mode++)
			gone((enum terminal_mode)mode, sequences[i]);
}

/* Nor what reaches beyond the screen, or makes mouse, focus and keys send something else. */
static void test_what_reaches_out(void **state)
{
	static const char *const sequences[] = {"\x1b]0;title\a", "\x1b]2;t\x1b\\",
		"\x1b]52;c;aGk=\a", "\x1b]8;;http://x\a", "\x1b[5i", "\x1b[?5i", "\x1b[8;1;1t",
		"\x1b[?1000h", "\x1b[?1002h", "\x1b[?1003h", "\x1b[?1004h", "\x1b[?1006h",
		"\x1b[?25;1000h", "\x1b[?1000;25l", "\x1b[?9h", "\x1b[20h", "\x1b[2h", "\x1b[>4;2m",
		"\x1b[1;2;3;4;5T", "\x1b G", "\x1b F", "\x1b%G", "\x1b%@", "\x1bn", "\x1b~",
		"\x1b[?s", "\x1b[?1049r", "\x1b[1\"q", "\x1b[62\"p", "\x1b[1$|", "\x1b[?h",
		"\x1b[?;h", "\x1b[?25;h", "\x1b[h"};

	(void)state;
	for (size_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++)
		for (int mode = TERMINAL_TEXT; mode <= TERMINAL_LIVE; mode++)
			gone((enum terminal_mode)mode, sequences[i]);
}

static void test_text(void **state)
{
	(void)state;
	same(TERMINAL_TEXT, "plain\ttext\ngrüße 漢字 🙂\n");
	assert_string_equal(filtered(TERMINAL_TEXT, "\x1b[1;31mred\x1b[m\r\n\b\a"), "red\n");
}

static void test_replay(void **state)
{
	(void)state;
	same(TERMINAL_REPLAY, "\x1b[1;38;2;1;2;3mred\x1b[m\x1b[K\r\n\tx\b");
	gone(TERMINAL_REPLAY, "\x1b[2J");
	gone(TERMINAL_REPLAY, "\x1b[10;10H");
	gone(TERMINAL_REPLAY, "\x1b[?25l");
	gone(TERMINAL_REPLAY, "\x1b[?K");
	gone(TERMINAL_REPLAY, "\x1b"
			      "7");
	gone(TERMINAL_REPLAY, "\x1b(0");
	gone(TERMINAL_REPLAY, "\a\x0e");
}

static void test_live(void **state)
{
	(void)state;
	same(TERMINAL_LIVE, "\x1b[?1049h\x1b[?1h\x1b=\x1b[1;24r\x1b[2J\x1b[H\x1b(0\x0eqq\x0f\x1b(B"
			    "\x1b[5@\x1b[2P\x1b[3L\x1b[M\x1b[4h\x1b[4l\x1b[?25l\x1b[2 q\x1b[!p"
			    "\x1b[?2004h\x1b[3S\x1b[2T\x1b[s\x1b[u\x1b"
			    "7\x1b"
			    "8\x1bM\a\r\n");
	same(TERMINAL_LIVE, TERMINAL_RESET);
	same(TERMINAL_LIVE, "\x1b[?25;7h");
}

static void test_controls_as_characters(void **state)
{
	(void)state;
	for (int mode = TERMINAL_TEXT; mode <= TERMINAL_LIVE; mode++) {
		/* CSI as one byte, and as U+009B; U+00A0 is none. */
		assert_string_equal(filtered((enum terminal_mode)mode, "a\x9b"
								       "6nb"),
			"a?6nb");
		assert_string_equal(filtered((enum terminal_mode)mode, "a\xc2\x9b"
								       "6nb"),
			"a?6nb");
		same((enum terminal_mode)mode, "a\xc2\xa0"
					       "b");
		assert_string_equal(filtered((enum terminal_mode)mode, "a\x7f\x01"
								       "b"),
			"ab");
		/* Overlong, a surrogate, too large, cut off. */
		assert_string_equal(filtered((enum terminal_mode)mode, "\xc0\x9b"), "??");
		assert_string_equal(filtered((enum terminal_mode)mode, "\xe0\x82\x9b"), "?");
		assert_string_equal(filtered((enum terminal_mode)mode, "\xed\xa0\x80"), "?");
		assert_string_equal(filtered((enum terminal_mode)mode, "\xf4\x90\x80\x80"), "?");
		assert_string_equal(filtered((enum terminal_mode)mode, "\xe2\x82x"), "?x");
	}
}

/* What interrupts a sequence is not part of it. */
static void test_interrupted(void **state)
{
	(void)state;
	assert_string_equal(filtered(TERMINAL_LIVE, "\x1b[3\x1b[6nx"), "x");
	assert_string_equal(filtered(TERMINAL_LIVE, "\x1b[3\nmx"), "\nmx");
	assert_string_equal(filtered(TERMINAL_LIVE, "\x1b[3\x18mx"), "mx");
	assert_string_equal(filtered(TERMINAL_LIVE, "\x1b]0;t\x1b[6nx"), "x");
	assert_string_equal(filtered(TERMINAL_LIVE, "\x1b]0;t\nx"), "\nx");
	assert_string_equal(filtered(TERMINAL_LIVE, "\x1b\x1b[31mx"), "\x1b[31mx");
	assert_string_equal(filtered(TERMINAL_LIVE, "\x1b[31"), "");
}

static void test_bounds(void **state)
{
	char text[TERMINAL_STRING_MAX + 16];

	(void)state;
	/* The longest sequence that passes, and one byte more. */
	memset(text, '1', sizeof(text));
	memcpy(text, "\x1b[", 2);
	memcpy(text + TERMINAL_SEQUENCE_MAX - 1, "m", 2);
	same(TERMINAL_LIVE, text);
	text[TERMINAL_SEQUENCE_MAX - 1] = '1';
	memcpy(text + TERMINAL_SEQUENCE_MAX, "mx", 3);
	assert_string_equal(filtered(TERMINAL_LIVE, text), "x");
	/* A string without an end hides so much, and no more. */
	memset(text, 's', sizeof(text));
	memcpy(text, "\x1b]", 2);
	text[2 + TERMINAL_STRING_MAX] = '\0';
	assert_string_equal(filtered(TERMINAL_LIVE, text), "");
	text[2 + TERMINAL_STRING_MAX] = 's';
	memcpy(text + 2 + TERMINAL_STRING_MAX + 1, "xy", 3);
	assert_string_equal(filtered(TERMINAL_LIVE, text), "xy");
}

static void test_in_pieces(void **state)
{
	static const char text[] = "\x1b[31mre\x1b]0;t\x1b\\d\xe2\x82\xac\x1b[6n\x1b[?1049h.";
	char whole[128], piece[TERMINAL_SEQUENCE_MAX + 1];
	struct terminal_filter filter;
	size_t length = 0;

	(void)state;
	memcpy(whole, filtered(TERMINAL_LIVE, text), sizeof(whole));
	assert_string_equal(whole, "\x1b[31mred\xe2\x82\xac\x1b[?1049h.");
	terminal_filter_init(&filter, TERMINAL_LIVE);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		size_t got = terminal_filter(&filter, text + i, 1, piece);
		memcpy(out + length, piece, got);
		length += got;
	}
	assert_int_equal(length, strlen(whole));
	assert_memory_equal(out, whole, length);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_answers),
		cmocka_unit_test(test_what_reaches_out), cmocka_unit_test(test_text),
		cmocka_unit_test(test_replay), cmocka_unit_test(test_live),
		cmocka_unit_test(test_controls_as_characters), cmocka_unit_test(test_interrupted),
		cmocka_unit_test(test_bounds), cmocka_unit_test(test_in_pieces)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
