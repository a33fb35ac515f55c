#include <getopt.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "guest-agent/agent.h"
#include "guest-agent/builtin.h"
#include "guest-agent/init.h"
#include "guest-agent/tray.h"

#define KEPT_MAX (1024 * 1024) /* bytes */

static const char help[] =
	"usage: vmsilo-agent [--control ENDPOINT] [--listen ENDPOINT] [--services DIRECTORY] "
	"[--init]\n"
	"                    [--set-clock] [--tray-socket PATH] [--on-shutdown COMMAND]\n"
	"\n"
	"Runs commands in a guest for the host's vmsilo-broker.\n"
	"\n"
	"  --control ENDPOINT      the host, whose port 4999 is dialled; vsock:2\n"
	"  --listen ENDPOINT       where sessions come to port 5000; vsock:any\n"
	"  --services DIRECTORY    what vm-run --service may run; /etc/vmsilo/services.d\n"
	"  --init                  be the first process: mount, load modules, power off in the "
	"end\n"
	"                          (also when called as 'init')\n"
	"  --set-clock             set this machine's clock by the host's; --init does it, too\n"
	"  --tray-socket PATH      where vmsilo-guest-tray comes; " TRAY_SOCKET ", and none\n"
	"                          when --listen is a unix socket\n"
	"  --on-shutdown COMMAND   run by sh when the broker asks for the shutdown\n"
	"  --help, --version\n"
	"\n"
	"An ENDPOINT is vsock:CID, vsock:any, or unix:PATH.\n";

static int endpoint_set(const char *option, const char *text, struct endpoint *ret)
{
	int code = endpoint_parse(text, ret);

	if (code < 0)
		fprintf(stderr, "vmsilo-agent: %s: '%s' is no endpoint: %s\n", option, text,
			uv_strerror(code));
	return code;
}

/* Returns an exit code to end with, or -1 to go on. */
static int options_parse(int argc, char **argv, struct agent_options *ret)
{
	static const struct option table[] = {
		{"control", required_argument, NULL, 'c'},
		{"listen", required_argument, NULL, 'l'},
		{"services", required_argument, NULL, 'S'},
		{"init", no_argument, NULL, 'i'},
		{"set-clock", no_argument, NULL, 'k'},
		{"tray-socket", required_argument, NULL, 't'},
		{"on-shutdown", required_argument, NULL, 's'},
		{"help", no_argument, NULL, 'h'},
		{"version", no_argument, NULL, 'V'},
		{0},
	};
	int option;

	while ((option = getopt_long(argc, argv, "h", table, NULL)) != -1) {
		switch (option) {
		case 'c':
			if (endpoint_set("--control", optarg, &ret->control) < 0)
				return 2;
			break;
		case 'l':
			if (endpoint_set("--listen", optarg, &ret->listen) < 0)
				return 2;
			break;
		case 'S':
			ret->services = optarg;
			break;
		case 'i':
			ret->init = true;
			break;
		case 'k':
			ret->set_clock = true;
			break;
		case 't':
			ret->tray_socket = optarg;
			break;
		case 's':
			ret->shutdown_command = optarg;
			break;
		case 'h':
			fputs(help, stdout);
			return 0;
		case 'V':
			puts("vmsilo-agent " VMSILO_VERSION);
			return 0;
		default:
			fputs("try: vmsilo-agent --help\n", stderr);
			return 2;
		}
	}
	return -1;
}

/* Called as init by the kernel, which passes its own command line's words on: they are not ours. */
static bool is_init(const char *self)
{
	const char *slash = strrchr(self, '/');

	return strcmp(slash ? slash + 1 : self, "init") == 0;
}

int main(int argc, char **argv)
{
	const struct builtin *builtin = argc > 1 ? builtin_of_word(argv[1]) : NULL;
	struct agent_options options = {.init = is_init(argv[0]), .services = SERVICES_DIRECTORY};

	if (builtin && !options.init)
		return builtin->run(argc - 1, argv + 1);
	/* Buffers of busy streams come and go many times a second: their pages are kept, since
	 * clearing new ones costs more than what is done in them. */
	mallopt(M_MMAP_THRESHOLD, 4 * KEPT_MAX);
	mallopt(M_TRIM_THRESHOLD, KEPT_MAX);
	endpoint_parse("vsock:2", &options.control);
	endpoint_parse("vsock:any", &options.listen);
	int exit_code = options.init ? -1 : options_parse(argc, argv, &options);
	if (exit_code >= 0)
		return exit_code;
	options.set_clock |= options.init;
	if (!options.tray_socket && options.listen.kind == ENDPOINT_VSOCK)
		options.tray_socket = TRAY_SOCKET;
	if (options.init)
		init_system();

	int code = agent_run(&options);
	if (code < 0)
		fprintf(stderr, "vmsilo-agent: cannot listen for sessions: %s\n",
			uv_strerror(code));
	if (options.init)
		init_power_off();
	return code < 0 ? 1 : 0;
}
