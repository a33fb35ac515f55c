#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/base/text.h"
#include "proto/desk.pb-c.h"
#include "proto/host/io-uring.h"
#include "proto/host/own-programs.h"
#include "proto/host/paths.h"
#include "proto/host/program-options.h"
#include "proto/io/broker-request.h"
#include "proto/io/socket.h"
#include "proto/wire/frame.h"
#include "tray/windows/launch/launch.h"

#define VIEW "vmsilo-windows-view"

static const char help[] =
	"usage: vmsilo-windows [--system | --broker PATH] [--take] [--stay] [--cookie COOKIE]\n"
	"                      [--log-level LEVEL] VM\n"
	"\n"
	"Shows the windows of the VM's programs on the Wayland desktop whose session it runs\n"
	"in, framed in the VM's colour and under its name, until the VM ends. vm-run starts\n"
	"it.\n"
	"\n"
	"  --system           the VM is the machine's broker's (default: as vmsilo does, see\n"
	"                     VMSILO_BROKER in vmsilo(1))\n"
	"  --broker PATH      use the broker whose socket is PATH\n"
	"  --take             take the windows also from another user's desktop\n"
	"  --stay             wait for the VM's next start when it has ended\n"
	"  --cookie COOKIE    the window that names COOKIE was asked for with\n"
	"                     XDG_ACTIVATION_TOKEN\n"
	"  --log-level LEVEL  error, warning, info (default) or debug\n"
	"  --help, --version\n";

struct values {
	struct launch_options launch;
	bool system;
};

static bool log_level_set(void *values, const char *text)
{
	((struct values *)values)->launch.log_level = text;
	return program_log_level(values, text);
}

static bool vm_set(void *values, const char *text)
{
	((struct values *)values)->launch.vm = text;
	return text_is_vm_name(text);
}

static const struct program_option option_table[] = {
	{"system", PROGRAM_FLAG, .offset = offsetof(struct values, system)},
	{"broker", PROGRAM_TEXT, .offset = offsetof(struct values, launch.broker)},
	{"take", PROGRAM_FLAG, .offset = offsetof(struct values, launch.take)},
	{"stay", PROGRAM_FLAG, .offset = offsetof(struct values, launch.stay)},
	{"cookie", PROGRAM_TEXT, .offset = offsetof(struct values, launch.cookie)},
	{"log-level", PROGRAM_SET, .set = log_level_set, .what = "level"},
	{0},
};

static const struct program_description description = {.name = "vmsilo-windows",
	.help = help,
	.options = option_table,
	.operand = vm_set,
	.operand_what = "name of a VM"};

static const char *view_path(void)
{
	static char path[PATH_MAX];

	own_program_find(VIEW, VMSILO_LIBEXECDIR, path, sizeof(path));
	return path;
}

static int broker_find(struct values *values, struct error *error)
{
	static char broker[PATH_SIZE];
	struct paths paths;
	int code = 0;

	if (values->launch.broker)
		return 0;
	if (values->system)
		paths_of_system(&paths);
	else
		code = paths_choose(&paths, error);
	if (code < 0)
		return code;
	values->system = paths.system;
	(void)paths_runtime(&paths, NULL, "broker.socket", broker);
	values->launch.broker = broker;
	return 0;
}

/* The other one gets the token. */
static int pass_on(const struct launch_options *launch, const struct place *place)
{
	Vmsilo__Desk__Activate activate = VMSILO__DESK__ACTIVATE__INIT;

	fprintf(stderr, "vmsilo-windows: another one shows the windows of the VM \"%s\" already\n",
		launch->vm);
	if (!launch->cookie || !launch->token)
		return 0;
	activate.cookie = (char *)launch->cookie;
	activate.token = (char *)launch->token;
	_cleanup_close_ int fd = socket_connect(place->socket);
	if (fd >= 0)
		(void)frame_send(fd, FRAME_DESK_ACTIVATE, &activate.base);
	return 0;
}

int main(int argc, char **argv)
{
	static struct values values;
	struct error error = {0};
	struct place place;
	int exit_code = program_options_parse(&description, argc, argv, &values);

	if (exit_code >= 0)
		return exit_code;
	values.launch.view = view_path();
	values.launch.token = getenv("XDG_ACTIVATION_TOKEN");
	int code = io_uring_deny(&error);
	if (code == 0)
		code = broker_find(&values, &error);
	if (code == 0)
		code = place_take(values.launch.vm, values.system, &place, &error);
	if (code == UV_EEXIST)
		return pass_on(&values.launch, &place);
	if (code < 0) {
		fprintf(stderr, "vmsilo-windows: %s\n", error.text);
		return 1;
	}
	/* It was for one window. */
	unsetenv("XDG_ACTIVATION_TOKEN");
	exit_code = launch_run(&values.launch, &place);
	place_leave(&place);
	return exit_code;
}
