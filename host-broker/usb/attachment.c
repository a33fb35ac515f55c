#include "host-broker/usb/attachment.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "host-broker/usb/driver-restore.h"
#include "host-broker/vm/stream-open.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/base/text.h"
#include "proto/control.pb-c.h"
#include "proto/io/closer.h"
#include "proto/wire/frame.h"

/* The way down: for the guest to let go, then for the server to end, then it is killed. */
#define TERM_AFTER_MS 3000
#define KILL_AFTER_MS 2000 /* after SIGTERM; the server itself gives its transfers 1.5 s */
#define EXIT_DEVICE_LOST 3 /* the server's exit codes */
#define EXIT_VIOLATION 4

struct attachment {
	struct attachment_options options;
	struct usb_info info;
	enum attachment_phase phase;
	int device_fd;
	struct stream_open *open;
	struct process *server;
	struct error error; /* of the end; the first reason is the true one */
	bool asked;         /* the end was */
	bool termed;
	struct closer closer;
	uv_timer_t timer;
};

static void on_timer(uv_timer_t *timer);

static const char *vm_name(const struct attachment *attachment)
{
	return vm_configuration(attachment->options.vm)->name;
}

static void reason_set(struct attachment *attachment, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void reason_set(struct attachment *attachment, int code, const char *format, ...)
{
	char text[512];
	va_list arguments;

	if (attachment->error.code != 0 || attachment->asked)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	error_set(&attachment->error, code, "vm \"%s\": %s", vm_name(attachment), text);
}

/* ---- the end ---- */

static void attachment_gone(struct attachment *attachment)
{
	attachment->phase = ATTACHMENT_ENDING;
	uv_timer_stop(&attachment->timer);
	attachment->options.callbacks->on_gone(
		attachment->options.data, attachment, &attachment->error);
}

static void on_gone_later(uv_timer_t *timer)
{
	attachment_gone(timer->data);
}

/* Ends what there is; on_gone comes from the loop. */
static void attachment_end(struct attachment *attachment, uint64_t term_after_ms)
{
	if (attachment->open)
		stream_open_cancel(attachment->open);
	attachment->open = NULL;
	if (attachment->phase == ATTACHMENT_ENDING)
		return;
	attachment->phase = ATTACHMENT_ENDING;
	uv_timer_start(&attachment->timer, attachment->server ? on_timer : on_gone_later,
		attachment->server ? term_after_ms : 0, 0);
}

/* The last line of what the server said, without its time and level. */
static void server_words(const struct attachment *attachment, char *out, size_t size)
{
	char text[PROCESS_TAIL_SIZE + 1];

	snprintf(text, sizeof(text), "%s", process_tail(attachment->server));
	for (size_t end = strlen(text); end > 0 && text[end - 1] == '\n'; end--)
		text[end - 1] = '\0';
	const char *line = strrchr(text, '\n');
	line = line ? line + 1 : text;
	const char *words = strstr(line, "vmsilo-usb-server: ");
	words = words ? words + strlen("vmsilo-usb-server: ") : line;
	text_escape(out, size, words, strlen(words));
}

static void on_server_exit(void *data, int status)
{
	struct attachment *attachment = data;
	int code = status >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	const char *path = attachment->info.path;
	char words[512];

	server_words(attachment, words, sizeof(words));
	/* The guest may have reported the end first; the unplugging is the true reason. */
	if (code == EXIT_DEVICE_LOST)
		attachment->error = (struct error){0};
	if (code == EXIT_DEVICE_LOST)
		reason_set(attachment, UV_ENODEV, "the device %s was unplugged", path);
	else if (code == EXIT_VIOLATION)
		reason_set(attachment, UV_EPROTO,
			"the guest broke the USB/IP protocol: the device %s was detached", path);
	else if (code == 0 && attachment->phase == ATTACHMENT_ATTACHED)
		reason_set(attachment, UV_ECONNRESET, "the guest released the device %s", path);
	else if (code != 0 || attachment->phase != ATTACHMENT_ENDING)
		reason_set(attachment, UV_EIO, "the device %s: %s", path,
			words[0] ? words : "its vmsilo-usb-server ended");
	process_destroy(attachment->server);
	attachment->server = NULL;
	/* An orderly end gives the interfaces back to the host's drivers by itself. */
	if (code != 0 && code != EXIT_DEVICE_LOST)
		driver_restore(&attachment->info);
	attachment_gone(attachment);
}

static void on_timer(uv_timer_t *timer)
{
	struct attachment *attachment = timer->data;

	if (attachment->phase != ATTACHMENT_ENDING) {
		reason_set(attachment, UV_ETIMEDOUT,
			"the device %s was not attached within %d s: %s", attachment->info.path,
			ATTACHMENT_TIMEOUT_MS / 1000,
			attachment->phase == ATTACHMENT_DIALLING
				? "the guest did not accept the stream"
				: "the guest's agent did not answer");
		attachment_end(attachment, 0);
		return;
	}
	process_kill(attachment->server, attachment->termed ? SIGKILL : SIGTERM);
	if (!attachment->termed)
		uv_timer_start(timer, on_timer, KILL_AFTER_MS, 0);
	attachment->termed = true;
}

void attachment_detach(struct attachment *attachment)
{
	Vmsilo__Control__UsbDetach message = VMSILO__CONTROL__USB_DETACH__INIT;
	bool attached = attachment->phase == ATTACHMENT_ATTACHED;

	if (attachment->phase == ATTACHMENT_ENDING)
		return;
	attachment->asked = true;
	message.id = attachment->options.id;
	/* The guest lets go first, so that its drivers see a device that goes, not one that fails.
	 */
	int code = attached ? vm_tell(attachment->options.vm, FRAME_USB_DETACH, &message.base)
			    : UV_ENOTCONN;
	attachment_end(attachment, code == 0 ? TERM_AFTER_MS : 0);
}

/* ---- the way up ---- */

static void say_attach(struct attachment *attachment, const struct token *token)
{
	static const struct {
		const char *speed; /* Mbit/s */
		uint32_t number;   /* enum usb_device_speed of the kernel */
	} speeds[] = {{"1.5", 1}, {"12", 2}, {"480", 3}};
	Vmsilo__Control__UsbAttach message = VMSILO__CONTROL__USB_ATTACH__INIT;

	message.id = attachment->options.id;
	message.token.data = (uint8_t *)token->bytes;
	message.token.len = TOKEN_SIZE;
	message.devid = attachment->info.bus << 16 | attachment->info.device;
	message.speed = 5;
	for (size_t i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++)
		if (strcmp(speeds[i].speed, attachment->info.speed) == 0)
			message.speed = speeds[i].number;
	int code = vm_tell(attachment->options.vm, FRAME_USB_ATTACH, &message.base);
	if (code < 0)
		reason_set(attachment, code, "cannot tell its agent about the device %s: %s",
			attachment->info.path, uv_strerror(code));
}

static int server_start(struct attachment *attachment, int stream_fd, const struct token *token,
	struct error *error)
{
	const struct vm_config *vm = vm_configuration(attachment->options.vm);
	char devid[16];
	int pipe_fds[2];

	/* Not on the command line, which anybody can read. A token fits into any pipe. */
	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return error_set(error, -errno, "%s", uv_strerror(-errno));
	bool written = write(pipe_fds[1], token->bytes, TOKEN_SIZE) == TOKEN_SIZE;
	close(pipe_fds[1]);
	snprintf(devid, sizeof(devid), "%u", attachment->info.bus << 16 | attachment->info.device);
	const char *argv[] = {attachment->options.server, "--device-fd", "3", "--stream-fd", "4",
		"--token-fd", "5", "--devid", devid, "--name", vm->name, "--sandbox",
		config_sandbox_word(vm->sandbox), NULL};
	const int fds[] = {attachment->device_fd, stream_fd, pipe_fds[0]};
	const struct identity *of_vm = vm_identity(attachment->options.vm);
	const struct identity identity = identity_bare(of_vm);
	const struct child_options options = {.argv = argv,
		.fds = fds,
		.fds_count = 3,
		.identity = of_vm ? &identity : NULL,
		.capabilities = CHILD_CAPABILITIES_SANDBOX,
		.own_pids = true,
		.vm = vm->name};
	int code = written ? process_start(attachment->options.loop, &options, on_server_exit,
				     attachment, &attachment->server, error)
			   : error_set(error, UV_EIO, "cannot pass the token to vmsilo-usb-server");
	close(pipe_fds[0]);
	return code;
}

static void on_stream(void *data, int stream_fd, const struct token *token)
{
	struct attachment *attachment = data;
	_cleanup_close_ int fd = stream_fd;
	struct error error = {0};

	attachment->open = NULL;
	if (fd < 0) {
		reason_set(attachment, fd,
			"its agent does not accept USB devices (%s); its image may be too old: "
			"rebuild it with vmsilo-image",
			uv_strerror(fd));
		attachment_end(attachment, 0);
		return;
	}
	int code = server_start(attachment, fd, token, &error);
	close(steal_fd(&attachment->device_fd));
	if (code < 0) {
		reason_set(
			attachment, code, "the device %s: %s", attachment->info.path, error.text);
		attachment_end(attachment, 0);
		return;
	}
	attachment->phase = ATTACHMENT_STARTING;
	say_attach(attachment, token);
	if (attachment->error.code < 0)
		attachment_end(attachment, 0);
}

void attachment_on_attached(
	struct attachment *attachment, uint32_t port, const char *untrusted_error)
{
	char text[USB_ERROR_MAX * 2];

	if (attachment->phase != ATTACHMENT_STARTING)
		return;
	if (untrusted_error[0]) {
		text_escape(text, sizeof(text), untrusted_error, strlen(untrusted_error));
		reason_set(attachment, UV_EIO, "the device %s: %s", attachment->info.path, text);
		attachment_end(attachment, 0);
		return;
	}
	uv_timer_stop(&attachment->timer);
	attachment->phase = ATTACHMENT_ATTACHED;
	log_info(vm_name(attachment), "usb: %s (%04x:%04x) is attached to port %u",
		attachment->info.path, attachment->info.vendor, attachment->info.product, port);
	attachment->options.callbacks->on_attached(attachment->options.data, attachment);
}

/* Its end of the stream is closed: the server will see it, or be made to. */
void attachment_on_detached(struct attachment *attachment)
{
	if (attachment->phase != ATTACHMENT_ATTACHED && attachment->phase != ATTACHMENT_ENDING)
		return;
	reason_set(attachment, UV_ECONNRESET, "the guest released the device %s",
		attachment->info.path);
	attachment_end(attachment, TERM_AFTER_MS);
}

/* ---- making and ending ---- */

static int device_open(struct attachment *attachment, struct error *error)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/bus/usb/%03u/%03u", attachment->info.bus,
		attachment->info.device);
	attachment->device_fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (attachment->device_fd >= 0)
		return 0;
	int code = -errno;
	return error_set(error, code, "cannot open the device %s (%s): %s%s", attachment->info.path,
		path, uv_strerror(code),
		code == UV_EACCES
			? "; install the udev rule of vmsilo and join the group vmsilo-usb"
			: "");
}

static void attachment_free(void *data)
{
	free(data);
}

static struct attachment *attachment_new(const struct attachment_options *options)
{
	struct attachment *attachment = calloc(1, sizeof(*attachment));

	if (!attachment)
		return NULL;
	attachment->options = *options;
	attachment->info = *options->info;
	attachment->device_fd = -1;
	closer_init(&attachment->closer, attachment_free, attachment);
	uv_timer_init(options->loop, &attachment->timer);
	attachment->timer.data = attachment;
	closer_add(&attachment->closer);
	return attachment;
}

int attachment_create(
	const struct attachment_options *options, struct attachment **ret, struct error *error)
{
	struct attachment *attachment = attachment_new(options);

	if (!attachment)
		return error_set(error, UV_ENOMEM, "out of memory");
	int code = device_open(attachment, error);
	if (code == 0) {
		code = stream_open_start(options->loop, options->vm, PORT_USB, "", on_stream,
			attachment, &attachment->open);
		if (code < 0)
			error_set(error, code, "vm \"%s\": cannot open a stream to its agent: %s",
				vm_name(attachment), uv_strerror(code));
	}
	if (code < 0) {
		attachment_destroy(attachment);
		return code;
	}
	uv_timer_start(&attachment->timer, on_timer, ATTACHMENT_TIMEOUT_MS, 0);
	*ret = attachment;
	return 0;
}

int attachment_adopt(
	const struct attachment_options *options, struct process_id server, struct attachment **ret)
{
	struct attachment *attachment = attachment_new(options);

	if (!attachment)
		return UV_ENOMEM;
	attachment->phase = ATTACHMENT_ATTACHED;
	int code = process_adopt(
		options->loop, server, on_server_exit, attachment, &attachment->server);
	if (code < 0)
		attachment_destroy(attachment);
	else
		*ret = attachment;
	return code;
}

void attachment_destroy(struct attachment *attachment)
{
	if (attachment->open)
		stream_open_cancel(attachment->open);
	if (attachment->server)
		process_destroy(attachment->server);
	if (attachment->device_fd >= 0)
		close(attachment->device_fd);
	closer_close(&attachment->closer, (uv_handle_t *)&attachment->timer);
	closer_finish(&attachment->closer);
}

const struct usb_info *attachment_info(const struct attachment *attachment)
{
	return &attachment->info;
}

struct vm *attachment_vm(const struct attachment *attachment)
{
	return attachment->options.vm;
}

uint32_t attachment_id(const struct attachment *attachment)
{
	return attachment->options.id;
}

enum attachment_phase attachment_phase(const struct attachment *attachment)
{
	return attachment->phase;
}

struct process_id attachment_process(const struct attachment *attachment)
{
	return attachment->server ? process_id(attachment->server) : (struct process_id){0};
}
