/* vmsilo-usb-server: one USB device for one guest. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/usbdevice_fs.h>
#include <malloc.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/log.h"
#include "proto/host/program-options.h"
#include "proto/host/sandbox.h"
#include "proto/io/vsock-buffer.h"
#include "proto/limits.h"
#include "usb/greeting.h"
#include "usb/server.h"
#include "usb/stream.h"
#include "usb/uv-libusb.h"

#define STOP_TIMEOUT_MS \
	1500 /* for cancelled transfers to come back; 2 s after SIGTERM it is killed */
#define FILES_MAX 64
/* Requests held, answers queued, and what libusb and usbfs make of them. */
#define DATA_MAX (192u * 1024 * 1024)

enum exit_code {
	EXIT_ENDED = 0,
	EXIT_FAILED = 1, /* 2: wrong usage */
	EXIT_DEVICE_LOST = 3,
	EXIT_VIOLATION = 4,
};

struct options {
	int device_fd, stream_fd, token_fd;
	uint64_t devid;
	const char *name;
	bool required;
};

static const char help[] =
	"usage: vmsilo-usb-server --device-fd N --stream-fd N --token-fd N --devid ID\n"
	"                         [--name VM] [--sandbox required|best-effort]\n"
	"\n"
	"Serves one USB device to one guest over USB/IP. The broker starts it.\n"
	"\n"
	"  --device-fd N   the device's node, open for reading and writing\n"
	"  --stream-fd N   the stream to the guest's agent, still unused\n"
	"  --token-fd N    a pipe that holds the stream's token\n"
	"  --devid ID      bus number times 65536 plus device number\n"
	"  --name VM       for messages\n"
	"  --sandbox HOW   required (default): fail if it cannot be set up; best-effort: warn\n"
	"  --help, --version\n"
	"\n"
	"Ends on SIGTERM, and when the guest closes the stream or the device is unplugged.\n"
	"Exit codes: 0 ended normally, 1 failed, 2 wrong usage, 3 the device is gone, 4 the "
	"guest\nbroke the protocol.\n";

static bool sandbox_set(void *values, const char *text)
{
	return sandbox_required_parse(text, &((struct options *)values)->required);
}

static const struct program_option option_table[] = {
	{"device-fd", PROGRAM_FD, .offset = offsetof(struct options, device_fd), .required = true},
	{"stream-fd", PROGRAM_FD, .offset = offsetof(struct options, stream_fd), .required = true},
	{"token-fd", PROGRAM_FD, .offset = offsetof(struct options, token_fd), .required = true},
	{"devid", PROGRAM_NUMBER, .offset = offsetof(struct options, devid), .least = 1,
		.most = UINT32_MAX, .required = true},
	{"name", PROGRAM_TEXT, .offset = offsetof(struct options, name)},
	{"sandbox", PROGRAM_SET, .set = sandbox_set, .what = "sandbox level"},
	{0},
};

static const struct program_description description = {
	.name = "vmsilo-usb-server", .help = help, .options = option_table};

struct program {
	const struct options *options;
	uv_loop_t loop;
	uv_signal_t term;
	uv_timer_t timer;
	libusb_context *context;
	libusb_device_handle *handle;
	struct uv_libusb *events;
	struct device device;
	struct server *server;
	struct stream *stream;
	int exit_code;
	bool stopping;
};

/* ---- the device ---- */

static int device_open(struct program *program, struct error *error)
{
	static uint8_t bytes[DESCRIPTORS_SIZE_MAX];
	int configuration = 0;
	uint8_t interface;

	/* The descriptor is all we have; libusb must not look for devices by itself. */
	int code = libusb_set_option(NULL, LIBUSB_OPTION_NO_DEVICE_DISCOVERY);
	if (code == 0)
		code = libusb_init(&program->context);
	if (code == 0)
		code = libusb_wrap_sys_device(
			program->context, program->options->device_fd, &program->handle);
	if (code == 0)
		code = libusb_get_configuration(program->handle, &configuration);
	if (code < 0)
		return error_set(error, UV_EIO, "cannot use the device: %s",
			libusb_strerror((enum libusb_error)code));
	ssize_t length = pread(program->options->device_fd, bytes, sizeof(bytes), 0);
	if (length < 0)
		return error_set(error, -errno, "cannot read the device's descriptors: %s",
			uv_strerror(-errno));
	if (device_init(&program->device, &device_libusb, program->handle, bytes, (size_t)length,
		    (uint8_t)configuration) < 0)
		return error_set(error, UV_EINVAL, "the device has no descriptors");
	libusb_set_auto_detach_kernel_driver(program->handle, 1);
	code = device_claim(&program->device, &interface);
	if (code < 0)
		return error_set(error, UV_EBUSY,
			"cannot take interface %u of the device from the host: %s", interface,
			libusb_strerror((enum libusb_error)code));
	return 0;
}

static void device_close(struct program *program)
{
	if (program->handle) {
		device_finish(&program->device);
		libusb_close(program->handle);
	}
	if (program->events)
		uv_libusb_destroy(program->events);
	if (program->context)
		libusb_exit(program->context);
}

/* ---- the end ---- */

static void loop_end(struct program *program)
{
	if (uv_is_closing((uv_handle_t *)&program->term))
		return;
	uv_close((uv_handle_t *)&program->term, NULL);
	uv_close((uv_handle_t *)&program->timer, NULL);
	uv_stop(&program->loop);
}

static void on_idle(void *data)
{
	loop_end(data);
}

static void on_stop_timeout(uv_timer_t *timer)
{
	loop_end(timer->data);
}

static void stop(struct program *program, int exit_code)
{
	if (program->stopping)
		return;
	program->stopping = true;
	program->exit_code = exit_code;
	stream_destroy(program->stream);
	server_stop(program->server);
	if (server_idle(program->server))
		loop_end(program);
	else
		uv_timer_start(&program->timer, on_stop_timeout, STOP_TIMEOUT_MS, 0);
}

static void on_stream_end(void *data, int reason)
{
	struct program *program = data;

	if (reason == UV_EPROTO)
		log_warning(program->options->name,
			"the guest broke the USB/IP protocol: its device is detached");
	stop(program, reason == UV_EPROTO ? EXIT_VIOLATION : EXIT_ENDED);
}

static void on_lost_timeout(uv_timer_t *timer)
{
	stop(timer->data, EXIT_DEVICE_LOST);
}

/* From the loop, since we are inside the server here. */
static void on_device_lost(void *data)
{
	struct program *program = data;

	uv_timer_start(&program->timer, on_lost_timeout, 0, 0);
}

static void on_output(void *data)
{
	struct program *program = data;

	if (program->stream && !program->stopping)
		stream_kick(program->stream);
}

static void on_term(uv_signal_t *handle, int number)
{
	(void)number;
	stop(handle->data, EXIT_ENDED);
}

static const struct server_ops server_ops = {
	.on_output = on_output,
	.on_device_lost = on_device_lost,
	.on_idle = on_idle,
};

/* ---- all of it ---- */

/* What libusb does with a device, and with its timer. */
static int calls_allow(void *filter)
{
	static const unsigned long requests[] = {
		USBDEVFS_SUBMITURB,
		USBDEVFS_REAPURBNDELAY,
		USBDEVFS_DISCARDURB,
		USBDEVFS_CONTROL,
		USBDEVFS_SETCONFIGURATION,
		USBDEVFS_CLAIMINTERFACE,
		USBDEVFS_RELEASEINTERFACE,
		USBDEVFS_SETINTERFACE,
		USBDEVFS_CLEAR_HALT,
		USBDEVFS_RESET,
		USBDEVFS_IOCTL,
		USBDEVFS_DISCONNECT_CLAIM,
		USBDEVFS_GETDRIVER,
	};
	int code = sandbox_allow(filter, SCMP_SYS(timerfd_settime));

	for (size_t i = 0; code == 0 && i < sizeof(requests) / sizeof(requests[0]); i++)
		code = sandbox_allow_equal(filter, SCMP_SYS(ioctl), 1, requests[i]);
	return code;
}

static int loop_make(struct program *program)
{
	int code = uv_loop_init(&program->loop);

	if (code == 0)
		code = uv_signal_init(&program->loop, &program->term);
	if (code == 0)
		code = uv_signal_start(&program->term, on_term, SIGTERM);
	if (code == 0)
		code = uv_timer_init(&program->loop, &program->timer);
	program->term.data = program;
	program->timer.data = program;
	if (code == 0)
		code = uv_libusb_create(&program->loop, program->context, &program->events);
	if (code == 0)
		code = server_create(&program->device, (uint32_t)program->options->devid,
			&server_ops, program, &program->server);
	return code;
}

static int token_read(int fd, struct token *ret)
{
	ssize_t count = read(fd, ret->bytes, TOKEN_SIZE);

	close(fd);
	return count == TOKEN_SIZE ? 0 : UV_EINVAL;
}

/* A disk's requests come by the megabyte, one like the other: their memory stays with us instead of
 * being mapped and zeroed anew for each. It is bounded by what the table admits. */
static void memory_keep(void)
{
	mallopt(M_MMAP_THRESHOLD, 2 * USBIP_LENGTH_MAX);
	mallopt(M_TRIM_THRESHOLD, DATA_MAX);
}

/* Everything that needs a right comes before the sandbox, every byte of the guest's after it. */
static int prepare(struct program *program, struct error *error)
{
	const struct options *options = program->options;
	const struct sandbox_options sandbox = {
		.name = options->name,
		.program = "the USB server",
		.required = options->required,
		.files_max = FILES_MAX,
		.data_max = DATA_MAX,
		.allow = calls_allow,
	};
	struct token token;
	bool rooted;

	int code = sandbox_begin(&sandbox, error);
	if (code == 0)
		code = device_open(program, error);
	if (code < 0)
		return code;
	vsock_buffer_set(options->stream_fd, USB_STREAM_BUFFER);
	code = loop_make(program);
	if (code == 0)
		code = token_read(options->token_fd, &token);
	if (code < 0)
		return error_set(error, code, "cannot run: %s", uv_strerror(code));
	code = sandbox_enter(&sandbox, &rooted, error);
	if (code == 0)
		code = greeting_exchange(options->stream_fd, &token, error);
	if (code < 0)
		return code;
	code = stream_create(&program->loop, options->stream_fd, program->server, on_stream_end,
		program, &program->stream);
	return code < 0 ? error_set(error, code, "cannot run: %s", uv_strerror(code)) : 0;
}

int main(int argc, char **argv)
{
	static struct program program;
	static struct options options = {.required = true};
	struct error error = {0};
	int exit_code = program_options_parse(&description, argc, argv, &options);

	if (exit_code >= 0)
		return exit_code;
	signal(SIGPIPE, SIG_IGN);
	memory_keep();
	program.options = &options;
	fcntl(options.stream_fd, F_SETFL, fcntl(options.stream_fd, F_GETFL) | O_NONBLOCK);
	if (prepare(&program, &error) < 0) {
		fprintf(stderr, "vmsilo-usb-server: %s\n", error.text);
		device_close(&program);
		return EXIT_FAILED;
	}
	uv_run(&program.loop, UV_RUN_DEFAULT);
	if (server_idle(program.server))
		server_destroy(program.server);
	device_close(&program);
	/* Handles that were closed have their callbacks. */
	uv_run(&program.loop, UV_RUN_NOWAIT);
	return program.exit_code;
}
