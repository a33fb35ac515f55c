#include "guest-agent/usb/vhci.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "guest-agent/system/helper.h"
#include "guest-agent/usb/vhci-status.h"
#include "proto/base/cleanup.h"

#define STATUS_SIZE 8192 /* a page; the kernel writes no more */

static int file_open(const char *directory, const char *name, int flags)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	int fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int file_write(const char *directory, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int file_write(const char *directory, const char *name, const char *format, ...)
{
	_cleanup_close_ int fd = file_open(directory, name, O_WRONLY);
	char text[64];
	va_list arguments;

	if (fd < 0)
		return fd;
	va_start(arguments, format);
	int length = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	return write(fd, text, (size_t)length) < 0 ? -errno : 0;
}

/* An image that lists the module has it already; others have modprobe. */
static void module_load(void)
{
	static const char *const argv[] = {"modprobe", "-q", "vhci-hcd", NULL};
	pid_t pid;

	if (helper_start(argv, &pid) < 0)
		return;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static int status_read(const char *directory, char *text, size_t size)
{
	_cleanup_close_ int fd = file_open(directory, "status", O_RDONLY);

	if (fd < 0)
		return fd;
	ssize_t length = read(fd, text, size - 1);
	if (length < 0)
		return -errno;
	text[length] = '\0';
	return 0;
}

int vhci_attach(const char *directory, int fd, uint32_t devid, uint32_t speed,
	unsigned int *ret_port, struct error *error)
{
	bool super_speed = speed >= VHCI_SPEED_SUPER;
	char text[STATUS_SIZE];
	int code = status_read(directory, text, sizeof(text));

	if (code == UV_ENOENT) {
		module_load();
		code = status_read(directory, text, sizeof(text));
	}
	if (code == UV_ENOENT)
		return error_set(error, UV_ENOTSUP,
			"the guest's kernel has no vhci_hcd (USB/IP); use an image with one that "
			"does, such as Debian's linux-image-amd64");
	if (code < 0)
		return error_set(error, code, "vhci_hcd: status: %s", uv_strerror(code));
	code = vhci_status_free_port(text, super_speed, ret_port);
	if (code == UV_EBUSY)
		return error_set(error, code, "all ports of the guest's vhci_hcd are in use");
	if (code < 0)
		return error_set(error, code, "cannot read vhci_hcd's list of ports");
	/* Kernels before 6.8 refuse a speed above 5. */
	code = file_write(directory, "attach", "%u %d %u %u", *ret_port, fd, devid,
		super_speed ? VHCI_SPEED_SUPER : speed);
	if (code < 0)
		return error_set(error, code, "vhci_hcd refused the stream: %s", uv_strerror(code));
	return 0;
}

int vhci_detach(const char *directory, unsigned int port)
{
	return file_write(directory, "detach", "%u", port);
}
