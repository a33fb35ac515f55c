/* vmsilo-windows-view: the windows of one VM on the user's desktop. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "proto/base/log.h"
#include "proto/base/text.h"
#include "proto/host/program-options.h"
#include "proto/host/sandbox.h"
#include "proto/io/socket.h"
#include "proto/io/vsock-buffer.h"
#include "tray/windows/host/confine.h"
#include "tray/windows/host/control.h"
#include "tray/windows/host/host.h"

#define STREAM_BUFFER (1 << 20) /* four RECTs on their way */

struct options {
	int stream_fd, wayland_fd, shared_fd, control_fd;
	const char *connect, *vm;
	bool required, has_colour;
	struct settings settings;
};

static const char help[] =
	"usage: vmsilo-windows-view --vm NAME --stream-fd N --wayland-fd N --control-fd N\n"
	"                           [--shared-fd N] [--sandbox required|best-effort]\n"
	"       vmsilo-windows-view --vm NAME --colour COLOUR --connect SOCKET [...]\n"
	"\n"
	"Shows the windows of one VM. vmsilo-windows starts it.\n"
	"\n"
	"  --vm NAME         the VM's name, which stands before each title\n"
	"  --stream-fd N     the stream to the guest, still unused\n"
	"  --wayland-fd N    a connection to the compositor, still unused\n"
	"  --control-fd N    a socket pair to vmsilo-windows, which sends the settings\n"
	"  --shared-fd N     the region that the guest puts its frames in\n"
	"  --connect SOCKET  no parent: the guest's end listens there\n"
	"  --colour COLOUR   with --connect: of borders and titles, #rrggbb or a name\n"
	"  --copy CHORD, --paste CHORD\n"
	"                    with --connect: the clipboard's chords (Ctrl+Alt+C, Ctrl+Alt+V)\n"
	"  --fullscreen HOW  with --connect: frame (default): the border stays; bare\n"
	"  --sandbox HOW     required (default): fail if it cannot be set up; best-effort: warn\n"
	"  --log-level LEVEL error, warning, info (default) or debug\n"
	"  --help, --version\n"
	"\n"
	"Ends on SIGTERM, and with the stream. Exit codes: 0 ended normally, 1 failed, 2 wrong\n"
	"usage, 3 the guest broke the protocol, 4 the compositor has gone.\n";

static bool sandbox_set(void *values, const char *text)
{
	return sandbox_required_parse(text, &((struct options *)values)->required);
}

static bool vm_set(void *values, const char *text)
{
	((struct options *)values)->vm = text;
	return text_is_vm_name(text);
}

/* Also without its '#', which shells take for a comment. */
static bool colour_set(void *values, const char *text)
{
	struct options *options = values;
	char number[16];

	options->has_colour = true;
	snprintf(number, sizeof(number), "#%s", text);
	return colour_parse(text, &options->settings.colour) == 0 ||
	       colour_parse(number, &options->settings.colour) == 0;
}

static bool fullscreen_set(void *values, const char *text)
{
	((struct options *)values)->settings.bare_fullscreen = strcmp(text, "bare") == 0;
	return strcmp(text, "bare") == 0 || strcmp(text, "frame") == 0;
}

static bool chord_set(char *chord, const char *text)
{
	struct chord parsed;

	if (strlen(text) >= SETTINGS_CHORD_SIZE || chord_parse(text, &parsed) < 0)
		return false;
	snprintf(chord, SETTINGS_CHORD_SIZE, "%s", text);
	return true;
}

static bool copy_set(void *values, const char *text)
{
	return chord_set(((struct options *)values)->settings.copy, text);
}

static bool paste_set(void *values, const char *text)
{
	return chord_set(((struct options *)values)->settings.paste, text);
}

static const struct program_option option_table[] = {
	{"stream-fd", PROGRAM_FD, .offset = offsetof(struct options, stream_fd)},
	{"wayland-fd", PROGRAM_FD, .offset = offsetof(struct options, wayland_fd)},
	{"shared-fd", PROGRAM_FD, .offset = offsetof(struct options, shared_fd)},
	{"control-fd", PROGRAM_FD, .offset = offsetof(struct options, control_fd)},
	{"connect", PROGRAM_TEXT, .offset = offsetof(struct options, connect)},
	{"vm", PROGRAM_SET, .set = vm_set, .what = "name of a VM", .required = true},
	{"colour", PROGRAM_SET, .set = colour_set, .what = "colour"},
	{"fullscreen", PROGRAM_SET, .set = fullscreen_set, .what = "'frame' or 'bare'"},
	{"copy", PROGRAM_SET, .set = copy_set, .what = "chord"},
	{"paste", PROGRAM_SET, .set = paste_set, .what = "chord"},
	{"sandbox", PROGRAM_SET, .set = sandbox_set, .what = "sandbox level"},
	{"log-level", PROGRAM_SET, .set = program_log_level, .what = "log level"},
	{0},
};

static const struct program_description description = {
	.name = "vmsilo-windows-view", .help = help, .options = option_table};

/* Either all that a parent gives, or what a test does. */
static bool options_fit(const struct options *options)
{
	if (options->connect)
		return options->has_colour && options->stream_fd < 0 && options->control_fd < 0;
	return options->stream_fd >= 0 && options->wayland_fd >= 0 && options->control_fd >= 0;
}

static int stream_open(const struct options *options, struct error *error)
{
	int fd = options->connect ? socket_connect(options->connect) : options->stream_fd;

	if (fd < 0)
		return error_set(
			error, fd, "cannot connect to %s: %s", options->connect, uv_strerror(fd));
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	vsock_buffer_set(fd, STREAM_BUFFER);
	return fd;
}

/* The region goes to the compositor as it is; we keep no descriptor of it, and no map. */
static int shared_open(struct host *host, int fd, struct error *error)
{
	struct stat status;

	if (fd < 0)
		return 0;
	if (fstat(fd, &status) < 0 || status.st_size <= 0)
		return error_set(error, UV_EINVAL, "the shared region has no size");
	host->settings.limits.shared =
		status.st_size < WINDOWS_SHARED_MAX ? (uint64_t)status.st_size : WINDOWS_SHARED_MAX;
	host->view.shared =
		wl_shm_create_pool(host->desktop.shm, fd, (int32_t)host->settings.limits.shared);
	/* Or the descriptor would wait to be sent. */
	wl_display_roundtrip(host->desktop.display);
	close(fd);
	return 0;
}

/* Everything that needs a right comes before the sandbox, every byte of the guest's after it. */
static int prepare(struct host *host, const struct options *options, struct error *error)
{
	int code = confine_begin(options->vm, options->required, error);

	if (code == 0)
		code = desktop_connect(&host->desktop, options->wayland_fd, options->vm, error);
	if (code == 0)
		code = text_create(&host->view.text, error);
	if (code < 0)
		return code;
	cursor_load(&host->input.cursor, &host->desktop);
	code = shared_open(host, options->shared_fd, error);
	if (code == 0)
		code = host->stream_fd = stream_open(options, error);
	if (code >= 0)
		code = host_init(host, options->vm, error);
	if (code < 0)
		return code;
	code = options->connect ? 0 : control_create(host, options->control_fd, &host->control);
	if (code < 0)
		return error_set(error, code, "cannot run: %s", uv_strerror(code));
	code = confine_enter(options->vm, options->required, error);
	if (code < 0 || host->control)
		return code;
	code = host_begin(host);
	return code < 0 ? error_set(error, code, "cannot begin: %s", uv_strerror(code)) : 0;
}

int main(int argc, char **argv)
{
	static struct host host = {.stream_fd = -1};
	static struct options options = {.stream_fd = -1,
		.wayland_fd = -1,
		.shared_fd = -1,
		.control_fd = -1,
		.required = true};
	struct error error = {0};

	settings_init(&options.settings);
	int exit_code = program_options_parse(&description, argc, argv, &options);
	if (exit_code >= 0)
		return exit_code;
	if (!options_fit(&options)) {
		fprintf(stderr, "vmsilo-windows-view: give either --connect and --colour, or "
				"--stream-fd, --wayland-fd and --control-fd\n");
		return PROGRAM_EXIT_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	host.settings = options.settings;
	if (prepare(&host, &options, &error) < 0) {
		fprintf(stderr, "vmsilo-windows-view: %s\n", error.text);
		return HOST_FAILED;
	}
	if (!host.ending)
		uv_run(&host.loop, UV_RUN_DEFAULT);
	host_finish(&host);
	return host.exit_code;
}
