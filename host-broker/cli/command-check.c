#include <stdio.h>

#include "host-broker/cli/ask.h"
#include "host-broker/cli/commands.h"
#include "host-broker/cli/report.h"
#include "host-broker/config.h"

static int run(int argc, char **argv)
{
	struct config *config;
	struct error error = {0};
	struct paths paths;
	char **operands;
	int exit_code = options_parse(&command_check, argc, argv, NULL, &operands);

	if (exit_code >= 0)
		return exit_code;
	if (ask_paths(&paths, &error) < 0)
		return report_error(&error);
	const char *path = operands[0] ? operands[0] : paths.config;
	if (config_load(path, &config, &error) < 0) {
		error.code = 0; /* its ENOENT is not the missing broker's */
		return report_error(&error);
	}
	printf("%s: %zu VMs, no errors\n", path, config->vms_count);
	config_destroy(config);
	return 0;
}

const struct command command_check = {
	.name = "check",
	.summary = "read the configuration without side effects",
	.operands = "[FILE]",
	.run = run,
};
