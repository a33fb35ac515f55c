#include "host-broker/storage/status.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "host-broker/image/check.h"
#include "host-broker/image/image.h"
#include "host-broker/image/layer-name.h"
#include "host-broker/storage/plan.h"
#include "host-broker/storage/store.h"

static bool has_root(const char *images, const char *image, unsigned int generation)
{
	char folder[4096], path[sizeof(folder) + sizeof(IMAGE_ROOT)];

	if (!image[0] || generation_folder(images, image, generation, folder, sizeof(folder)) < 0)
		return false;
	snprintf(path, sizeof(path), "%s/" IMAGE_ROOT, folder);
	return access(path, F_OK) == 0;
}

void storage_root_status(
	const struct vm_environment *environment, const struct vm *vm, struct root_status *ret)
{
	const struct vm_config *config = vm_is_off(vm) ? vm_configuration(vm) : vm_ran(vm);
	const char *images = image_dir(environment->broker, environment->paths);
	unsigned int current = 0, kept = launch_kept(environment, config);
	struct vm_status status;

	vm_status(vm, &status);
	*ret = (struct root_status){.runs = status.generation};
	if (generation_current(images, config->image, &current) < 0)
		current = 0;
	ret->starts = kept ? kept : current;
	ret->held = kept && kept != current;
	ret->there = has_root(images, config->image, ret->runs ? ret->runs : ret->starts);
	ret->on_disk = root_layer(config) == LAYER_DISK;
	ret->kept = config->root.keep;
}

int storage_image_folder(const struct vm_environment *environment, const struct vm *vm,
	unsigned int generation, char *ret, size_t size)
{
	const struct vm_config *config = vm_is_off(vm) ? vm_configuration(vm) : vm_ran(vm);

	return generation_folder(image_dir(environment->broker, environment->paths), config->image,
		generation, ret, size);
}

const char *storage_stall_text(enum vm_stall stall)
{
	switch (stall) {
	case VM_STALL_DISK_FULL:
		return "the host's disk is full; it goes on when there is room, and nothing is "
		       "lost";
	case VM_STALL_DISK_FAILED:
		return "the host could not write to one of its disks; the write is tried again";
	default:
		return "";
	}
}

static int layer_remove(const struct vm_environment *environment, const struct vm_config *vm,
	int store, unsigned int generation)
{
	char name[LAYER_NAME_SIZE], folder[4096];

	layer_name_format(vm->image, generation, name);
	if (unlinkat(store, name, 0) < 0)
		return -errno;
	if (generation_folder(image_dir(environment->broker, environment->paths), vm->image,
		    generation, folder, sizeof(folder)) == 0)
		generation_let_go(folder, vm->name);
	return 0;
}

int storage_root_reset(const struct vm_environment *environment, const struct vm *vm,
	unsigned int *ret_count, struct error *error)
{
	const struct vm_config *config = vm_configuration(vm);
	char folder[STORE_PATH_SIZE];
	unsigned int generation;

	*ret_count = 0;
	if (!vm_is_off(vm))
		return error_set(error, UV_EBUSY,
			"vm \"%s\" runs on its layer; stop it first: vm-stop %s", config->name,
			config->name);
	int store = store_open(environment->paths, config->name, error);
	if (store < 0)
		return store;
	int code = store_path(environment->paths, config->name, "", folder);
	while (code == 0 && layer_find(folder, config->image, &generation)) {
		code = layer_remove(environment, config, store, generation);
		*ret_count += code == 0;
	}
	close(store);
	return code < 0 ? error_set(error, code, "vm \"%s\": cannot remove its layer: %s",
				  config->name, uv_strerror(code))
			: 0;
}
