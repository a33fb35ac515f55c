#include "host-broker/client/answer.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/log.h"
#include "proto/base/text.h"

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

static const char *code_name(Vmsilo__Broker__Failure__Code code)
{
	const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
		&vmsilo__broker__failure__code__descriptor, (int)code);

	return value ? value->name : "?";
}

/* No failure goes without words: who wrote this one forgot them. */
static const char *words_of(const struct failure *failure, const char *vm, char *out, size_t size)
{
	if (failure->text && failure->text[0])
		return failure->text;
	snprintf(out, size, "%s%s%sthe request failed (%s) without a message; please report this",
		vm[0] ? "vm \"" : "", vm, vm[0] ? "\": " : "", code_name(failure->code));
	log_error(NULL, "%s", out);
	return out;
}

int answer_failure(struct channel *channel, const char *vm, const struct failure *failure)
{
	char words[256];
	Vmsilo__Broker__Failure answer = VMSILO__BROKER__FAILURE__INIT;
	char lines[MONITOR_LINES_MAX][MONITOR_LINE_SIZE];
	char *monitor[MONITOR_LINES_MAX], *console[CONSOLE_LINES_MAX];

	answer.code = failure->code;
	answer.text = (char *)words_of(failure, vm, words, sizeof(words));
	answer.monitor = monitor;
	answer.n_monitor = monitor_lines(failure->monitor ? failure->monitor : "", lines, monitor);
	if (failure->console) {
		for (size_t i = 0; i < failure->console->count; i++)
			console[i] = (char *)failure->console->lines[i];
		answer.console = console;
		answer.n_console = failure->console->count;
	}
	return channel_send(channel, FRAME_FAILURE, 0, &answer.base);
}
