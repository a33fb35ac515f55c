/*
 * The command line of a program that is started by others (a broker, a unit) more than by people:
 * long options, one operand at most. What people type is host-broker/cli/base/options.h.
 *
 *   static const struct program_option options[] = {
 *           {"vhost-fd", PROGRAM_FD, .offset = offsetof(struct options, vhost_fd), .required =
 * true}, {0},
 *   };
 *
 * --help and --version are there by themselves.
 */
#ifndef VMSILO_PROTO_HOST_PROGRAM_OPTIONS_H
#define VMSILO_PROTO_HOST_PROGRAM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROGRAM_OPTIONS_MAX 16
#define PROGRAM_EXIT_USAGE 2

enum program_option_kind {
	PROGRAM_FLAG,   /* bool; takes no value */
	PROGRAM_TEXT,   /* const char *, of argv */
	PROGRAM_FD,     /* int: an inherited descriptor, none of stdin, stdout and stderr */
	PROGRAM_NUMBER, /* uint64_t: decimal, from least to most */
	PROGRAM_SET,    /* set() takes it, or refuses it with false */
};

struct program_option {
	const char *name;
	enum program_option_kind kind;
	size_t offset; /* of the value in the program's own struct; not for SET */
	uint64_t least, most;
	bool (*set)(void *values, const char *text);
	const char *what; /* SET: what is expected, "endpoint" */
	bool required;
};

struct program_description {
	const char *name;
	const char *help;                     /* the whole text */
	const struct program_option *options; /* ends with an empty one */
	/* Of a program that takes one operand, and needs it: false for what it cannot be. NULL: it
	 * takes none. */
	bool (*operand)(void *values, const char *text);
	const char *operand_what; /* "name of a VM" */
};

/* Holds the standard descriptors (standard-fds.h). Returns an exit code to end with (0 after --help
 * and --version, or 1 when they could not be printed; PROGRAM_EXIT_USAGE after wrong usage, which
 * is told), or -1 to go on. values: set to what holds without an option before. */
int program_options_parse(
	const struct program_description *program, int argc, char **argv, void *values);

/* For SET: the log's level, at once. */
bool program_log_level(void *values, const char *text);

#endif
