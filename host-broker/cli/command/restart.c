#include <stdbool.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/command/stop-vm.h"
#include "proto/broker.pb-c.h"

struct values {
	bool force, ignore_clients;
};

static const struct command_option options[] = {
	{'f', "force", NULL, "stop it at once, without asking the guest", OPTION_FLAG,
		offsetof(struct values, force), NULL},
	{'i', "ignore-clients", NULL, "also when VMs run that go through it to the network",
		OPTION_FLAG, offsetof(struct values, ignore_clients), NULL},
	{0},
};

static int run(int argc, char **argv)
{
	Vmsilo__Broker__StopVm stop = VMSILO__BROKER__STOP_VM__INIT;
	Vmsilo__Broker__Start start = VMSILO__BROKER__START__INIT;
	struct values values = {0};
	char **operands;
	int exit_code = options_parse(&command_restart, argc, argv, &values, &operands);

	if (exit_code >= 0)
		return exit_code;
	stop.vm = start.vm = operands[0];
	stop.force = values.force;
	stop.ignore_clients = values.ignore_clients;
	exit_code = stop_vm(&stop);
	return exit_code == 0 ? ask_done(true, FRAME_START, &start.base) : exit_code;
}

const struct command command_restart = {
	.name = "restart",
	.program = "vm-restart",
	.summary = "stop a VM and start it again",
	.operands = "VM",
	.text = "Stops a VM as vm-stop does, and starts it again. A stopped VM is just started.",
	.options = options,
	.run = run,
};
