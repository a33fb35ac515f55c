#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "host-broker/cli/ask.h"
#include "host-broker/cli/commands.h"
#include "host-broker/cli/report.h"
#include "host-broker/config.h"

struct values {
	bool json;
};

static const struct command_option options[] = {
	{'j', "json", NULL, "as JSON", OPTION_FLAG, offsetof(struct values, json), NULL},
	{0},
};

/* error: NULL for none. */
static void check_json(const char *path, size_t vms, const char *error)
{
	json_t *root = json_pack("{s:s, s:b, s:I, s:s}", "file", path, "ok", error == NULL, "vms",
		(json_int_t)vms, "error", error ? error : "");

	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

static int run(int argc, char **argv)
{
	struct config *config;
	struct error error = {0};
	struct paths paths;
	struct values values = {0};
	char **operands;
	int exit_code = options_parse(&command_check, argc, argv, &values, &operands);

	if (exit_code >= 0)
		return exit_code;
	if (paths_choose(&paths, &error) < 0)
		return report_error(&error);
	const char *path = operands[0] ? operands[0] : paths.config;
	if (config_load(path, &config, &error) < 0) {
		if (values.json)
			check_json(path, 0, error.text);
		error.code = 0; /* its ENOENT is not the missing broker's */
		return report_error(&error);
	}
	if (values.json)
		check_json(path, config->vms_count, NULL);
	else
		printf("%s: %zu VMs, no errors\n", path, config->vms_count);
	config_destroy(config);
	return 0;
}

const struct command command_check = {
	.name = "check",
	.summary = "read the configuration without side effects",
	.operands = "[FILE]",
	.options = options,
	.run = run,
};
