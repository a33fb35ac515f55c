/*
 * A command as a table: its options and operands give the parser, --help and the completions.
 *
 *   static const struct command_option stop_options[] = {
 *           {'f', "force", NULL, "kill it", OPTION_FLAG, offsetof(struct values, force), NULL},
 *           {0},
 *   };
 *   const struct command command_stop = {
 *           .name = "stop", .program = "vm-stop", .summary = "stop a VM", .operands = "VM",
 *           .options = stop_options, .run = stop_run};
 *
 * Operands are words: VM must be there, [VM] may, ARGUMENT... and [ARGUMENT...] repeat. A word says
 * what completes it: VM, FILE, COMMAND. Options end where a COMMAND begins to be described: at the
 * first operand.
 */
#ifndef VMSILO_BROKER_CLI_BASE_OPTIONS_H
#define VMSILO_BROKER_CLI_BASE_OPTIONS_H

#include <stddef.h>
#include <stdio.h>

#define COMMAND_OPTIONS_MAX 32

enum option_kind {
	OPTION_FLAG,   /* bool; takes no argument */
	OPTION_TEXT,   /* const char *, of argv */
	OPTION_NUMBER, /* uint32_t */
	OPTION_SET,    /* set() is called, with NULL when the option takes no argument */
};

struct command_option {
	char letter;          /* 0: none */
	const char *name;     /* long; NULL: none */
	const char *argument; /* its name for people and completions; NULL: it takes none */
	const char *help;     /* one line; may have newlines */
	enum option_kind kind;
	size_t offset; /* of the value in the command's own struct */
	/* A negative UV_E* refuses the text. */
	int (*set)(void *values, const char *text);
};

struct command {
	const char *name;                     /* vmsilo NAME */
	const char *program;                  /* the link that stands for it; NULL: none */
	const char *summary;                  /* one line, for the list of commands */
	const char *operands;                 /* "" for none */
	const char *text;                     /* after the summary in --help; NULL: none */
	const char *text_end;                 /* after the options; NULL: none */
	const struct command_option *options; /* ends with an empty one */
	int (*run)(int argc, char **argv);
};

/* Returns an exit code to end with (after --help, or wrong usage, which is told), or -1 to go on
 * with *ret_operands: NULL-terminated, of argv. */
int options_parse(
	const struct command *command, int argc, char **argv, void *values, char ***ret_operands);
/* "vm-run" or "vmsilo list" */
void options_print_name(const struct command *command, FILE *file);
void options_print_help(const struct command *command, FILE *file);
/* The word of operands that describes the index-th, "" when there is none; "VM", without brackets
 * and dots. */
void options_operand(const struct command *command, int index, char *ret, size_t size);

#endif
