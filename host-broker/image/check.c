#include "host-broker/image/check.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/image/image.h"

#define SIZE_TEXT_SIZE 32

static const char *size_format(uint64_t bytes, char out[SIZE_TEXT_SIZE])
{
	static const char units[] = "KMG";
	size_t unit = 0;

	for (bytes /= 1024; unit < 2 && bytes >= 1024 && bytes % 1024 == 0; bytes /= 1024)
		unit++;
	snprintf(out, SIZE_TEXT_SIZE, "%" PRIu64 "%c", bytes, units[unit]);
	return out;
}

int disk_size_check(uint64_t has, uint64_t wanted, struct error *error)
{
	char larger[SIZE_TEXT_SIZE], smaller[SIZE_TEXT_SIZE];

	if (wanted == 0 || wanted >= has)
		return 0;
	return error_set(error, UV_EINVAL,
		"it has %s, and is configured to have %s: a disk is never made smaller; set its "
		"size to %s",
		size_format(has, larger), size_format(wanted, smaller), larger);
}

const char *image_dir(const struct broker_config *broker, const struct paths *paths)
{
	return broker->image_dir[0] ? broker->image_dir : paths->images;
}

static int home_check(const struct vm_config *vm, const struct paths *paths, struct error *error)
{
	char path[PATH_MAX];
	struct stat status;
	int length = snprintf(path, sizeof(path), "%s/%s/" IMAGE_HOME, paths->vms, vm->name);

	if (length < 0 || (size_t)length >= sizeof(path) || stat(path, &status) < 0)
		return 0;
	return disk_size_check((uint64_t)status.st_size, vm->home_bytes, error) < 0
		       ? error_prefix(error, "%s: vm \"%s\": home", vm->source, vm->name)
		       : 0;
}

static bool is_small(const struct vm_config *vm, const char *images)
{
	char folder[4096], path[sizeof(folder) + 16];
	unsigned int generation;

	if (generation_current(images, vm->image, &generation) < 0 ||
		generation_folder(images, vm->image, generation, folder, sizeof(folder)) < 0)
		return false;
	snprintf(path, sizeof(path), "%s/vmlinuz", folder);
	if (access(path, F_OK) < 0)
		return false;
	snprintf(path, sizeof(path), "%s/" IMAGE_ROOT, folder);
	return access(path, F_OK) < 0;
}

static int root_check(const struct vm_config *vm, const char *images, struct error *error)
{
	const struct root_config *root = &vm->root;
	bool asks = root->keep || root->layer != LAYER_AUTO || root->size_bytes;

	if (!asks || (vm->image[0] && !is_small(vm, images)))
		return 0;
	return error_set(error, UV_EINVAL,
		"%s: vm \"%s\": root: the image \"%s\" has its root in memory, so there is no "
		"layer over it; leave this key out, or take an image with a root disk",
		vm->source, vm->name, vm->image);
}

int image_check(const struct vm_config *vm, const struct broker_config *broker,
	const struct paths *paths, struct error *error)
{
	int code = vm->home_bytes ? home_check(vm, paths, error) : 0;

	return code < 0 ? code : root_check(vm, image_dir(broker, paths), error);
}

int image_check_all(const struct config *config, const struct paths *paths, struct error *error)
{
	int code = 0;

	for (size_t i = 0; code == 0 && i < config->vms_count; i++)
		code = image_check(&config->vms[i], &config->broker, paths, error);
	return code;
}
