#include "host-broker/cli/commands.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/cli/broker-client.h"
#include "host-broker/cli/exit-codes.h"
#include "host-broker/cli/report.h"
#include "host-broker/config.h"
#include "proto/broker.pb-c.h"
#include "proto/cleanup.h"
#include "proto/message.h"

struct options {
	bool force, json;
	const char *name; /* NULL: none was given */
};

/* Every command here takes these. Returns an exit code to end with, or -1 to go on. */
static int options_parse(
	int argc, char **argv, const char *usage, bool needs_name, struct options *ret)
{
	static const struct option table[] = {
		{"force", no_argument, NULL, 'f'},
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	*ret = (struct options){0};
	while ((option = getopt_long(argc, argv, "fh", table, NULL)) != -1) {
		if (option == 'f' && strstr(usage, "--force")) {
			ret->force = true;
		} else if (option == 'j' && strstr(usage, "--json")) {
			ret->json = true;
		} else if (option == 'h') {
			printf("usage: %s\n", usage);
			return 0;
		} else {
			fprintf(stderr, "usage: %s\n", usage);
			return EXIT_VMSILO;
		}
	}
	ret->name = optind < argc ? argv[optind] : NULL;
	if (argc - optind <= 1 && (ret->name || !needs_name))
		return -1;
	fprintf(stderr, "usage: %s\n", usage);
	return EXIT_VMSILO;
}

static int paths_find(struct paths *ret, struct error *error)
{
	struct paths_environment environment;

	paths_environment_get(&environment);
	return paths_get(false, &environment, ret, error);
}

/* Asks for something that is answered by DONE or FAILURE. */
static int ask_done(bool start, uint16_t type, const ProtobufCMessage *request)
{
	struct broker_answer answer;
	struct error error = {0};
	struct paths paths;

	if (paths_find(&paths, &error) < 0 ||
		broker_ask(&paths, start, type, request, &answer, &error) < 0)
		return report_error(&error);
	int exit_code = answer.type == FRAME_DONE ? 0
			: answer.type == FRAME_FAILURE
				? report_failure((const Vmsilo__Broker__Failure *)answer.message)
				: EXIT_VMSILO;
	message_free(answer.message);
	return exit_code;
}

int command_start(int argc, char **argv)
{
	Vmsilo__Broker__Start request = VMSILO__BROKER__START__INIT;
	struct options options;
	int exit_code = options_parse(argc, argv, "vm-start VM", true, &options);

	if (exit_code >= 0)
		return exit_code;
	request.vm = (char *)options.name;
	return ask_done(true, FRAME_START, &request.base);
}

int command_stop(int argc, char **argv)
{
	Vmsilo__Broker__StopVm request = VMSILO__BROKER__STOP_VM__INIT;
	struct options options;
	int exit_code = options_parse(argc, argv, "vm-stop [--force] VM", true, &options);

	if (exit_code >= 0)
		return exit_code;
	request.vm = (char *)options.name;
	request.force = options.force;
	return ask_done(true, FRAME_STOP_VM, &request.base);
}

/* Without a broker every VM is stopped: the configuration tells which there are. */
static int list_offline(const struct paths *paths, const struct options *options, bool single)
{
	Vmsilo__Broker__VmList list = VMSILO__BROKER__VM_LIST__INIT;
	struct config *config;
	struct error error = {0};

	if (config_load(paths->config, &config, &error) < 0) {
		error.code = 0; /* its ENOENT is not the missing broker's */
		return report_error(&error);
	}
	_cleanup_free_ Vmsilo__Broker__Vm *vms = calloc(config->vms_count + 1, sizeof(*vms));
	_cleanup_free_ Vmsilo__Broker__Vm **pointers =
		calloc(config->vms_count + 1, sizeof(*pointers));
	if (!vms || !pointers) {
		config_destroy(config);
		return EXIT_VMSILO;
	}
	for (size_t i = 0; i < config->vms_count; i++) {
		const struct vm_config *vm = &config->vms[i];
		if (options->name && strcmp(options->name, vm->name) != 0)
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
	if (options->name && list.n_vms == 0) {
		fprintf(stderr, "vmsilo: no VM \"%s\" is configured in %s\n", options->name,
			paths->config);
		exit_code = EXIT_NO_SUCH_VM;
	} else if (options->json) {
		report_json(&list, single);
	} else if (single) {
		report_status(list.vms[0]);
	} else {
		report_list(&list);
	}
	config_destroy(config);
	return exit_code;
}

static int list_print(const struct options *options, bool single)
{
	Vmsilo__Broker__List request = VMSILO__BROKER__LIST__INIT;
	struct broker_answer answer;
	struct error error = {0};
	struct paths paths;

	if (paths_find(&paths, &error) < 0)
		return report_error(&error);
	request.vm = (char *)(options->name ? options->name : "");
	int code = broker_ask(&paths, false, FRAME_LIST, &request.base, &answer, &error);
	if (code == UV_ENOENT)
		return list_offline(&paths, options, single);
	if (code < 0)
		return report_error(&error);

	const Vmsilo__Broker__VmList *list = (const Vmsilo__Broker__VmList *)answer.message;
	int exit_code = 0;
	if (answer.type == FRAME_FAILURE)
		exit_code = report_failure((const Vmsilo__Broker__Failure *)answer.message);
	else if (answer.type != FRAME_VM_LIST || (single && list->n_vms != 1))
		exit_code = EXIT_VMSILO;
	else if (options->json)
		report_json(list, single);
	else if (single)
		report_status(list->vms[0]);
	else
		report_list(list);
	message_free(answer.message);
	return exit_code;
}

int command_list(int argc, char **argv)
{
	struct options options;
	int exit_code = options_parse(argc, argv, "vmsilo list [--json]", false, &options);

	if (exit_code >= 0)
		return exit_code;
	options.name = NULL;
	return list_print(&options, false);
}

int command_status(int argc, char **argv)
{
	struct options options;
	int exit_code = options_parse(argc, argv, "vmsilo status [--json] VM", true, &options);

	return exit_code >= 0 ? exit_code : list_print(&options, true);
}

int command_check(int argc, char **argv)
{
	struct options options;
	struct config *config;
	struct error error = {0};
	struct paths paths;
	int exit_code = options_parse(argc, argv, "vmsilo check [FILE]", false, &options);

	if (exit_code >= 0)
		return exit_code;
	if (paths_find(&paths, &error) < 0)
		return report_error(&error);
	const char *path = options.name ? options.name : paths.config;
	if (config_load(path, &config, &error) < 0) {
		error.code = 0;
		return report_error(&error);
	}
	printf("%s: %zu VMs, no errors\n", path, config->vms_count);
	config_destroy(config);
	return 0;
}
