#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "proto/broker.pb-c.h"

static int run(int argc, char **argv)
{
	Vmsilo__Broker__Start request = VMSILO__BROKER__START__INIT;
	char **operands;
	int exit_code = options_parse(&command_start, argc, argv, NULL, &operands);

	if (exit_code >= 0)
		return exit_code;
	request.vm = operands[0];
	return ask_done(true, FRAME_START, &request.base);
}

const struct command command_start = {
	.name = "start",
	.program = "vm-start",
	.summary = "start a VM",
	.operands = "VM",
	.run = run,
};
