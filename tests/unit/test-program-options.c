#include <getopt.h>
#include <stddef.h>

#include "proto/host/program-options.h"
#include "tests/lib/test.h"

struct values {
	bool flag;
	const char *text;
	int fd;
	uint64_t number;
	char set;
};

static bool letter_set(void *values, const char *text)
{
	((struct values *)values)->set = text[0];
	return text[0] >= 'a' && text[1] == '\0';
}

static const struct program_option options[] = {
	{"flag", PROGRAM_FLAG, .offset = offsetof(struct values, flag)},
	{"text", PROGRAM_TEXT, .offset = offsetof(struct values, text)},
	{"fd", PROGRAM_FD, .offset = offsetof(struct values, fd)},
	{"number", PROGRAM_NUMBER, .offset = offsetof(struct values, number), .least = 3,
		.most = 4294967294, .required = true},
	{"letter", PROGRAM_SET, .set = letter_set, .what = "letter"},
	{0},
};

static const struct program_description program = {
	.name = "program", .help = "", .options = options};

/* Up to three words after the program's name. */
static int parse(struct values *values, const char *one, const char *two, const char *three)
{
	char *argv[] = {"program", (char *)one, (char *)two, (char *)three, NULL};
	int argc = 1;

	while (argv[argc])
		argc++;
	optind = 0;
	*values = (struct values){.fd = -1};
	return program_options_parse(&program, argc, argv, values);
}

static void test_values(void **state)
{
	struct values values;

	(void)state;
	assert_int_equal(parse(&values, "--number=3", "--flag", "--text=x y"), -1);
	assert_true(values.flag);
	assert_string_equal(values.text, "x y");
	assert_int_equal(values.number, 3);
	assert_int_equal(values.fd, -1);
	assert_int_equal(parse(&values, "--number=4294967294", "--fd=3", "--letter=q"), -1);
	assert_int_equal(values.fd, 3);
	assert_int_equal(values.set, 'q');
}

static void test_refused(void **state)
{
	static const char *const wrong[] = {"--number=2", "--number=4294967295",
		"--number=", "--number=+3", "--number= 3", "--number=3x",
		"--number=99999999999999999999", "--fd=2", "--fd=-1", "--fd=2147483648",
		"--letter=A", "--letter=ab", "--nothing", "--flag=1", "--text", "operand"};
	struct values values;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(parse(&values, "--number=3", wrong[i], NULL), PROGRAM_EXIT_USAGE);
	/* The required one is missing. */
	assert_int_equal(parse(&values, "--flag", NULL, NULL), PROGRAM_EXIT_USAGE);
}

static void test_help(void **state)
{
	struct values values;

	(void)state;
	assert_int_equal(parse(&values, "--help", NULL, NULL), 0);
	assert_int_equal(parse(&values, "-h", NULL, NULL), 0);
	assert_int_equal(parse(&values, "--version", NULL, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
