#include <stddef.h>
#include <stdio.h>

#include "proto/host/io-uring.h"
#include "proto/host/program-options.h"
#include "tray/guest/guest.h"

static const char help[] =
	"usage: vmsilo-guest-tray [--agent PATH | --listen PATH | --fd N] [--icon-theme NAME]\n"
	"                         [--log-level LEVEL]\n"
	"\n"
	"The tray and notification service of a session in a VM: what its programs show appears on "
	"the\nhost's desktop.\n"
	"\n"
	"  --agent PATH       the agent's socket; " AGENT_SOCKET "\n"
	"  --listen PATH      listen for vmsilo-tray --connect on the unix socket PATH\n"
	"  --fd N             the stream to the host is descriptor N\n"
	"  --icon-theme NAME  the icon theme (default: the one in GTK's settings)\n"
	"  --log-level LEVEL  error, warning, info (default) or debug\n"
	"  --help, --version\n";

static const struct program_option option_table[] = {
	{"agent", PROGRAM_TEXT, .offset = offsetof(struct guest_options, link.agent)},
	{"listen", PROGRAM_TEXT, .offset = offsetof(struct guest_options, link.listen)},
	{"fd", PROGRAM_FD, .offset = offsetof(struct guest_options, link.fd)},
	{"icon-theme", PROGRAM_TEXT, .offset = offsetof(struct guest_options, theme)},
	{"log-level", PROGRAM_SET, .set = program_log_level, .what = "level"},
	{0},
};

static const struct program_description description = {
	.name = "vmsilo-guest-tray", .help = help, .options = option_table};

int main(int argc, char **argv)
{
	struct guest_options options = {.link = {.agent = AGENT_SOCKET, .fd = -1}};
	struct error error = {0};
	int exit_code = program_options_parse(&description, argc, argv, &options);

	if (exit_code >= 0)
		return exit_code;
	if (io_uring_deny(&error) < 0) {
		fprintf(stderr, "vmsilo-guest-tray: %s\n", error.text);
		return 1;
	}
	return guest_run(&options) < 0 ? 1 : 0;
}
