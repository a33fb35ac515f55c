/* vmsilo-vsock-device: the virtio socket device of one VM, as a vhost-user back end. */
#include <inttypes.h>
#include <limits.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

#include "host-broker/vsock-device/backend.h"
#include "host-broker/vsock-device/device.h"
#include "proto/base/log.h"
#include "proto/host/program-options.h"
#include "proto/host/sandbox.h"

/* Two for each connection's moment of change, and the rest of the house. */
#define FILES_MAX (2 * DEVICE_CONNECTIONS_MAX + 64)
/* Private memory: each connection's buffer full, and as much again. The guest's memory is shared.
 */
#define DATA_MAX (768u * 1024 * 1024)

enum exit_code { EXIT_DONE = 0, EXIT_FAILED = 1 }; /* 2: wrong usage */

struct options {
	int vhost_fd;
	int listen_fd;
	const char *directory;
	const char *name;
	uint64_t cid;
	bool required;
};

static const char help[] =
	"usage: vmsilo-vsock-device --vhost-fd N --listen-fd N --directory DIR --cid CID\n"
	"                           [--name VM] [--sandbox required|best-effort]\n"
	"\n"
	"Provides one virtual machine's virtio socket device without the kernel's vhost-vsock.\n"
	"The broker starts it; monitors that speak vhost-user (QEMU, crosvm) connect to it.\n"
	"\n"
	"  --vhost-fd N     listening unix socket where the monitor connects\n"
	"  --listen-fd N    listening unix socket whose peers send CONNECT <port>\n"
	"  --directory DIR  the guest's streams to host port N go to DIR/s_N\n"
	"  --cid CID        the guest's context id, 3 or higher\n"
	"  --name VM        for messages\n"
	"  --sandbox HOW    required (default): fail if it cannot be set up; best-effort: warn\n"
	"  --help, --version\n"
	"\n"
	"Ends on SIGTERM, and 5 s after the monitor disconnected.\n"
	"Exit codes: 0 ended normally, 1 failed, 2 wrong usage.\n";

static bool sandbox_set(void *values, const char *text)
{
	return sandbox_required_parse(text, &((struct options *)values)->required);
}

static const struct program_option option_table[] = {
	{"vhost-fd", PROGRAM_FD, .offset = offsetof(struct options, vhost_fd), .required = true},
	{"listen-fd", PROGRAM_FD, .offset = offsetof(struct options, listen_fd), .required = true},
	{"directory", PROGRAM_TEXT, .offset = offsetof(struct options, directory),
		.required = true},
	{"name", PROGRAM_TEXT, .offset = offsetof(struct options, name)},
	{"cid", PROGRAM_NUMBER, .offset = offsetof(struct options, cid), .least = 3,
		.most = UINT32_MAX - 1, .required = true},
	{"sandbox", PROGRAM_SET, .set = sandbox_set, .what = "sandbox level"},
	{0},
};

static const struct program_description description = {
	.name = "vmsilo-vsock-device", .help = help, .options = option_table};

struct program {
	uv_loop_t loop;
	uv_signal_t term;
	struct device *device;
	struct backend *backend;
	char path[PATH_MAX];
};

static void program_end(struct program *program)
{
	if (uv_is_closing((uv_handle_t *)&program->term))
		return;
	uv_close((uv_handle_t *)&program->term, NULL);
	backend_destroy(program->backend);
	device_destroy(program->device);
}

static void on_term(uv_signal_t *handle, int number)
{
	(void)number;
	program_end(handle->data);
}

static void on_alone(void *data)
{
	program_end(data);
}

static int set_up(struct program *program, const struct options *options)
{
	const struct device_options device = {
		.name = options->name,
		.cid = options->cid,
		.listen_fd = options->listen_fd,
		.path = program->path,
	};
	int code = uv_loop_init(&program->loop);
	if (code == 0)
		code = uv_signal_init(&program->loop, &program->term);
	if (code == 0)
		code = uv_signal_start(&program->term, on_term, SIGTERM);
	program->term.data = program;
	if (code == 0)
		code = device_create(&program->loop, &device, &program->device);
	const struct backend_options backend = {
		.name = options->name,
		.cid = options->cid,
		.listen_fd = options->vhost_fd,
		.device = program->device,
		.on_alone = on_alone,
		.data = program,
	};
	return code < 0 ? code : backend_create(&program->loop, &backend, &program->backend);
}

/* Beside what it holds it takes local peers, and connects to the sockets in its folder. */
static int calls_allow(void *filter)
{
	int code = sandbox_allow(filter, SCMP_SYS(accept4));

	if (code == 0)
		code = sandbox_allow(filter, SCMP_SYS(connect));
	if (code == 0)
		code = sandbox_allow_socket(
			filter, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK);
	return code;
}

int main(int argc, char **argv)
{
	static struct program program;
	struct options options = {.required = true};
	struct error error = {0};
	bool rooted;
	int code = program_options_parse(&description, argc, argv, &options);

	if (code >= 0)
		return code;
	signal(SIGPIPE, SIG_IGN);
	const struct sandbox_options sandbox = {
		.name = options.name,
		.program = "the vsock device",
		.directory = options.directory,
		.required = options.required,
		.files_max = FILES_MAX,
		.data_max = DATA_MAX,
		.allow = calls_allow,
	};
	if (sandbox_begin(&sandbox, &error) < 0) {
		log_error(options.name, "%s", error.text);
		return EXIT_FAILED;
	}
	/* The loop's own descriptors come before the filter; the guest's memory comes after it. */
	code = set_up(&program, &options);
	if (code < 0) {
		log_error(options.name, "the vsock device cannot run: %s", uv_strerror(code));
		return EXIT_FAILED;
	}
	if (sandbox_enter(&sandbox, &rooted, &error) < 0) {
		log_error(options.name, "%s", error.text);
		return EXIT_FAILED;
	}
	snprintf(program.path, sizeof(program.path), "%s/s", rooted ? "" : options.directory);
	uv_run(&program.loop, UV_RUN_DEFAULT);
	uv_loop_close(&program.loop);
	return EXIT_DONE;
}
