#include "host-broker/cli/base/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/cli/base/exit-codes.h"

#define LONG_ONLY \
	0x1000 /* above any letter: what getopt_long returns for an option without one \
		*/
#define HELP_COLUMN 24

/* ---- the operands' words ---- */

/* The index-th word, or NULL; *length without what separates it from the next. */
static const char *word_at(const char *operands, int index, size_t *length)
{
	const char *at = operands;

	for (; *at; at += strspn(at, " "), index--) {
		*length = strcspn(at, " ");
		if (index == 0)
			return at;
		at += *length;
	}
	return NULL;
}

static bool word_repeats(const char *word, size_t length)
{
	return memmem(word, length, "...", 3);
}

void options_operand(const struct command *command, int index, char *ret, size_t size)
{
	size_t length = 0;
	const char *word = word_at(command->operands, index, &length);

	/* The one that repeats stands for all that follow. */
	for (int last = index - 1; !word && last >= 0; last--) {
		word = word_at(command->operands, last, &length);
		if (word && !word_repeats(word, length))
			word = NULL;
	}
	if (word && word[0] == '[') {
		word++;
		length--;
	}
	size_t used = 0;
	while (word && used < length && word[used] != ']' && word[used] != '.' && used + 1 < size)
		used++;
	if (used > 0)
		memcpy(ret, word, used);
	ret[used] = '\0';
}

static bool operands_fit(const struct command *command, int count)
{
	int least = 0, most = 0;
	bool repeats = false;
	size_t length;
	const char *word;

	for (; (word = word_at(command->operands, most, &length)); most++) {
		least += word[0] != '[';
		repeats = repeats || word_repeats(word, length);
	}
	return count >= least && (repeats || count <= most);
}

/* ---- help ---- */

void options_print_name(const struct command *command, FILE *file)
{
	if (command->program)
		fputs(command->program, file);
	else
		fprintf(file, "vmsilo %s", command->name);
}

static void option_print(const struct command_option *option, FILE *file)
{
	char left[80];
	const char *line = option->help;

	snprintf(left, sizeof(left), "  %c%c%s%s%s%s%s", option->letter ? '-' : ' ',
		option->letter ? option->letter : ' ', option->letter && option->name ? ", " : "",
		option->letter ? "" : "  ", option->name ? "--" : "",
		option->name ? option->name : "", option->argument && option->name ? "=" : "");
	size_t length = strlen(left);
	if (option->argument)
		snprintf(left + length, sizeof(left) - length, "%s%s", option->name ? "" : " ",
			option->argument);
	fprintf(file, "%-*s", HELP_COLUMN, left);
	if (strlen(left) >= HELP_COLUMN)
		fprintf(file, "\n%*s", HELP_COLUMN, "");
	for (size_t used; (used = strcspn(line, "\n")), line[used]; line += used + 1)
		fprintf(file, "%.*s\n%*s", (int)used, line, HELP_COLUMN, "");
	fprintf(file, "%s\n", line);
}

static const struct command_option help_option = {
	.letter = 'h', .name = "help", .help = "show this help"};

static bool is_end(const struct command_option *option)
{
	return !option->letter && !option->name;
}

void options_print_help(const struct command *command, FILE *file)
{
	const struct command_option *option = command->options;

	fputs("usage: ", file);
	options_print_name(command, file);
	fprintf(file, " [OPTION...]%s%s\n\n", command->operands[0] ? " " : "", command->operands);
	fprintf(file, "%s\n\n", command->text ? command->text : command->summary);
	for (; option && !is_end(option); option++)
		option_print(option, file);
	option_print(&help_option, file);
	if (command->text_end)
		fprintf(file, "\n%s\n", command->text_end);
}

/* ---- the parser ---- */

static int usage_wrong(const struct command *command)
{
	fputs("try: ", stderr);
	options_print_name(command, stderr);
	fputs(" --help\n", stderr);
	return EXIT_VMSILO;
}

static int number_set(uint32_t *value, const char *text)
{
	char *end;

	errno = 0;
	unsigned long number = strtoul(text, &end, 10);
	if (errno || *end || end == text || text[0] == '-' || number > UINT32_MAX)
		return -EINVAL;
	*value = (uint32_t)number;
	return 0;
}

static int value_set(const struct command_option *option, void *values, const char *text)
{
	void *value = (char *)values + option->offset;

	switch (option->kind) {
	case OPTION_FLAG:
		*(bool *)value = true;
		return 0;
	case OPTION_TEXT:
		*(const char **)value = text;
		return 0;
	case OPTION_NUMBER:
		return number_set(value, text);
	case OPTION_SET:
		return option->set(values, text);
	}
	return 0;
}

static int option_take(const struct command *command, const struct command_option *option,
	void *values, const char *text)
{
	if (value_set(option, values, text) == 0)
		return -1;
	options_print_name(command, stderr);
	fprintf(stderr, ": %s%s: '%s' is not a valid %s\n", option->name ? "--" : "-",
		option->name ? option->name : (const char[]){option->letter, '\0'},
		text ? text : "", option->argument ? option->argument : "value");
	return usage_wrong(command);
}

struct getopt_tables {
	char letters[2 * COMMAND_OPTIONS_MAX + 8];
	struct option names[COMMAND_OPTIONS_MAX + 2];
};

static void tables_add(struct getopt_tables *tables, size_t *names, const char *name, char letter,
	bool argument, int value)
{
	size_t length = strlen(tables->letters);

	if (name)
		tables->names[(*names)++] = (struct option){
			.name = name,
			.has_arg = argument ? required_argument : no_argument,
			.val = value,
		};
	if (letter)
		snprintf(tables->letters + length, sizeof(tables->letters) - length, "%c%s", letter,
			argument ? ":" : "");
}

static void tables_make(const struct command *command, struct getopt_tables *ret)
{
	size_t names = 0;

	*ret = (struct getopt_tables){0};
	/* +: what follows the first operand is the command's own. */
	if (strstr(command->operands, "COMMAND"))
		strcpy(ret->letters, "+");
	for (int i = 0;
		command->options && !is_end(&command->options[i]) && i < COMMAND_OPTIONS_MAX; i++) {
		const struct command_option *option = &command->options[i];
		tables_add(ret, &names, option->name, option->letter, option->argument,
			option->letter ? option->letter : LONG_ONLY + i);
	}
	tables_add(ret, &names, help_option.name, help_option.letter, false, help_option.letter);
}

static const struct command_option *option_find(const struct command *command, int value)
{
	if (value >= LONG_ONLY)
		return &command->options[value - LONG_ONLY];
	for (const struct command_option *option = command->options; !is_end(option); option++)
		if (option->letter == value)
			return option;
	return NULL;
}

int options_parse(
	const struct command *command, int argc, char **argv, void *values, char ***ret_operands)
{
	struct getopt_tables tables;
	int value, exit_code;

	tables_make(command, &tables);
	while ((value = getopt_long(argc, argv, tables.letters, tables.names, NULL)) != -1) {
		if (value == '?')
			return usage_wrong(command);
		if (value == help_option.letter) {
			options_print_help(command, stdout);
			return 0;
		}
		exit_code = option_take(command, option_find(command, value), values, optarg);
		if (exit_code >= 0)
			return exit_code;
	}
	*ret_operands = argv + optind;
	if (operands_fit(command, argc - optind))
		return -1;
	options_print_name(command, stderr);
	fprintf(stderr, ": %s arguments; expected: %s\n",
		argv[optind] ? "wrong number of" : "missing",
		command->operands[0] ? command->operands : "none");
	return usage_wrong(command);
}
