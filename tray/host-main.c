#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proto/log.h"
#include "proto/text.h"
#include "tray/host.h"

#define SOCKET_PATH_SIZE 108 /* sun_path */
#define SYSTEM_BROKER "/run/vmsilo/broker.socket"

static const char help[] =
	"usage: vmsilo-tray [--system | --broker PATH | --connect VM,COLOUR,PATH...]\n"
	"                   [--log-level LEVEL]\n"
	"\n"
	"Shows tray icons and notifications of programs in VMs on the desktop whose\n"
	"session it runs in, marked with the VM's name and colour.\n"
	"\n"
	"  --system                   the machine's broker, not the user's\n"
	"  --broker PATH              the broker whose socket is PATH\n"
	"  --connect VM,COLOUR,PATH   no broker: a guest's tray listens on the unix socket PATH\n"
	"  --log-level LEVEL          error, warning, info (default) or debug\n"
	"  --help, --version\n";

/* As the broker itself looks for its folder. */
static int broker_find(char *out, size_t size)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char folder[64];
	struct stat status;
	int length;

	snprintf(folder, sizeof(folder), "/run/user/%u", (unsigned int)getuid());
	if (runtime && runtime[0] == '/')
		length = snprintf(out, size, "%s/vmsilo/broker.socket", runtime);
	else if (stat(folder, &status) == 0 && S_ISDIR(status.st_mode))
		length = snprintf(out, size, "%s/vmsilo/broker.socket", folder);
	else
		length =
			snprintf(out, size, "/tmp/vmsilo-%u/broker.socket", (unsigned int)getuid());
	return length < 0 || (size_t)length >= size ? UV_ENAMETOOLONG : 0;
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
static int option_take(int option, struct host_options *ret)
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
		ret->broker = SYSTEM_BROKER;
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
	static char broker[SOCKET_PATH_SIZE];
	int option;

	while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
		int exit_code = option_take(option, &options);
		if (exit_code >= 0)
			return exit_code;
	}
	if (optind < argc) {
		fputs("vmsilo-tray: there are no arguments; try: vmsilo-tray --help\n", stderr);
		return 2;
	}
	if (!options.broker && broker_find(broker, sizeof(broker)) < 0) {
		fputs("vmsilo-tray: the path of the broker's socket is too long\n", stderr);
		return 1;
	}
	if (!options.broker)
		options.broker = broker;
	return host_run(&options) < 0 ? 1 : 0;
}
