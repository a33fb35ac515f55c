#include "host-broker/image/check.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "host-broker/access/identity-check.h"
#include "host-broker/check/check.h"
#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/report.h"
#include "host-broker/config/config.h"
#include "host-broker/monitor/registry/registry.h"
#include "host-broker/network/way-out.h"

struct values {
	bool json, system;
};

static const struct command_option options[] = {
	{'j', "json", NULL, "as JSON", OPTION_FLAG, offsetof(struct values, json), NULL},
	{0, "system", NULL, "the machine's configuration, and the users that its VMs run as",
		OPTION_FLAG, offsetof(struct values, system), NULL},
	{0},
};

/* error: NULL for none. */
static void check_json(const char *path, size_t vms, json_t *warnings, const char *error)
{
	json_t *root = json_pack("{s:s, s:b, s:I, s:O, s:s}", "file", path, "ok", error == NULL,
		"vms", (json_int_t)vms, "warnings", warnings, "error", error ? error : "");

	json_dumpf(root, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(root);
}

static void on_warning(void *data, const char *text)
{
	json_t *warnings = data;

	json_array_append_new(warnings, json_string(text));
	report_warning(text);
}

static void networks_look(const struct config *config, json_t *warnings)
{
	char text[WAY_OUT_OVERLAP_SIZE];
	struct net_ranges ranges;
	bool any = false;

	for (size_t i = 0; i < config->vms_count; i++)
		any = any || network_config_is_set(&config->vms[i].network);
	net_ranges_of(&config->broker, &ranges);
	if (any && way_out_overlaps(&ranges, text))
		on_warning(warnings, text);
}

/* Also when there is an error, there may be warnings. */
static int check(const char *path, const struct paths *paths, size_t *ret_vms, json_t *warnings,
	struct error *error)
{
	struct config *config;
	int code = check_load(path, known_monitors_object, paths, &config, error);

	if (code < 0)
		return code;
	code = image_check_all(config, paths, error);
	if (code == 0 && paths->system)
		code = identity_check(config, on_warning, warnings, error);
	if (code == 0)
		networks_look(config, warnings);
	*ret_vms = config->vms_count;
	config_destroy(config);
	return code;
}

static int run(int argc, char **argv)
{
	struct error error = {0};
	struct paths paths;
	struct values values = {0};
	char **operands;
	int exit_code = options_parse(&command_check, argc, argv, &values, &operands);

	if (exit_code >= 0)
		return exit_code;
	if (values.system)
		paths_of_system(&paths);
	else if (paths_choose(&paths, &error) < 0)
		return report_error(&error);
	const char *path = operands[0] ? operands[0] : paths.config;
	json_t *warnings = json_array();
	size_t vms = 0;
	bool failed = check(path, &paths, &vms, warnings, &error) < 0;
	if (values.json)
		check_json(path, vms, warnings, failed ? error.text : NULL);
	else if (!failed)
		printf("%s: %zu VM%s, no errors\n", path, vms, vms == 1 ? "" : "s");
	json_decref(warnings);
	error.code = 0; /* its ENOENT is not the missing broker's */
	return failed ? report_error(&error) : 0;
}

const struct command command_check = {
	.name = "check",
	.summary = "read the configuration without side effects",
	.operands = "[FILE]",
	.options = options,
	.run = run,
};
