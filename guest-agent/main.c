#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "guest-agent/agent.h"
#include "guest-agent/boot/machine.h"
#include "guest-agent/display/handover.h"
#include "guest-agent/init.h"
#include "guest-agent/program/builtin.h"
#include "proto/host/program-options.h"

#define WINDOWS_PROGRAM "/usr/bin/vmsilo-guest-windows"
#define KEPT_MAX (1024 * 1024) /* bytes */

static const char help[] =
	"usage: vmsilo-agent [--control ENDPOINT] [--listen ENDPOINT] [--services DIRECTORY] "
	"[--init]\n"
	"                    [--setup ROOT] [--set-clock] [--tray-socket PATH]\n"
	"                    [--windows-socket PATH] [--windows-program PATH]\n"
	"                    [--systemd | --on-shutdown COMMAND] [--pam-session PATH]\n"
	"                    [--cgroup FOLDER]\n"
	"\n"
	"Runs commands in a guest for the host's vmsilo-broker.\n"
	"\n"
	"  --control ENDPOINT      the host to connect to, on port 4999 (default: vsock:2)\n"
	"  --listen ENDPOINT       where to listen for sessions, on port 5000 (default:\n"
	"                          vsock:any)\n"
	"  --services DIRECTORY    what vm-run --service may run (default:\n"
	"                          /etc/vmsilo/services.d)\n"
	"  --init                  act as init: mount, load modules, power off at the end\n"
	"                          (also when called as 'init')\n"
	"  --setup ROOT            take the host's word for host name, time zone, locale,\n"
	"                          keyboard and user, below ROOT: / in a guest (implied by\n"
	"                          --init)\n"
	"  --set-clock             set this machine's clock from the host's (implied by --init)\n"
	"  --tray-socket PATH      the socket for vmsilo-guest-tray (default:\n"
	"                          " TRAY_SOCKET "; none when --listen is\n"
	"                          a unix socket)\n"
	"  --windows-socket PATH   the socket for vmsilo-guest-windows (default:\n"
	"                          " WINDOWS_SOCKET "; likewise)\n"
	"  --windows-program PATH  vmsilo-guest-windows, which is the display of programs that\n"
	"                          want one; where it is not there, they have none (default:\n"
	"                          " WINDOWS_PROGRAM ")\n"
	"  --pam-session PATH      vmsilo-pam-session, which opens a session with PAM for what\n"
	"                          another user than root runs (default: none is opened)\n"
	"  --cgroup FOLDER         a control group that is the agent's: each program gets one of\n"
	"                          its own in it (default: they share the agent's)\n"
	"  --systemd               the first process is systemd: it powers the machine off when\n"
	"                          the broker asks for a shutdown\n"
	"  --on-shutdown COMMAND   run by sh when the broker asks for a shutdown\n"
	"  --help, --version\n"
	"\n"
	"An ENDPOINT is vsock:CID, vsock:any, or unix:PATH.\n";

static bool control_set(void *values, const char *text)
{
	return endpoint_parse(text, &((struct agent_options *)values)->control) == 0;
}

static bool listen_set(void *values, const char *text)
{
	return endpoint_parse(text, &((struct agent_options *)values)->listen) == 0;
}

static const struct program_option option_table[] = {
	{"control", PROGRAM_SET, .set = control_set, .what = "endpoint"},
	{"listen", PROGRAM_SET, .set = listen_set, .what = "endpoint"},
	{"services", PROGRAM_TEXT, .offset = offsetof(struct agent_options, services)},
	{"init", PROGRAM_FLAG, .offset = offsetof(struct agent_options, init)},
	{"setup", PROGRAM_TEXT, .offset = offsetof(struct agent_options, setup)},
	{"pam-session", PROGRAM_TEXT, .offset = offsetof(struct agent_options, pam_session)},
	{"cgroup", PROGRAM_TEXT, .offset = offsetof(struct agent_options, cgroup)},
	{"set-clock", PROGRAM_FLAG, .offset = offsetof(struct agent_options, set_clock)},
	{"tray-socket", PROGRAM_TEXT, .offset = offsetof(struct agent_options, tray_socket)},
	{"windows-socket", PROGRAM_TEXT, .offset = offsetof(struct agent_options, windows_socket)},
	{"windows-program", PROGRAM_TEXT,
		.offset = offsetof(struct agent_options, windows_program)},
	{"systemd", PROGRAM_FLAG, .offset = offsetof(struct agent_options, systemd)},
	{"on-shutdown", PROGRAM_TEXT, .offset = offsetof(struct agent_options, shutdown_command)},
	{0},
};

static const struct program_description description = {
	.name = "vmsilo-agent", .help = help, .options = option_table};

/* Called as init by the kernel, which passes its own command line's words on: they are not ours. */
static bool is_init(const char *self)
{
	const char *slash = strrchr(self, '/');

	return strcmp(slash ? slash + 1 : self, "init") == 0;
}

int main(int argc, char **argv)
{
	const struct builtin *builtin = argc > 1 ? builtin_of_word(argv[1]) : NULL;
	struct agent_options options = {.init = is_init(argv[0]),
		.services = SERVICES_DIRECTORY,
		.windows_program = WINDOWS_PROGRAM};

	if (builtin && !options.init)
		return builtin->run(argc - 1, argv + 1);
	/* Buffers of busy streams come and go many times a second: their pages are kept, since
	 * clearing new ones costs more than what is done in them. */
	mallopt(M_MMAP_THRESHOLD, 4 * KEPT_MAX);
	mallopt(M_TRIM_THRESHOLD, KEPT_MAX);
	endpoint_parse("vsock:2", &options.control);
	endpoint_parse("vsock:any", &options.listen);
	int exit_code =
		options.init ? -1 : program_options_parse(&description, argc, argv, &options);
	if (exit_code >= 0)
		return exit_code;
	options.set_clock |= options.init;
	if (options.init)
		options.setup = "/";
	if (!options.tray_socket && options.listen.kind == ENDPOINT_VSOCK)
		options.tray_socket = TRAY_SOCKET;
	if (!options.windows_socket && options.listen.kind == ENDPOINT_VSOCK)
		options.windows_socket = WINDOWS_SOCKET;
	if (options.init)
		init_system();

	int code = agent_run(&options);
	if (code < 0)
		fprintf(stderr, "vmsilo-agent: cannot listen for sessions: %s\n",
			uv_strerror(code));
	if (options.init)
		machine_power_off();
	return code < 0 ? 1 : 0;
}
