#include "proto/host/program-options.h"

#include <getopt.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/host/standard-fds.h"

/* What getopt_long() returns; options of the program are their index. */
#define HELP 'h'
#define VERSION 'V'
#define FIRST 0x100

/* ---- values ---- */

static bool number_parse(const char *text, uint64_t least, uint64_t most, uint64_t *ret)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	*ret = strtoull(text, &end, 10);
	return !*end && *ret >= least && *ret <= most;
}

static bool fd_parse(const char *text, int *ret)
{
	uint64_t number;

	if (!number_parse(text, STDERR_FILENO + 1, INT_MAX, &number))
		return false;
	*ret = (int)number;
	return true;
}

bool program_log_level(void *values, const char *text)
{
	int level = log_level_parse(text);

	(void)values;
	if (level >= 0)
		log_set_level((enum log_level)level);
	return level >= 0;
}

static bool value_set(const struct program_option *option, void *values, const char *text)
{
	void *value = (char *)values + option->offset;

	switch (option->kind) {
	case PROGRAM_FLAG:
		*(bool *)value = true;
		return true;
	case PROGRAM_TEXT:
		*(const char **)value = text;
		return true;
	case PROGRAM_FD:
		return fd_parse(text, value);
	case PROGRAM_NUMBER:
		return number_parse(text, option->least, option->most, value);
	case PROGRAM_SET:
		return option->set(values, text);
	}
	return false;
}

/* ---- what is told ---- */

static int usage_wrong(const struct program_description *program)
{
	fprintf(stderr, "try: %s --help\n", program->name);
	return PROGRAM_EXIT_USAGE;
}

static int refuse(const struct program_description *program, const struct program_option *option,
	const char *text)
{
	fprintf(stderr, "%s: --%s: '%s' is not a valid ", program->name, option->name, text);
	if (option->kind == PROGRAM_FD)
		fprintf(stderr, "descriptor above 2\n");
	else if (option->kind == PROGRAM_NUMBER)
		fprintf(stderr, "number from %" PRIu64 " to %" PRIu64 "\n", option->least,
			option->most);
	else
		fprintf(stderr, "%s\n", option->what);
	return usage_wrong(program);
}

static int operand_take(
	const struct program_description *program, const char *operand, void *values)
{
	if (!operand) {
		fprintf(stderr, "%s: the %s is missing\n", program->name, program->operand_what);
		return usage_wrong(program);
	}
	if (program->operand(values, operand))
		return -1;
	fprintf(stderr, "%s: '%s' is not a valid %s\n", program->name, operand,
		program->operand_what);
	return usage_wrong(program);
}

static int check_whole(const struct program_description *program, const char *operand,
	const bool seen[PROGRAM_OPTIONS_MAX])
{
	if (operand) {
		fprintf(stderr, "%s: unexpected argument '%s'\n", program->name, operand);
		return usage_wrong(program);
	}
	for (size_t i = 0; program->options[i].name; i++) {
		if (!program->options[i].required || seen[i])
			continue;
		fprintf(stderr, "%s: --%s is missing\n", program->name, program->options[i].name);
		return usage_wrong(program);
	}
	return -1;
}

/* ---- the parser ---- */

static void table_make(const struct program_option *options, struct option *ret)
{
	size_t i = 0;

	for (; options[i].name; i++)
		ret[i] = (struct option){
			.name = options[i].name,
			.has_arg =
				options[i].kind == PROGRAM_FLAG ? no_argument : required_argument,
			.val = FIRST + (int)i,
		};
	ret[i++] = (struct option){.name = "help", .val = HELP};
	ret[i] = (struct option){.name = "version", .val = VERSION};
}

int program_options_parse(
	const struct program_description *program, int argc, char **argv, void *values)
{
	struct option table[PROGRAM_OPTIONS_MAX + 3] = {0};
	bool seen[PROGRAM_OPTIONS_MAX] = {false};
	int value;

	if (standard_fds_hold() < 0)
		return PROGRAM_EXIT_USAGE;
	table_make(program->options, table);
	while ((value = getopt_long(argc, argv, "h", table, NULL)) != -1) {
		if (value == HELP) {
			fputs(program->help, stdout);
			return standard_output_finish(program->name);
		}
		if (value == VERSION) {
			printf("%s %s\n", program->name, VMSILO_VERSION);
			return standard_output_finish(program->name);
		}
		if (value < FIRST)
			return usage_wrong(program);
		const struct program_option *option = &program->options[value - FIRST];
		seen[value - FIRST] = true;
		if (!value_set(option, values, optarg))
			return refuse(program, option, optarg);
	}
	int exit_code = program->operand ? operand_take(program, argv[optind], values) : -1;
	if (program->operand && argv[optind])
		optind++;
	return exit_code >= 0 ? exit_code : check_whole(program, argv[optind], seen);
}
