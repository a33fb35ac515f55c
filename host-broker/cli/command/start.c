#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "proto/broker.pb-c.h"

static int one_start(void *data, const char *vm)
{
	Vmsilo__Broker__Start request = VMSILO__BROKER__START__INIT;

	(void)data;
	request.vm = (char *)vm;
	return ask_done(true, FRAME_START, &request.base);
}

static int run(int argc, char **argv)
{
	char **operands;
	int exit_code = options_parse(&command_start, argc, argv, NULL, &operands);

	return exit_code >= 0 ? exit_code : ask_each(operands, one_start, NULL, NULL);
}

const struct command command_start = {
	.name = "start",
	.program = "vm-start",
	.summary = "start VMs",
	.operands = "VM...",
	.run = run,
};
