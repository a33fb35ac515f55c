#include <stdio.h>
#include <string.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/exit-codes.h"
#include "proto/broker.pb-c.h"

static const struct command_option options[] = {{0}};

static int run(int argc, char **argv)
{
	Vmsilo__Broker__ResetRoot request = VMSILO__BROKER__RESET_ROOT__INIT;
	char **operands;
	int exit_code = options_parse(&command_root, argc, argv, NULL, &operands);

	if (exit_code >= 0)
		return exit_code;
	if (strcmp(operands[0], "reset") != 0) {
		fprintf(stderr, "vmsilo root: unknown word \"%s\"; try: vmsilo root reset VM\n",
			operands[0]);
		return EXIT_VMSILO;
	}
	request.vm = operands[1];
	return ask_done(true, FRAME_RESET_ROOT, &request.base);
}

const struct command command_root = {
	.name = "root",
	.summary = "throw away the layer that a stopped VM has kept over its image",
	.operands = "reset VM",
	.text = "What the guest wrote on its root with 'root: {keep: true}' is removed. The next "
		"start has the\nimage as it is, of its newest generation. Its home and its disks "
		"stay.",
	.options = options,
	.run = run,
};
