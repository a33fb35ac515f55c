/*
 * The last bytes that a guest printed: a bounded ring, read as lines for error messages, and whole
 * for clients that attach to the console. Pure.
 */
#ifndef VMSILO_BROKER_SYSTEM_CONSOLE_RING_H
#define VMSILO_BROKER_SYSTEM_CONSOLE_RING_H

#include <stddef.h>

#define CONSOLE_RING_SIZE (256 * 1024) /* bytes: some 3000 lines */
#define CONSOLE_RING_FIRST 16384       /* what is allocated first; doubled as it fills */
#define CONSOLE_LINES_MAX 20           /* lines told in a failure */
#define CONSOLE_LINE_SIZE 256          /* of the escaped text of one, with its terminator */

struct console_ring {
	char *bytes; /* allocated with the first byte: a VM that never ran costs nothing */
	size_t capacity;
	size_t start;
	size_t length;
};

struct console_lines {
	size_t count;
	char lines[CONSOLE_LINES_MAX][CONSOLE_LINE_SIZE]; /* oldest first, printable */
};

void console_ring_init(struct console_ring *ring);
void console_ring_finish(struct console_ring *ring);
void console_ring_clear(struct console_ring *ring);
/* What does not fit pushes the oldest out. Drops everything when memory is short. */
void console_ring_add(struct console_ring *ring, const char *untrusted, size_t length);
/* All of it, oldest first: out has room for ring->length bytes. */
void console_ring_copy(const struct console_ring *ring, char *out);
/* The last lines in which something is to be read, escaped, without sequences for a terminal. */
void console_ring_lines(const struct console_ring *ring, struct console_lines *ret);

#endif
