#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "proto/log.h"
#include "proto/paths.h"
#include "proto/text.h"
#include "tray/host.h"

static const char help[] =
	"usage: vmsilo-tray [--system | --broker PATH | --connect VM,COLOUR,PATH...]\n"
	"                   [--log-level LEVEL]\n"
	"\n"
	"Shows tray icons and notifications of programs in VMs on the desktop whose\n"
	"session it runs in, marked with the VM's name and colour.\n"
	"\n"
	"  --system                   the machine's broker; else as VMSILO_BROKER says\n"
	"                             (system, user), or the user's where he has one\n"
	"  --broker PATH              the broker whose socket is PATH\n"
	"  --connect VM,COLOUR,PATH   no broker: a guest's tray listens on the unix socket PATH\n"
	"  --log-level LEVEL          error, warning, info (default) or debug\n"
	"  --help, --version\n";

/* The socket of the machine's broker, or of the one that the session's user speaks to. */
static int broker_find(bool system, char ret[PATH_SIZE])
{
	struct error error = {0};
	struct paths paths;
	int code = system ? paths_get(true, NULL, &paths, &error) : paths_choose(&paths, &error);

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

/* Returns an exit code to end with, or -1 to go on. */
static int option_take(int option, struct host_options *ret, bool *ret_system)
{
	int level;

	switch (option) {
	case 'c':
		if (ret->connects_count == HOST_CONNECTS_MAX ||
			connect_parse(optarg, &ret->connects[ret->connects_count]) < 0) {
			fprintf(stderr, "vmsilo-tray: --connect: '%s' is not VM,COLOUR,PATH\n",
				optarg);
			return 2;
		}
		ret->connects_count++;
		return -1;
	case 's':
		*ret_system = true;
		return -1;
	case 'b':
		ret->broker = optarg;
		return -1;
	case 'l':
		level = log_level_parse(optarg);
		if (level < 0) {
			fprintf(stderr, "vmsilo-tray: --log-level: '%s' is no level\n", optarg);
			return 2;
		}
		log_set_level((enum log_level)level);
		return -1;
	case 'h':
		fputs(help, stdout);
		return 0;
	case 'V':
		puts("vmsilo-tray " VMSILO_VERSION);
		return 0;
	default:
		fputs("try: vmsilo-tray --help\n", stderr);
		return 2;
	}
}

int main(int argc, char **argv)
{
	static const struct option table[] = {
		{"system", no_argument, NULL, 's'},
		{"broker", required_argument, NULL, 'b'},
		{"connect", required_argument, NULL, 'c'},
		{"log-level", required_argument, NULL, 'l'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	static struct host_options options;
	static char broker[PATH_SIZE];
	bool system = false;
	int option;

	while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
		int exit_code = option_take(option, &options, &system);
		if (exit_code >= 0)
			return exit_code;
	}
	if (optind < argc) {
		fputs("vmsilo-tray: there are no arguments; try: vmsilo-tray --help\n", stderr);
		return 2;
	}
	if (!options.broker) {
		if (broker_find(system, broker) < 0)
			return 1;
		options.broker = broker;
	}
	return host_run(&options) < 0 ? 1 : 0;
}
