#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "proto/base/text.h"
#include "proto/host/io-uring.h"
#include "proto/host/paths.h"
#include "proto/host/program-options.h"
#include "tray/host/host.h"

static const char help[] =
	"usage: vmsilo-tray [--system | --broker PATH | --connect VM,COLOUR,PATH...]\n"
	"                   [--log-level LEVEL]\n"
	"\n"
	"Shows tray icons and notifications of programs in VMs on the desktop whose\n"
	"session it runs in, marked with the VM's name and colour.\n"
	"\n"
	"  --system                   use the machine's broker (default: as vmsilo does, see\n     "
	"                        VMSILO_BROKER in vmsilo(1))\n  --broker PATH              use the "
	"broker whose socket is PATH\n  --connect VM,COLOUR,PATH   no broker: the guest's tray "
	"listens on the unix socket PATH\n"
	"  --log-level LEVEL          error, warning, info (default) or debug\n"
	"  --help, --version\n";

/* The socket of the machine's broker, or of the one that the session's user speaks to. */
static int broker_find(bool system, char ret[PATH_SIZE])
{
	struct error error = {0};
	struct paths paths;
	int code = 0;

	if (system)
		paths_of_system(&paths);
	else
		code = paths_choose(&paths, &error);
	if (code < 0)
		fprintf(stderr, "vmsilo-tray: %s\n", error.text);
	else
		(void)paths_runtime(&paths, NULL, "broker.socket", ret);
	return code;
}

static int connect_parse(const char *text, struct host_connect *ret)
{
	const char *colour_at = strchr(text, ',');
	const char *path_at = colour_at ? strchr(colour_at + 1, ',') : NULL;
	char colour[32];

	*ret = (struct host_connect){
		.settings = {.items = TRAY_ITEMS_DEFAULT,
			.updates_per_second = TRAY_UPDATES_DEFAULT,
			.notifications_per_minute = TRAY_NOTIFICATIONS_DEFAULT}};
	if (!path_at)
		return UV_EINVAL;
	snprintf(ret->vm, sizeof(ret->vm), "%.*s", (int)(colour_at - text), text);
	snprintf(colour, sizeof(colour), "%.*s", (int)(path_at - colour_at - 1), colour_at + 1);
	ret->path = path_at + 1;
	if (colour_at - text > VM_NAME_MAX || !text_is_vm_name(ret->vm))
		return UV_EINVAL;
	return colour_parse(colour, &ret->settings.colour);
}

struct values {
	struct host_options options;
	bool system;
};

static bool connect_set(void *data, const char *text)
{
	struct host_options *options = &((struct values *)data)->options;

	return options->connects_count < HOST_CONNECTS_MAX &&
	       connect_parse(text, &options->connects[options->connects_count++]) == 0;
}

static const struct program_option option_table[] = {
	{"system", PROGRAM_FLAG, .offset = offsetof(struct values, system)},
	{"broker", PROGRAM_TEXT, .offset = offsetof(struct values, options.broker)},
	{"connect", PROGRAM_SET, .set = connect_set, .what = "VM,COLOUR,PATH"},
	{"log-level", PROGRAM_SET, .set = program_log_level, .what = "level"},
	{0},
};

static const struct program_description description = {
	.name = "vmsilo-tray", .help = help, .options = option_table};

int main(int argc, char **argv)
{
	static struct values values;
	static char broker[PATH_SIZE];
	struct error error = {0};
	int exit_code = program_options_parse(&description, argc, argv, &values);

	if (exit_code >= 0)
		return exit_code;
	if (io_uring_deny(&error) < 0) {
		fprintf(stderr, "vmsilo-tray: %s\n", error.text);
		return 1;
	}
	if (!values.options.broker) {
		if (broker_find(values.system, broker) < 0)
			return 1;
		values.options.broker = broker;
	}
	return host_run(&values.options) < 0 ? 1 : 0;
}
