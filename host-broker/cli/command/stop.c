#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/command/stop-vm.h"
#include "proto/broker.pb-c.h"

#define VMS_MAX 1024 /* at once */

/* What is asked of each VM. */
struct each {
	const char *program;
	/* Returns an exit code, as in stop-vm.h: also ASK_IN_USE, which is told if it is the last
	 * time that this VM is asked for. */
	int (*ask)(const void *data, const char *vm, bool last);
	const void *data;
};

static int each_try(void *data, const char *vm)
{
	const struct each *each = data;

	return each->ask(each->data, vm, false);
}

/* A netvm whose clients have been stopped or paused meanwhile is not in use any more. */
static bool freed_ask(char *const *vms, const struct each *each, int *codes)
{
	bool any = false;

	for (size_t i = 0; vms[i]; i++) {
		if (codes[i] != ASK_IN_USE)
			continue;
		codes[i] = each->ask(each->data, vms[i], false);
		any = any || codes[i] != ASK_IN_USE;
	}
	return any;
}

/* At the same time. One that refuses does not keep the others from it. */
static int each_ask(char *const *vms, struct each *each)
{
	int codes[VMS_MAX], exit_code = 0;
	size_t count = 0;

	while (vms[count])
		if (++count > VMS_MAX) {
			fprintf(stderr, "%s: give at most %d VMs, or --all\n", each->program,
				VMS_MAX);
			return EXIT_VMSILO;
		}
	ask_each(vms, each_try, each, codes);
	while (count > 1 && freed_ask(vms, each, codes))
		;
	for (size_t i = 0; i < count; i++) {
		if (codes[i] == ASK_IN_USE)
			codes[i] = each->ask(each->data, vms[i], true);
		exit_code = exit_code ? exit_code : codes[i];
	}
	return exit_code;
}

/* ---- stop ---- */

struct values {
	bool force, all, ignore_clients;
	uint32_t timeout_s;
};

static const struct command_option options[] = {
	{'f', "force", NULL, "stop at once, without asking the guest", OPTION_FLAG,
		offsetof(struct values, force), NULL},
	{'a', "all", NULL, "stop all VMs at the same time", OPTION_FLAG,
		offsetof(struct values, all), NULL},
	{'i', "ignore-clients", NULL, "also when VMs run that go through it to the network",
		OPTION_FLAG, offsetof(struct values, ignore_clients), NULL},
	{'t', "time", "SECONDS", "use this instead of the VM's stop_timeout", OPTION_NUMBER,
		offsetof(struct values, timeout_s), NULL},
	{0},
};

static int stop_ask(const void *data, const char *vm, bool last)
{
	Vmsilo__Broker__StopVm request = *(const Vmsilo__Broker__StopVm *)data;

	request.vm = (char *)vm;
	return last ? stop_vm(&request) : stop_vm_try(&request);
}

static int run(int argc, char **argv)
{
	Vmsilo__Broker__StopVm request = VMSILO__BROKER__STOP_VM__INIT;
	struct each each = {"vm-stop", stop_ask, &request};
	struct values values = {0};
	char **operands;
	int exit_code = options_parse(&command_stop, argc, argv, &values, &operands);

	if (exit_code >= 0)
		return exit_code;
	if (!operands[0] == !values.all) {
		fputs("vm-stop: give VMs or --all; try: vm-stop --help\n", stderr);
		return EXIT_VMSILO;
	}
	request.all = values.all;
	request.force = values.force;
	request.ignore_clients = values.ignore_clients;
	request.timeout_ms =
		values.timeout_s > UINT32_MAX / 1000 ? UINT32_MAX : values.timeout_s * 1000;
	return values.all ? ask_done(true, FRAME_STOP_VM, &request.base)
			  : each_ask(operands, &each);
}

/* ---- pause ---- */

struct pause_values {
	bool all;
};

static const struct command_option pause_options[] = {
	{'a', "all", NULL, "pause all VMs that run", OPTION_FLAG,
		offsetof(struct pause_values, all), NULL},
	{0},
};

static int pause_ask(const void *data, const char *vm, bool last)
{
	Vmsilo__Broker__PauseVm request = VMSILO__BROKER__PAUSE_VM__INIT;

	(void)data;
	request.vm = (char *)vm;
	return last ? ask_done(true, FRAME_PAUSE_VM, &request.base)
		    : ask_unless_in_use(FRAME_PAUSE_VM, &request.base);
}

static int pause_run(int argc, char **argv)
{
	Vmsilo__Broker__PauseVm request = VMSILO__BROKER__PAUSE_VM__INIT;
	struct each each = {"vm-pause", pause_ask, NULL};
	struct pause_values values = {0};
	char **operands;
	int exit_code = options_parse(&command_pause, argc, argv, &values, &operands);

	if (exit_code >= 0)
		return exit_code;
	if (!operands[0] == !values.all) {
		fputs("vm-pause: give VMs or --all; try: vm-pause --help\n", stderr);
		return EXIT_VMSILO;
	}
	request.all = values.all;
	return values.all ? ask_done(true, FRAME_PAUSE_VM, &request.base)
			  : each_ask(operands, &each);
}

const struct command command_pause = {
	.name = "pause",
	.program = "vm-pause",
	.summary = "pause VMs: they take no processor, and run on when they are used",
	.operands = "[VM...]",
	.text = "Pauses running VMs at the same time: each gives memory back, and stands still "
		"until it is\nasked for again.",
	.options = pause_options,
	.run = pause_run,
};

const struct command command_stop = {
	.name = "stop",
	.program = "vm-stop",
	.summary = "stop VMs",
	.operands = "[VM...]",
	.text = "Stops VMs at the same time, each so: the agent is asked to shut down, then the "
		"power button is\npressed, then the VM is killed; each step has its share of the "
		"VM's stop_timeout.",
	.options = options,
	.run = run,
};
