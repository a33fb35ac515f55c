#include "host-broker/vm/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

static int path_set(char *out, size_t size, const char *own, const char *directory,
	const char *image, const char *name)
{
	int length = own[0] ? snprintf(out, size, "%s", own)
			    : snprintf(out, size, "%s/%s/%s", directory, image, name);

	return length < 0 || (size_t)length >= size ? UV_ENAMETOOLONG : 0;
}

static int file_check(const struct vm_config *vm, const char *path, bool own, struct error *error)
{
	if (access(path, R_OK) == 0)
		return 0;
	int code = -errno;
	if (own || code != -ENOENT)
		return error_set(error, code, "vm \"%s\" (%s): cannot read %s: %s", vm->name,
			vm->source, path, uv_strerror(code));
	return error_set(error, code,
		"vm \"%s\": image \"%s\" is not built (no %s); run: vmsilo-image build %s",
		vm->name, vm->image, path, vm->image);
}

/* The first line of the image's cmdline file; "" when there is no file. */
static int cmdline_read(const char *directory, const char *image, char *out, size_t size)
{
	char path[4096];
	int code = path_set(path, sizeof(path), "", directory, image, "cmdline");
	if (code < 0)
		return code;

	out[0] = '\0';
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	ssize_t length = read(fd, out, size - 1);
	if (length < 0)
		return -errno;
	if ((size_t)length == size - 1)
		return UV_E2BIG;
	out[length] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

static int cmdline_make(
	const struct vm_config *vm, const char *directory, char *out, struct error *error)
{
	char base[IMAGE_CMDLINE_MAX] = "";

	if (vm->image[0]) {
		int code = cmdline_read(directory, vm->image, base, sizeof(base));
		if (code < 0)
			return error_set(error, code, "vm \"%s\": cannot read %s/%s/cmdline: %s",
				vm->name, directory, vm->image, uv_strerror(code));
	}
	int length = snprintf(out, IMAGE_CMDLINE_MAX, "%s%svmsilo.name=%s%s%s", base,
		base[0] ? " " : "", vm->name, vm->cmdline[0] ? " " : "", vm->cmdline);
	if (length >= IMAGE_CMDLINE_MAX)
		return error_set(error, UV_E2BIG,
			"vm \"%s\" (%s): the kernel command line is longer than %d bytes", vm->name,
			vm->source, IMAGE_CMDLINE_MAX - 1);
	return 0;
}

int image_find(
	const struct vm_config *vm, const char *image_dir, struct image *ret, struct error *error)
{
	struct image found = {0};

	if (path_set(found.kernel, sizeof(found.kernel), vm->kernel, image_dir, vm->image,
		    "vmlinuz") < 0 ||
		path_set(found.initrd, sizeof(found.initrd), vm->initrd, image_dir, vm->image,
			"initrd.img") < 0)
		return error_set(error, UV_ENAMETOOLONG, "vm \"%s\" (%s): a path is too long",
			vm->name, vm->source);

	int code = file_check(vm, found.kernel, vm->kernel[0], error);
	if (code == 0)
		code = file_check(vm, found.initrd, vm->initrd[0], error);
	if (code == 0)
		code = cmdline_make(vm, image_dir, found.cmdline, error);
	if (code == 0)
		*ret = found;
	return code;
}
