/*
 * What a guest printed, made fit for the user's terminal. Pure.
 *
 * A terminal obeys escape sequences: some make it answer, as if the user had typed (status,
 * position and title reports, ENQ), some reach beyond its screen (clipboard, printer, window), some
 * change what keys and the mouse send. An answer that comes when the guest is no longer attached
 * goes to the user's own shell. So sequences are let through by name, and all others are left out:
 *
 *   TEXT    none: lines for a log. Tab and newline stay.
 *   REPLAY  colours, erasing in the line: what was printed before, shown at once.
 *   LIVE    also what full-screen programs need: moving, erasing, inserting, scrolling, the other
 *           screen, line drawing, the cursor's shape, and the bell.
 *
 * Strings (OSC, DCS, APC, PM, SOS) never pass, C1 controls neither, as bytes or as UTF-8. Bytes
 * that are not UTF-8 become '?'. A sequence may come in pieces. (ECMA-48; xterm's ctlseqs.)
 */
#ifndef VMSILO_PROTO_BASE_TERMINAL_FILTER_H
#define VMSILO_PROTO_BASE_TERMINAL_FILTER_H

#include <stddef.h>
#include <stdint.h>

#define TERMINAL_SEQUENCE_MAX 64 /* bytes; a longer one is left out */
#define TERMINAL_STRING_MAX 4096 /* bytes after which a string without an end is one no more */

/* Undoes what LIVE lets through: for the end. */
#define TERMINAL_RESET "\x1b[!p\x1b[?1049l\x1b[?2004l\x1b[?25h\x1b(B\x0f\x1b[m"

enum terminal_mode { TERMINAL_TEXT, TERMINAL_REPLAY, TERMINAL_LIVE };

enum terminal_state {
	TERMINAL_GROUND,
	TERMINAL_CHARACTER,     /* inside one of several bytes */
	TERMINAL_ESCAPE,        /* ESC, and perhaps intermediate bytes */
	TERMINAL_CONTROL,       /* ESC [ */
	TERMINAL_STRING,        /* ESC ] P X ^ _ */
	TERMINAL_STRING_ESCAPE, /* and ESC in it, which may begin its end */
};

struct terminal_filter {
	enum terminal_mode mode;
	enum terminal_state state;
	char sequence[TERMINAL_SEQUENCE_MAX]; /* that began and may pass */
	size_t length;                        /* of it; of a string: what was left out */
	size_t wanted;                        /* of a character */
};

void terminal_filter_init(struct terminal_filter *filter, enum terminal_mode mode);
/* out has room for length + TERMINAL_SEQUENCE_MAX bytes. Returns how many were put there. */
size_t terminal_filter(
	struct terminal_filter *filter, const char *untrusted, size_t length, char *out);

#endif
