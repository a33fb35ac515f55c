#include "host-broker/image/image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/base/fd.h"

static int path_set(char *out, size_t size, const char *own, const char *folder, const char *name)
{
	int length = own[0] ? snprintf(out, size, "%s", own)
			    : snprintf(out, size, "%s/%s", folder, name);

	return length < 0 || (size_t)length >= size ? UV_ENAMETOOLONG : 0;
}

static int file_check(const struct vm_config *vm, const char *path, bool own, struct error *error)
{
	_cleanup_close_ int fd = fd_open_regular(AT_FDCWD, path, 0);
	if (fd >= 0)
		return 0;
	int code = fd;
	if (own || code != UV_ENOENT)
		return error_set(error, code, "vm \"%s\" (%s): cannot read %s: %s", vm->name,
			vm->source, path, uv_strerror(code));
	return error_set(error, code,
		"vm \"%s\": image \"%s\" is not built (no %s); run: vmsilo-image build %s",
		vm->name, vm->image, path, vm->image);
}

/* The first line of the image's cmdline file; "" when there is no file. */
static int cmdline_read(const char *folder, char *out, size_t size)
{
	char path[4096];
	int code = path_set(path, sizeof(path), "", folder, "cmdline");
	if (code < 0)
		return code;

	out[0] = '\0';
	_cleanup_close_ int fd = fd_open_regular(AT_FDCWD, path, 0);
	if (fd < 0)
		return fd == UV_ENOENT ? 0 : fd;
	ssize_t length = read(fd, out, size - 1);
	if (length < 0)
		return -errno;
	if ((size_t)length == size - 1)
		return UV_E2BIG;
	out[length] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

static int cmdline_make(const struct vm_config *vm, struct image *image, struct error *error)
{
	char base[IMAGE_CMDLINE_MAX] = "";

	if (image->folder[0]) {
		int code = cmdline_read(image->folder, base, sizeof(base));
		if (code < 0)
			return error_set(error, code, "vm \"%s\": cannot read %s/cmdline: %s",
				vm->name, image->folder, uv_strerror(code));
	}
	int length = snprintf(image->cmdline, IMAGE_CMDLINE_MAX, "%s%svmsilo.name=%s%s%s", base,
		base[0] ? " " : "", vm->name, vm->cmdline[0] ? " " : "", vm->cmdline);
	if (length >= IMAGE_CMDLINE_MAX)
		return error_set(error, UV_E2BIG,
			"vm \"%s\" (%s): the kernel command line is longer than %d bytes", vm->name,
			vm->source, IMAGE_CMDLINE_MAX - 1);
	return 0;
}

static int too_long(const struct vm_config *vm, struct error *error)
{
	return error_set(
		error, UV_ENAMETOOLONG, "vm \"%s\" (%s): a path is too long", vm->name, vm->source);
}

/* A kept layer holds the VM at its generation. */
static int folder_find(const struct vm_config *vm, const char *image_dir, unsigned int kept,
	struct image *image, struct error *error)
{
	char root[4096];
	int code = generation_current(image_dir, vm->image, &image->generation);

	if (code < 0)
		return error_set(error, code,
			"vm \"%s\": %s/%s/current is no link to one of the image's generations; "
			"run: vmsilo-image build %s",
			vm->name, image_dir, vm->image, vm->image);
	if (kept)
		image->generation = kept;
	if (generation_folder(image_dir, vm->image, image->generation, image->folder,
		    sizeof(image->folder)) < 0 ||
		path_set(root, sizeof(root), "", image->folder, IMAGE_ROOT) < 0)
		return too_long(vm, error);
	if (kept && access(image->folder, F_OK) < 0)
		return error_set(error, UV_ENOENT,
			"vm \"%s\": its layer was kept over generation %u of the image \"%s\", "
			"which is gone; to throw the layer away, run: vmsilo root reset %s",
			vm->name, kept, vm->image, vm->name);
	image->has_root = access(root, F_OK) == 0;
	return 0;
}

int image_find(const struct vm_config *vm, const char *image_dir, unsigned int kept,
	struct image *ret, struct error *error)
{
	struct image found = {0};
	int code = vm->image[0] ? folder_find(vm, image_dir, kept, &found, error) : 0;

	if (code < 0)
		return code;
	if (path_set(found.kernel, sizeof(found.kernel), vm->kernel, found.folder, "vmlinuz") < 0 ||
		path_set(found.initrd, sizeof(found.initrd), vm->initrd, found.folder,
			"initrd.img") < 0)
		return too_long(vm, error);
	code = file_check(vm, found.kernel, vm->kernel[0], error);
	if (code == 0)
		code = file_check(vm, found.initrd, vm->initrd[0], error);
	if (code == 0)
		code = cmdline_make(vm, &found, error);
	if (code == 0)
		*ret = found;
	return code;
}
