#include "host-broker/monitor/helpers.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

void helpers_init(struct helpers *helpers, const char *vm, helper_gone_cb on_gone, void *data)
{
	*helpers = (struct helpers){.vm = vm, .on_gone = on_gone, .data = data};
}

static void on_helper_gone(void *data, int status)
{
	struct helper *helper = data;
	struct helpers *helpers = helper->helpers;
	char last_words[PROCESS_TAIL_SIZE + 1];

	snprintf(last_words, sizeof(last_words), "%s", process_tail(helper->process));
	process_destroy(helper->process);
	helper->process = NULL;
	helpers->on_gone(helpers->data, helper->name, status, last_words);
}

static struct helper *helper_next(struct helpers *helpers, const char *name)
{
	struct helper *helper = &helpers->items[helpers->count];

	*helper = (struct helper){.helpers = helpers};
	snprintf(helper->name, sizeof(helper->name), "%s", name);
	return helper;
}

static int helper_start(struct helpers *helpers, uv_loop_t *loop,
	const struct monitor_helper *description, struct error *error)
{
	struct child_options options = {.identity = description->identity,
		.capabilities = description->rights,
		.own_pids = description->own_pids,
		.vm = helpers->vm};
	struct helper *helper;

	if (helpers->count == MONITOR_HELPERS_MAX)
		return error_set(error, UV_E2BIG, "more than %d processes beside its monitor",
			MONITOR_HELPERS_MAX);
	helper = helper_next(helpers, description->name);
	command_options(&description->command, &options);
	int code = command_error(&description->command);
	if (code < 0)
		return error_set(error, code, "out of memory");
	code = process_start(loop, &options, on_helper_gone, helper, &helper->process, error);
	if (code == 0)
		helpers->count++;
	return code;
}

int helpers_start(struct helpers *helpers, uv_loop_t *loop, const struct monitor_launch *launch,
	struct monitor_processes *processes, struct error *error)
{
	for (size_t i = 0; i < launch->helpers_count; i++) {
		const struct monitor_helper *description = &launch->helpers[i];
		int code = helper_start(helpers, loop, description, error);
		if (code < 0)
			return code;
		code = monitor_processes_add(
			processes, description->key, process_id(helpers->items[i].process));
		if (code < 0)
			return error_set(error, code, "two processes beside it are called \"%s\"",
				description->key);
	}
	return 0;
}

/* "vsock_device" is "the vsock device" for people. */
static void name_of_key(const char *key, char *out, size_t size)
{
	snprintf(out, size, "the %s", key);
	for (char *at = out; *at; at++)
		if (*at == '_')
			*at = ' ';
}

int helpers_adopt(
	struct helpers *helpers, uv_loop_t *loop, const struct monitor_processes *processes)
{
	for (size_t i = 0; i < processes->count; i++) {
		char name[sizeof(helpers->items[0].name)];
		if (strcmp(processes->items[i].key, MONITOR_KEY) == 0)
			continue;
		name_of_key(processes->items[i].key, name, sizeof(name));
		struct helper *helper = helper_next(helpers, name);
		int code = process_adopt(
			loop, processes->items[i].id, on_helper_gone, helper, &helper->process);
		if (code < 0)
			return code;
		helpers->count++;
	}
	return 0;
}

void helpers_signal(struct helpers *helpers, int signal)
{
	for (size_t i = 0; i < helpers->count; i++)
		if (helpers->items[i].process)
			process_kill(helpers->items[i].process, signal);
}

const char *helpers_left(const struct helpers *helpers)
{
	for (size_t i = 0; i < helpers->count; i++)
		if (helpers->items[i].process)
			return helpers->items[i].name;
	return NULL;
}

bool helpers_gone(const struct helpers *helpers)
{
	return !helpers_left(helpers);
}

bool helpers_live(const struct helpers *helpers)
{
	for (size_t i = 0; i < helpers->count; i++)
		if (!helpers->items[i].process || !process_lives(helpers->items[i].process))
			return false;
	return true;
}

void helpers_finish(struct helpers *helpers)
{
	for (size_t i = 0; i < helpers->count; i++)
		if (helpers->items[i].process)
			process_destroy(helpers->items[i].process);
	helpers->count = 0;
}
