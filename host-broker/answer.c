#include "host-broker/answer.h"

#include <string.h>

#include "proto/text.h"

#define MONITOR_LINES_MAX 8
#define MONITOR_LINE_SIZE 256

/* The last lines of text, escaped; returns how many. */
static size_t monitor_lines(
	const char *text, char lines[MONITOR_LINES_MAX][MONITOR_LINE_SIZE], char **pointers)
{
	size_t total = 0, count = 0;

	for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n')
		total += strcspn(at, "\n") > 0;
	size_t skip = total > MONITOR_LINES_MAX ? total - MONITOR_LINES_MAX : 0;
	for (const char *at = text; *at; at += *at == '\n') {
		size_t length = strcspn(at, "\n");
		if (length > 0 && skip > 0) {
			skip--;
		} else if (length > 0) {
			text_escape(lines[count], MONITOR_LINE_SIZE, at, length);
			pointers[count] = lines[count];
			count++;
		}
		at += length;
	}
	return count;
}

int answer_failure(struct channel *channel, const struct failure *failure)
{
	Vmsilo__Broker__Failure answer = VMSILO__BROKER__FAILURE__INIT;
	char lines[MONITOR_LINES_MAX][MONITOR_LINE_SIZE];
	char *monitor[MONITOR_LINES_MAX], *console[CONSOLE_LINES_MAX];

	answer.code = failure->code;
	answer.text = (char *)failure->text;
	answer.monitor = monitor;
	answer.n_monitor = monitor_lines(failure->monitor, lines, monitor);
	if (failure->console) {
		for (size_t i = 0; i < failure->console->count; i++)
			console[i] = (char *)failure->console->lines[i];
		answer.console = console;
		answer.n_console = failure->console->count;
	}
	return channel_send(channel, FRAME_FAILURE, 0, &answer.base);
}
