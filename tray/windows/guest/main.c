#include <stddef.h>
#include <stdio.h>

#include "proto/host/io-uring.h"
#include "proto/host/program-options.h"
#include "tray/windows/guest/guest.h"

static const char help[] =
	"usage: vmsilo-guest-windows [--agent PATH | --listen PATH | --fd N] [--display NAME]\n"
	"                            [--ready-fd N] [--shared-fd N] [--log-level LEVEL]\n"
	"\n"
	"The compositor of a session in a VM: the windows of its programs appear on the host's "
	"desktop.\n"
	"\n"
	"  --agent PATH       the agent's socket; " AGENT_SOCKET "\n"
	"  --listen PATH      listen for vmsilo-windows-view --connect on the unix socket PATH\n"
	"  --fd N             the stream to the host is descriptor N\n"
	"  --display NAME     the Wayland socket in XDG_RUNTIME_DIR; " DISPLAY_NAME "\n"
	"  --ready-fd N       where to write what programs need in their environment\n"
	"  --shared-fd N      memory that is shared with the host\n"
	"  --log-level LEVEL  error, warning, info (default) or debug\n"
	"  --help, --version\n";

#define NO_FD UINT64_MAX

struct values {
	struct guest_options options;
	uint64_t ready_fd; /* may be stdout, which no other descriptor of ours is */
};

static const struct program_option option_table[] = {
	{"agent", PROGRAM_TEXT, .offset = offsetof(struct values, options.link.agent)},
	{"listen", PROGRAM_TEXT, .offset = offsetof(struct values, options.link.listen)},
	{"fd", PROGRAM_FD, .offset = offsetof(struct values, options.link.fd)},
	{"display", PROGRAM_TEXT, .offset = offsetof(struct values, options.display)},
	{"ready-fd", PROGRAM_NUMBER, .offset = offsetof(struct values, ready_fd), .least = 1,
		.most = 1023},
	{"shared-fd", PROGRAM_FD, .offset = offsetof(struct values, options.shared_fd)},
	{"log-level", PROGRAM_SET, .set = program_log_level, .what = "level"},
	{0},
};

static const struct program_description description = {
	.name = "vmsilo-guest-windows", .help = help, .options = option_table};

int main(int argc, char **argv)
{
	struct values values = {
		.options = {.link = {.agent = AGENT_SOCKET, .fd = -1},
			.display = DISPLAY_NAME,
			.shared_fd = -1},
		.ready_fd = NO_FD,
	};
	struct error error = {0};
	int exit_code = program_options_parse(&description, argc, argv, &values);

	if (exit_code >= 0)
		return exit_code;
	if (io_uring_deny(&error) < 0) {
		fprintf(stderr, "vmsilo-guest-windows: %s\n", error.text);
		return 1;
	}
	values.options.ready_fd = values.ready_fd == NO_FD ? -1 : (int)values.ready_fd;
	return guest_run(&values.options) < 0 ? 1 : 0;
}
