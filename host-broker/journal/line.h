/*
 * One entry of a VM's journal, as a line: the time in UTC, what it is of, and its text, printable.
 * Pure.
 *
 *   2026-11-24T22:24:17.123Z state running
 *   2026-11-24T22:24:17.123Z console [    0.000000] Linux version 6.1.0
 */
#ifndef VMSILO_BROKER_JOURNAL_LINE_H
#define VMSILO_BROKER_JOURNAL_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/base/bytes.h"

#define JOURNAL_SOURCE_MAX 64 /* bytes; what is longer is cut */
#define JOURNAL_TEXT_MAX 1024 /* bytes before they are made printable; likewise */
#define JOURNAL_TIME_LENGTH 24
#define JOURNAL_LINE_SIZE \
	(JOURNAL_TIME_LENGTH + 1 + JOURNAL_SOURCE_MAX + 1 + 4 * JOURNAL_TEXT_MAX + 2)

/* The source of a journal's last line when it goes on in a newer file. No guest can write one. */
#define JOURNAL_SOURCE_TURNED "turned"
/* What a guest can make as much of as it likes: its console, its detached programs, and that lines
 * of it were left out. All others are the host's own. */
#define JOURNAL_SOURCE_CONSOLE "console"
#define JOURNAL_SOURCE_PROGRAM "program"
#define JOURNAL_SOURCE_LEFT_OUT "left-out"

struct journal_line {
	char time[JOURNAL_TIME_LENGTH + 1];
	char source[JOURNAL_SOURCE_MAX + 1];
	const char *text; /* in the line that was parsed */
};

/* With its newline. Returns its length. */
size_t journal_line_format(char ret[JOURNAL_LINE_SIZE], uint64_t unix_ms, const char *source,
	const char *untrusted_text, size_t length);
/* line: without its newline, null-terminated. False when it is no entry. */
bool journal_line_parse(const char *line, struct journal_line *ret);
/* Appends the newest of the lines in text that are the host's own, at most max bytes. UV_ENOMEM. */
int journal_lines_keep(const char *text, size_t length, size_t max, struct bytes *ret);

#endif
