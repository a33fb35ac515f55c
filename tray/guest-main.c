#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

#include "proto/log.h"
#include "tray/guest.h"

static const char help[] =
	"usage: vmsilo-guest-tray [--agent PATH | --listen PATH | --fd N] [--icon-theme NAME]\n"
	"                         [--log-level LEVEL]\n"
	"\n"
	"The tray and the notification service of a session in a VM: what its programs show "
	"appears on\n"
	"the host's desktop.\n"
	"\n"
	"  --agent PATH       the agent's socket; " AGENT_SOCKET "\n"
	"  --listen PATH      let vmsilo-tray --connect come to the unix socket PATH\n"
	"  --fd N             the stream to the host is descriptor N\n"
	"  --icon-theme NAME  where names of icons are looked up first; as GTK's settings say\n"
	"  --log-level LEVEL  error, warning, info (default) or debug\n"
	"  --help, --version\n";

static int level_set(const char *name)
{
	int level = log_level_parse(name);

	if (level < 0) {
		fprintf(stderr, "vmsilo-guest-tray: --log-level: '%s' is no level\n", name);
		return 2;
	}
	log_set_level((enum log_level)level);
	return -1;
}

static int fd_set_option(const char *text, struct guest_options *ret)
{
	char *end;
	long fd = strtol(text, &end, 10);

	if (!text[0] || *end || fd < 3 || fd > 65535) {
		fprintf(stderr, "vmsilo-guest-tray: --fd: '%s' is no descriptor above 2\n", text);
		return 2;
	}
	ret->link = GUEST_LINK_FD;
	ret->fd = (int)fd;
	return -1;
}

/* Returns an exit code to end with, or -1 to go on. */
static int option_take(int option, struct guest_options *ret)
{
	switch (option) {
	case 'a':
		ret->link = GUEST_LINK_AGENT;
		ret->path = optarg;
		return -1;
	case 'l':
		ret->link = GUEST_LINK_LISTEN;
		ret->path = optarg;
		return -1;
	case 'f':
		return fd_set_option(optarg, ret);
	case 'i':
		ret->theme = optarg;
		return -1;
	case 'L':
		return level_set(optarg);
	case 'h':
		fputs(help, stdout);
		return 0;
	case 'V':
		puts("vmsilo-guest-tray " VMSILO_VERSION);
		return 0;
	default:
		fputs("try: vmsilo-guest-tray --help\n", stderr);
		return 2;
	}
}

int main(int argc, char **argv)
{
	static const struct option table[] = {
		{"agent", required_argument, NULL, 'a'},
		{"listen", required_argument, NULL, 'l'},
		{"fd", required_argument, NULL, 'f'},
		{"icon-theme", required_argument, NULL, 'i'},
		{"log-level", required_argument, NULL, 'L'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	struct guest_options options = {.link = GUEST_LINK_AGENT, .path = AGENT_SOCKET, .fd = -1};
	int option;

	while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
		int exit_code = option_take(option, &options);
		if (exit_code >= 0)
			return exit_code;
	}
	if (optind < argc) {
		fputs("vmsilo-guest-tray: there are no arguments; try: vmsilo-guest-tray --help\n",
			stderr);
		return 2;
	}
	return guest_run(&options) < 0 ? 1 : 0;
}
