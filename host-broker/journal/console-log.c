#include "host-broker/journal/console-log.h"

#include <stdlib.h>
#include <uv.h>

#include "host-broker/journal/line.h"
#include "host-broker/vm/vm.h"
#include "proto/base/terminal-filter.h"

#define CHUNK_SIZE 512

/* What is known of one VM: its slot. */
struct console_line {
	struct terminal_filter filter;
	char text[JOURNAL_TEXT_MAX]; /* the line that may go on */
	size_t length;
};

struct console_log {
	struct journal *journal;
	struct vm_watcher watcher;
};

static struct console_line *line_of(const struct console_log *log, const struct vm *vm)
{
	return vm_slot(vm, &log->watcher);
}

static void line_write(struct console_log *log, const struct vm *vm, struct console_line *line)
{
	if (line->length > 0)
		journal_add_guest(log->journal, vm_configuration(vm)->name, JOURNAL_SOURCE_CONSOLE,
			line->text, line->length);
	line->length = 0;
}

static void text_add(
	struct console_log *log, const struct vm *vm, const char *untrusted_text, size_t length)
{
	struct console_line *line = line_of(log, vm);

	for (size_t i = 0; i < length; i++) {
		if (untrusted_text[i] == '\n' || line->length == sizeof(line->text))
			line_write(log, vm, line);
		if (untrusted_text[i] != '\n')
			line->text[line->length++] = untrusted_text[i];
	}
}

static void on_console(void *data, struct vm *vm, const char *untrusted_bytes, size_t length)
{
	struct console_log *log = data;
	char untrusted_text[CHUNK_SIZE + TERMINAL_SEQUENCE_MAX];

	for (size_t at = 0; at < length;) {
		size_t count = length - at < CHUNK_SIZE ? length - at : CHUNK_SIZE;
		size_t filtered = terminal_filter(
			&line_of(log, vm)->filter, untrusted_bytes + at, count, untrusted_text);
		text_add(log, vm, untrusted_text, filtered);
		at += count;
	}
}

static void on_begin(void *data, struct vm *vm)
{
	terminal_filter_init(&line_of(data, vm)->filter, TERMINAL_TEXT);
}

static void on_end(void *data, struct vm *vm)
{
	line_write(data, vm, line_of(data, vm));
}

/* A VM that does not run has no line that could go on. */
static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	(void)from;
	if (!vm_is_off(vm))
		return;
	line_write(data, vm, line_of(data, vm));
	on_begin(data, vm);
}

int console_log_create(
	struct journal *journal, struct vm_watchers *watchers, struct console_log **ret)
{
	struct console_log *log = calloc(1, sizeof(*log));

	if (!log)
		return UV_ENOMEM;
	*log = (struct console_log){
		.journal = journal,
		.watcher = {.slot_size = sizeof(struct console_line),
			.on_begin = on_begin,
			.on_end = on_end,
			.on_state = on_state,
			.on_console = on_console,
			.data = log},
	};
	*ret = log;
	return vm_watchers_add(watchers, &log->watcher);
}

void console_log_destroy(struct console_log *log)
{
	free(log);
}
