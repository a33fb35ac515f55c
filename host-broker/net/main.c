/* vmsilo-net: the network namespace of a broker's VMs, and what leads out of it. */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/if_tun.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host-broker/net/outside.h"
#include "host-broker/net/program.h"
#include "proto/base/log.h"
#include "proto/host/program-options.h"

enum exit_code { EXIT_FAILED = 1 }; /* 2: wrong usage */

struct options {
	int listen_fd;
	bool veth;
	const char *pasta;
};

static const char help[] =
	"usage: vmsilo-net --listen-fd N [--veth | --pasta PROGRAM]\n"
	"\n"
	"Holds the network of a broker's virtual machines: a network namespace with their TAP\n"
	"interfaces, the rules for what they may reach, and the way out. The broker starts it.\n"
	"\n"
	"  --listen-fd N    listening unix socket (SOCK_SEQPACKET) where brokers connect\n"
	"  --veth           the way out is a pair of interfaces and NAT in the host; takes root\n"
	"  --pasta PROGRAM  the way out is this program (default: pasta)\n"
	"  --help, --version\n"
	"\n"
	"Ends on SIGTERM, and some seconds after the last broker and the last monitor have gone.\n"
	"Exit codes: 0 ended normally, 1 failed, 2 wrong usage.\n";

static const struct program_option option_table[] = {
	{"listen-fd", PROGRAM_FD, .offset = offsetof(struct options, listen_fd), .required = true},
	{"veth", PROGRAM_FLAG, .offset = offsetof(struct options, veth)},
	{"pasta", PROGRAM_TEXT, .offset = offsetof(struct options, pasta)},
	{0},
};

static const struct program_description description = {
	.name = "vmsilo-net", .help = help, .options = option_table};

static int halves_run(const struct options *options)
{
	const struct outside_options outside = {.veth = options->veth, .pasta = options->pasta};
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0) {
		log_error(NULL, "socketpair: %m");
		return EXIT_FAILED;
	}
	pid_t child = fork();
	if (child < 0) {
		log_error(NULL, "cannot start a process: %m");
		return EXIT_FAILED;
	}
	close(sockets[child == 0 ? 0 : 1]);
	if (child == 0)
		return program_run(options->listen_fd, sockets[1], options->veth);
	close(options->listen_fd);
	return outside_run(&outside, child, sockets[0]);
}

int main(int argc, char **argv)
{
	struct options options = {.pasta = "pasta"};
	struct error error = {0};
	int code = program_options_parse(&description, argc, argv, &options);

	if (code >= 0)
		return code;
	signal(SIGPIPE, SIG_IGN);
	if (outside_prepare(&error) < 0) {
		log_error(NULL, "%s", error.text);
		return EXIT_FAILED;
	}
	return halves_run(&options);
}
