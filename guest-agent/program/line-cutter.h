/* Cuts what a program prints into lines for the log; a longer line than a log's comes in parts.
 * Pure. */
#ifndef VMSILO_AGENT_PROGRAM_LINE_CUTTER_H
#define VMSILO_AGENT_PROGRAM_LINE_CUTTER_H

#include <stddef.h>

#include "proto/limits.h"

struct line_cutter {
	char line[LOG_LINE_MAX]; /* what has no newline yet */
	size_t length;
};

/* line: without its newline, length bytes of anything. */
typedef void (*line_cutter_cb)(void *data, const char *line, size_t length);

void line_cutter_feed(struct line_cutter *cutter, const char *bytes, size_t length,
	line_cutter_cb on_line, void *data);
/* There is no more: the last line may lack its newline. */
void line_cutter_end(struct line_cutter *cutter, line_cutter_cb on_line, void *data);

#endif
