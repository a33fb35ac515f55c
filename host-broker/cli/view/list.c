#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/cli/base/ask.h"
#include "host-broker/cli/base/commands.h"
#include "host-broker/cli/base/exit-codes.h"
#include "host-broker/cli/base/report.h"
#include "host-broker/config/config.h"
#include "proto/base/cleanup.h"
#include "proto/broker.pb-c.h"
#include "proto/wire/message.h"

struct values {
	bool json;
	const char *name; /* NULL: all */
};

static const struct command_option options[] = {
	{'j', "json", NULL, "as JSON", OPTION_FLAG, offsetof(struct values, json), NULL},
	{0},
};

/* VMs outlive their broker, and the next one finds them by their records. */
static bool are_left(const struct paths *paths)
{
	char path[PATH_SIZE];
	const struct dirent *item;
	bool left = false;
	DIR *folder = opendir(paths->runtime);

	while (!left && folder && (item = readdir(folder)))
		left = item->d_name[0] != '.' &&
		       paths_runtime(paths, item->d_name, "state", path) && access(path, F_OK) == 0;
	if (folder)
		closedir(folder);
	return left;
}

/* Without a broker, and without VMs of an earlier one, every VM is stopped: the configuration tells
 * which there are. */
static int list_offline(const struct paths *paths, const struct values *values, bool single)
{
	Vmsilo__Broker__VmList list = VMSILO__BROKER__VM_LIST__INIT;
	struct config *config;
	struct error error = {0};

	if (config_load(paths->config, NULL, &config, &error) < 0) {
		error.code = 0; /* its ENOENT is not the missing broker's */
		return report_error(&error);
	}
	_cleanup_free_ Vmsilo__Broker__Vm *vms = calloc(config->vms_count + 1, sizeof(*vms));
	_cleanup_free_ Vmsilo__Broker__Vm **pointers =
		calloc(config->vms_count + 1, sizeof(*pointers));
	if (!vms || !pointers) {
		config_destroy(config);
		fputs("vmsilo: out of memory\n", stderr);
		return EXIT_VMSILO;
	}
	for (size_t i = 0; i < config->vms_count; i++) {
		const struct vm_config *vm = &config->vms[i];
		if (values->name && strcmp(values->name, vm->name) != 0)
			continue;
		Vmsilo__Broker__Vm *out = pointers[list.n_vms] = &vms[list.n_vms];
		list.n_vms++;
		vmsilo__broker__vm__init(out);
		out->name = (char *)vm->name;
		out->monitor = (char *)vm->monitor;
		out->memory_bytes = vm->memory_bytes;
		out->cpus = vm->cpus;
		out->color = (char *)vm->color;
	}
	list.vms = pointers;
	int exit_code = 0;
	if (values->name && list.n_vms == 0) {
		fprintf(stderr, "vmsilo: no VM \"%s\" is configured in %s\n", values->name,
			paths->config);
		exit_code = EXIT_NO_SUCH_VM;
	} else if (values->json) {
		report_json(&list, single);
	} else if (single) {
		report_status(list.vms[0]);
	} else {
		report_list(&list);
	}
	config_destroy(config);
	return exit_code;
}

static int list_print(const struct values *values, bool single)
{
	Vmsilo__Broker__List request = VMSILO__BROKER__LIST__INIT;
	struct broker_answer answer;
	struct error error = {0};
	struct paths paths;

	if (paths_choose(&paths, &error) < 0)
		return report_error(&error);
	request.vm = (char *)(values->name ? values->name : "");
	int code = broker_ask(&paths, false, FRAME_LIST, &request.base, &answer, &error);
	if (code == UV_ENOENT && are_left(&paths))
		code = broker_ask(&paths, true, FRAME_LIST, &request.base, &answer, &error);
	else if (code == UV_ENOENT)
		return list_offline(&paths, values, single);
	if (code < 0)
		return report_error(&error);

	const Vmsilo__Broker__VmList *list = (const Vmsilo__Broker__VmList *)answer.message;
	int exit_code = 0;
	if (answer.type == FRAME_FAILURE)
		exit_code = report_failure((const Vmsilo__Broker__Failure *)answer.message);
	else if (answer.type != FRAME_VM_LIST || (single && list->n_vms != 1))
		exit_code = report_unexpected(request.vm);
	else if (values->json)
		report_json(list, single);
	else if (single)
		report_status(list->vms[0]);
	else
		report_list(list);
	message_free(answer.message);
	return exit_code;
}

static int run_list(int argc, char **argv)
{
	struct values values = {0};
	char **operands;
	int exit_code = options_parse(&command_list, argc, argv, &values, &operands);

	return exit_code >= 0 ? exit_code : list_print(&values, false);
}

static int run_status(int argc, char **argv)
{
	struct values values = {0};
	char **operands;
	int exit_code = options_parse(&command_status, argc, argv, &values, &operands);

	if (exit_code >= 0)
		return exit_code;
	values.name = operands[0];
	return list_print(&values, true);
}

const struct command command_list = {
	.name = "list",
	.summary = "show all VMs",
	.operands = "",
	.options = options,
	.run = run_list,
};

const struct command command_status = {
	.name = "status",
	.summary = "show one VM: its state, the reason for it, and its last console lines",
	.operands = "VM",
	.options = options,
	.run = run_status,
};
