#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/exit-codes.h"
#include "proto/broker.pb-c.h"
#include "proto/wire/message.h"

#define WATCH_S 1
#define CLEAR "\x1b[H\x1b[2J" /* the terminal's screen */

struct values {
	bool json;
	bool watch;
};

static const struct command_option options[] = {
	{'j', "json", NULL, "as JSON; with --watch one object per line", OPTION_FLAG,
		offsetof(struct values, json), NULL},
	{'w', "watch", NULL, "repeat once a second", OPTION_FLAG, offsetof(struct values, watch),
		NULL},
	{0},
};

static const char *state_name(Vmsilo__Broker__MemoryVm__State state)
{
	static const char *const names[] = {
		"fixed", "steady", "giving", "getting", "stalled", "paused"};

	return (unsigned int)state < 6 ? names[state] : "?";
}

/* ---- for people ---- */

static void print_size(uint64_t bytes)
{
	printf(" %8" PRIu64 "M", bytes >> 20);
}

static void print_pressure(const Vmsilo__Broker__MemoryPressure *pressure)
{
	printf(" %8.2f%%", pressure ? pressure->some_avg10 / 100.0 : 0);
}

static void print_vm(const Vmsilo__Broker__MemoryVm *vm)
{
	printf("%-20s %-8s", vm->name, state_name(vm->state));
	print_size(vm->actual_bytes);
	print_size(vm->wanted_bytes);
	print_size(vm->min_bytes);
	print_size(vm->max_bytes);
	if (vm->told)
		print_size(vm->available_bytes);
	else
		printf(" %9s", "?");
	print_size(vm->resident_bytes);
	print_pressure(vm->pressure);
	putchar('\n');
}

static void print_text(const Vmsilo__Broker__MemoryList *list)
{
	printf("host: %" PRIu64 "M available of %" PRIu64 "M, %" PRIu64 "M reserved for it",
		list->available_bytes >> 20, list->total_bytes >> 20, list->reserve_bytes >> 20);
	if (list->budget_bytes)
		printf("; VMs are limited to %" PRIu64 "M together", list->budget_bytes >> 20);
	printf("; pressure %.2f%%\n\n", list->pressure ? list->pressure->some_avg10 / 100.0 : 0);
	printf("%-20s %-8s %9s %9s %9s %9s %9s %9s %9s\n", "NAME", "STATE", "HAS", "WANTED", "MIN",
		"MAX", "AVAILABLE", "HOST", "PRESSURE");
	for (size_t i = 0; i < list->n_vms; i++)
		print_vm(list->vms[i]);
}

/* ---- for programs ---- */

static json_t *pressure_json(const Vmsilo__Broker__MemoryPressure *pressure)
{
	if (!pressure)
		return json_null();
	return json_pack("{s:f, s:f, s:f, s:f, s:I, s:I}", "some_avg10",
		pressure->some_avg10 / 100.0, "some_avg60", pressure->some_avg60 / 100.0,
		"full_avg10", pressure->full_avg10 / 100.0, "full_avg60",
		pressure->full_avg60 / 100.0, "some_total_us", (json_int_t)pressure->some_total_us,
		"full_total_us", (json_int_t)pressure->full_total_us);
}

/* null: the agent has not told. */
static json_t *told_json(const Vmsilo__Broker__MemoryVm *vm, uint64_t value)
{
	return vm->told ? json_integer((json_int_t)value) : json_null();
}

static json_t *vm_json(const Vmsilo__Broker__MemoryVm *vm)
{
	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "name",
		vm->name, "state", state_name(vm->state), "min_bytes", (json_int_t)vm->min_bytes,
		"max_bytes", (json_int_t)vm->max_bytes, "actual_bytes",
		(json_int_t)vm->actual_bytes, "wanted_bytes", (json_int_t)vm->wanted_bytes,
		"resident_bytes", (json_int_t)vm->resident_bytes, "available_bytes",
		told_json(vm, vm->available_bytes), "free_bytes", told_json(vm, vm->free_bytes),
		"cached_bytes", told_json(vm, vm->cached_bytes), "age_ms",
		told_json(vm, vm->age_ms), "pressure", pressure_json(vm->pressure));
}

static void print_json(const Vmsilo__Broker__MemoryList *list, bool line)
{
	json_t *vms = json_array();

	for (size_t i = 0; i < list->n_vms; i++)
		json_array_append_new(vms, vm_json(list->vms[i]));
	json_t *root = json_pack("{s:{s:I, s:I, s:I, s:o, s:o}, s:o}", "host", "total_bytes",
		(json_int_t)list->total_bytes, "available_bytes", (json_int_t)list->available_bytes,
		"reserve_bytes", (json_int_t)list->reserve_bytes, "budget_bytes",
		list->budget_bytes ? json_integer((json_int_t)list->budget_bytes) : json_null(),
		"pressure", pressure_json(list->pressure), "vms", vms);
	json_dumpf(root, stdout, line ? JSON_COMPACT : JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

static int memory_print(const struct values *values, char *vm)
{
	Vmsilo__Broker__Memory request = VMSILO__BROKER__MEMORY__INIT;
	struct broker_answer answer;

	request.vm = vm ? vm : "";
	int exit_code = ask(false, FRAME_MEMORY, &request.base, FRAME_MEMORY_LIST, &answer);
	if (exit_code != 0)
		return exit_code;
	const Vmsilo__Broker__MemoryList *list = (const Vmsilo__Broker__MemoryList *)answer.message;
	if (values->watch && !values->json && isatty(STDOUT_FILENO))
		fputs(CLEAR, stdout);
	if (values->json)
		print_json(list, values->watch);
	else
		print_text(list);
	message_free(answer.message);
	return fflush(stdout) == 0 ? 0 : EXIT_VMSILO;
}

static int run(int argc, char **argv)
{
	struct values values = {0};
	char **operands;
	int exit_code = options_parse(&command_memory, argc, argv, &values, &operands);

	if (exit_code >= 0)
		return exit_code;
	exit_code = memory_print(&values, operands[0]);
	while (exit_code == 0 && values.watch) {
		sleep(WATCH_S);
		exit_code = memory_print(&values, operands[0]);
	}
	return exit_code;
}

const struct command command_memory = {
	.name = "memory",
	.summary = "show how memory is shared between the host and the VMs",
	.operands = "[VM]",
	.text = "HAS is what the balloon leaves the guest, WANTED the size it is being moved to, "
		"HOST the host\nmemory that it actually uses. AVAILABLE and PRESSURE are the "
		"guest's own figures: what its\nprograms can have at once, and how much of the "
		"last 10 s they waited for memory.",
	.options = options,
	.run = run,
};
