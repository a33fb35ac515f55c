#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/command/stop-vm.h"
#include "proto/broker.pb-c.h"

#define VMS_MAX 1024 /* at once */

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

/* Together with the others. */
static int one_stop(void *data, const char *vm)
{
	Vmsilo__Broker__StopVm request = *(const Vmsilo__Broker__StopVm *)data;

	request.vm = (char *)vm;
	return stop_vm_try(&request);
}

/* A netvm whose clients have been stopped meanwhile has none any more. */
static bool freed_stop(char *const *vms, Vmsilo__Broker__StopVm *request, int *codes)
{
	bool any = false;

	for (size_t i = 0; vms[i]; i++) {
		if (codes[i] != STOP_VM_IN_USE)
			continue;
		request->vm = vms[i];
		codes[i] = stop_vm_try(request);
		any = any || codes[i] != STOP_VM_IN_USE;
	}
	return any;
}

/* One that cannot be stopped does not keep the others from it. */
static int each_stop(char *const *vms, Vmsilo__Broker__StopVm *request)
{
	int codes[VMS_MAX], exit_code = 0;
	size_t count = 0;

	while (vms[count])
		if (++count > VMS_MAX) {
			fprintf(stderr, "vm-stop: give at most %d VMs, or --all\n", VMS_MAX);
			return EXIT_VMSILO;
		}
	ask_each(vms, one_stop, request, codes);
	while (count > 1 && freed_stop(vms, request, codes))
		;
	for (size_t i = 0; i < count; i++) {
		request->vm = vms[i];
		if (codes[i] == STOP_VM_IN_USE)
			codes[i] = stop_vm(request);
		exit_code = exit_code ? exit_code : codes[i];
	}
	return exit_code;
}

static int run(int argc, char **argv)
{
	Vmsilo__Broker__StopVm request = VMSILO__BROKER__STOP_VM__INIT;
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
			  : each_stop(operands, &request);
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

/* One that cannot be paused does not keep the others from it. In their order: a netvm can be when
 * its clients are. */
static int pause_each(char **operands)
{
	int exit_code = 0;

	for (; *operands; operands++) {
		Vmsilo__Broker__PauseVm request = VMSILO__BROKER__PAUSE_VM__INIT;
		request.vm = *operands;
		int code = ask_done(true, FRAME_PAUSE_VM, &request.base);
		exit_code = exit_code ? exit_code : code;
	}
	return exit_code;
}

static int pause_run(int argc, char **argv)
{
	Vmsilo__Broker__PauseVm request = VMSILO__BROKER__PAUSE_VM__INIT;
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
	return values.all ? ask_done(true, FRAME_PAUSE_VM, &request.base) : pause_each(operands);
}

const struct command command_pause = {
	.name = "pause",
	.program = "vm-pause",
	.summary = "pause VMs: they take no processor, and run on when they are used",
	.operands = "[VM...]",
	.text = "Pauses running VMs: each gives memory back, and stands still until it is asked "
		"for "
		"again.",
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
