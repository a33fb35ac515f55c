/* A vector of strings as execve(2) takes it: argv, env. */
#ifndef VMSILO_AGENT_PROGRAM_STRINGS_H
#define VMSILO_AGENT_PROGRAM_STRINGS_H

#include <stdbool.h>
#include <stddef.h>

struct strings {
	char **items; /* NULL-terminated, each the vector's own */
	size_t count;
};

/* Room for capacity of them. False, here and below: out of memory. */
bool strings_init(struct strings *strings, size_t capacity);
void strings_finish(struct strings *strings);
/* Takes item, which is NULL when its maker had no memory. */
bool strings_take(struct strings *strings, char *item);
/* bytes: without NUL; may be NULL when length is 0. */
bool strings_add(struct strings *strings, const void *bytes, size_t length);

#endif
