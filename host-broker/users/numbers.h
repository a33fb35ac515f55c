/*
 * Numbers that were given to names and stay theirs: text of one line each, "NAME NUMBER"; what
 * begins with '#' is a comment. Neither a name nor a number is there twice. Pure.
 */
#ifndef VMSILO_BROKER_USERS_NUMBERS_H
#define VMSILO_BROKER_USERS_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUMBER_NAME_MAX 63 /* bytes of a name */

struct number_rules {
	const char *head; /* comments that the text begins with, each with its newline */
	size_t most;      /* lines */
	bool (*is_name)(const char *name);
	bool (*is_number)(uint32_t number);
};

struct number {
	char name[NUMBER_NAME_MAX + 1];
	uint32_t value;
};

struct numbers {
	const struct number_rules *rules; /* of who makes the table */
	struct number *items;
	size_t count;
};

/* Into an empty table. UV_EINVAL, with the number of the line (from 1), for anything else, and for
 * what is there twice; UV_ENOMEM. */
int numbers_parse(struct numbers *numbers, const char *text, unsigned int *ret_line);
/* The caller's to free; NULL: out of memory. */
char *numbers_print(const struct numbers *numbers);
/* Empties it. */
void numbers_finish(struct numbers *numbers);

/* NULL: none. */
struct number *numbers_find(const struct numbers *numbers, const char *name);
struct number *numbers_find_value(const struct numbers *numbers, uint32_t value);
/* Neither is there yet. UV_ENOMEM; UV_ENOSPC. */
int numbers_add(struct numbers *numbers, const char *name, uint32_t value);

#endif
