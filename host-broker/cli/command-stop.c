#include <stdbool.h>

#include "host-broker/cli/ask.h"
#include "host-broker/cli/commands.h"
#include "proto/broker.pb-c.h"

struct values {
	bool force;
};

static const struct command_option options[] = {
	{'f', "force", NULL, "at once, without asking the guest", OPTION_FLAG,
		offsetof(struct values, force), NULL},
	{0},
};

static int run(int argc, char **argv)
{
	Vmsilo__Broker__StopVm request = VMSILO__BROKER__STOP_VM__INIT;
	struct values values = {0};
	char **operands;
	int exit_code = options_parse(&command_stop, argc, argv, &values, &operands);

	if (exit_code >= 0)
		return exit_code;
	request.vm = operands[0];
	request.force = values.force;
	return ask_done(true, FRAME_STOP_VM, &request.base);
}

const struct command command_stop = {
	.name = "stop",
	.program = "vm-stop",
	.summary = "stop a VM",
	.operands = "VM",
	.text = "Stops a VM: the agent is asked to shut down, then the power button is pressed, "
		"then the\n"
		"VM is killed; each has its part of the VM's stop_timeout.",
	.options = options,
	.run = run,
};
