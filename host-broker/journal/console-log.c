#include "host-broker/journal/console-log.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/journal/line.h"
#include "host-broker/vm/vm.h"
#include "proto/base/terminal-filter.h"

#define CHUNK_SIZE 512

/* One VM's. */
struct console_lines_state {
	TAILQ_ENTRY(console_lines_state) link; /* in console_log.vms */
	const struct vm *vm;
	struct terminal_filter filter;
	char line[JOURNAL_TEXT_MAX];
	size_t length;
};

struct console_log {
	struct journal *journal;
	struct vm_watchers *watchers;
	struct vm_watcher watcher;
	TAILQ_HEAD(, console_lines_state) vms;
};

static struct console_lines_state *state_find(const struct console_log *log, const struct vm *vm)
{
	struct console_lines_state *state;

	TAILQ_FOREACH(state, &log->vms, link)
	if (state->vm == vm)
		return state;
	return NULL;
}

static struct console_lines_state *state_get(struct console_log *log, const struct vm *vm)
{
	struct console_lines_state *state = state_find(log, vm);

	if (state)
		return state;
	state = calloc(1, sizeof(*state));
	if (!state)
		return NULL;
	state->vm = vm;
	terminal_filter_init(&state->filter, TERMINAL_TEXT);
	TAILQ_INSERT_TAIL(&log->vms, state, link);
	return state;
}

static void line_end(struct console_log *log, struct console_lines_state *state)
{
	if (state->length > 0)
		journal_add_guest(log->journal, vm_configuration(state->vm)->name,
			JOURNAL_SOURCE_CONSOLE, state->line, state->length);
	state->length = 0;
}

static void text_add(
	struct console_log *log, struct console_lines_state *state, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n' || state->length == sizeof(state->line))
			line_end(log, state);
		if (text[i] != '\n')
			state->line[state->length++] = text[i];
	}
}

static void on_console(void *data, struct vm *vm, const char *untrusted_bytes, size_t length)
{
	struct console_log *log = data;
	struct console_lines_state *state = state_get(log, vm);
	char text[CHUNK_SIZE + TERMINAL_SEQUENCE_MAX];

	for (size_t at = 0; state && at < length;) {
		size_t count = length - at < CHUNK_SIZE ? length - at : CHUNK_SIZE;
		size_t filtered =
			terminal_filter(&state->filter, untrusted_bytes + at, count, text);
		text_add(log, state, text, filtered);
		at += count;
	}
}

static void state_end(struct console_log *log, struct console_lines_state *state)
{
	line_end(log, state);
	TAILQ_REMOVE(&log->vms, state, link);
	free(state);
}

/* A VM that does not run has no line that could go on. */
static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	struct console_log *log = data;
	struct console_lines_state *state = state_find(log, vm);
	enum vm_state now = vm_state(vm);
	bool ended =
		change == VM_CHANGE_STATE && (now == VM_STATE_STOPPED || now == VM_STATE_FAILED);

	if (state && (ended || change == VM_CHANGE_REMOVED))
		state_end(log, state);
}

int console_log_create(
	struct journal *journal, struct vm_watchers *watchers, struct console_log **ret)
{
	struct console_log *log = calloc(1, sizeof(*log));

	if (!log)
		return UV_ENOMEM;
	*log = (struct console_log){
		.journal = journal,
		.watchers = watchers,
		.watcher = {.on_change = on_change, .on_console = on_console, .data = log},
	};
	TAILQ_INIT(&log->vms);
	/* Before who tells states: a console's last line stands before the end that it led to. */
	TAILQ_INSERT_HEAD(watchers, &log->watcher, link);
	*ret = log;
	return 0;
}

void console_log_destroy(struct console_log *log)
{
	struct console_lines_state *state;

	TAILQ_REMOVE(log->watchers, &log->watcher, link);
	while ((state = TAILQ_FIRST(&log->vms)))
		state_end(log, state);
	free(log);
}
