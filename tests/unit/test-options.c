/* A command as a table: what its options and operands take, and how it is shown. */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/base/options.h"
#include "tests/lib/test.h"

struct values {
	bool flag;
	const char *text;
	uint32_t number;
	int times;
};

static int count_even(void *values, const char *text)
{
	((struct values *)values)->times++;
	return strlen(text) % 2 ? -EINVAL : 0;
}

static const struct command_option table[] = {
	{'f', "flag", NULL, "a flag", OPTION_FLAG, offsetof(struct values, flag), NULL},
	{'t', NULL, "TEXT", "a text", OPTION_TEXT, offsetof(struct values, text), NULL},
	{0, "number", "N", "a number,\nin two lines", OPTION_NUMBER,
		offsetof(struct values, number), NULL},
	{'e', "even", "WORD", "an even word", OPTION_SET, 0, count_even},
	{0},
};

static const struct command one = {
	.name = "one", .summary = "does one", .operands = "VM [FILE]", .options = table};
static const struct command rest = {.name = "rest",
	.program = "vm-rest",
	.operands = "VM COMMAND [ARGUMENT...]",
	.options = table};
static const struct command bare = {.name = "bare", .operands = ""};
static const struct command many = {.name = "many", .operands = "SOURCE... TARGET"};

static struct values values;
static char **operands;

static int parse(const struct command *command, const char *line)
{
	static char copy[256];
	static char *argv[16];
	int argc = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (char *word = strtok(copy, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	values = (struct values){0};
	optind = 0;
	return options_parse(command, argc, argv, &values, &operands);
}

static void test_values(void **state)
{
	(void)state;
	assert_int_equal(parse(&one, "one -f -t x --number=7 -e ab --even abcd work"), -1);
	assert_true(values.flag);
	assert_string_equal(values.text, "x");
	assert_int_equal(values.number, 7);
	assert_int_equal(values.times, 2);
	assert_string_equal(operands[0], "work");
	assert_null(operands[1]);
	assert_int_equal(parse(&one, "one --number 4294967295 work"), -1);
	assert_int_equal(values.number, UINT32_MAX);
}

static void test_refused(void **state)
{
	static const char *const lines[] = {"one --number 4294967296 work", "one --number -1 work",
		"one --number 1x work", "one --number= work", "one -e abc work", "one --other work",
		"one -t", "one -f", "one a b c"};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(parse(&one, lines[i]), EXIT_VMSILO);
	assert_int_equal(parse(&bare, "bare work"), EXIT_VMSILO);
	assert_int_equal(parse(&rest, "vm-rest work"), EXIT_VMSILO);
	assert_int_equal(parse(&many, "many source"), EXIT_VMSILO);
}

/* What follows the VM is the command's own, whatever it looks like. */
static void test_command_words(void **state)
{
	(void)state;
	assert_int_equal(parse(&rest, "vm-rest -f work ls -t --other"), -1);
	assert_true(values.flag);
	assert_null(values.text);
	assert_string_equal(operands[1], "ls");
	assert_string_equal(operands[3], "--other");
	assert_int_equal(parse(&one, "one work -f"), -1);
	assert_true(values.flag);
}

static void test_operands(void **state)
{
	char word[16];

	(void)state;
	options_operand(&rest, 0, word, sizeof(word));
	assert_string_equal(word, "VM");
	options_operand(&rest, 2, word, sizeof(word));
	assert_string_equal(word, "ARGUMENT");
	options_operand(&rest, 9, word, sizeof(word));
	assert_string_equal(word, "ARGUMENT");
	options_operand(&one, 1, word, sizeof(word));
	assert_string_equal(word, "FILE");
	options_operand(&one, 2, word, sizeof(word));
	assert_string_equal(word, "");
	options_operand(&bare, 0, word, sizeof(word));
	assert_string_equal(word, "");
	options_operand(&many, 7, word, sizeof(word));
	assert_string_equal(word, "SOURCE");
	options_operand(&rest, 1, word, 4);
	assert_string_equal(word, "COM");
}

static void test_help(void **state)
{
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	options_print_help(&one, file);
	fclose(file);
	assert_string_equal(text, "usage: vmsilo one [OPTION...] VM [FILE]\n\ndoes one\n\n"
				  "  -f, --flag            a flag\n"
				  "  -t TEXT               a text\n"
				  "      --number=N        a number,\n"
				  "                        in two lines\n"
				  "  -e, --even=WORD       an even word\n"
				  "  -h, --help            show this help\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused), cmocka_unit_test(test_command_words),
		cmocka_unit_test(test_operands), cmocka_unit_test(test_help)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
