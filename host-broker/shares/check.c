#include "host-broker/shares/check.h"

#include <stdio.h>
#include <uv.h>

#include "host-broker/config/value/mount-point.h"
#include "host-broker/shares/folder.h"

static int path_check(const struct protected_places *places, const struct share_config *share,
	struct error *error)
{
	char path[PATH_MAX], folder[PATH_MAX];
	int code = share_path_expand(places->paths, share->path, path, error);

	if (code < 0)
		return code;
	protected_resolve(path, folder);
	return share_protected_check(places, folder, share->read_only, error);
}

static int mount_check(const struct share_configs *shares, size_t index, struct error *error)
{
	const char *mount = shares->items[index].mount;

	for (size_t i = 0; i < index; i++)
		if (mount_point_overlaps(shares->items[i].mount, mount))
			return error_set(error, UV_EINVAL,
				"mount: %s is in the way of %s; choose another one", mount,
				shares->items[i].mount);
	return 0;
}

static int vm_check(
	const struct protected_places *places, const struct vm_config *vm, struct error *error)
{
	char place[PATH_MAX];

	for (size_t i = 0; i < vm->shares.count; i++) {
		const struct share_config *share = &vm->shares.items[i];
		int code = mount_check(&vm->shares, i, error);
		if (code == 0)
			code = path_check(places, share, error);
		if (code == 0)
			continue;
		share_place_format(vm, share, place, sizeof(place));
		return error_prefix(error, "%s: shares", place);
	}
	return 0;
}

int shares_check(const struct config *config, const struct paths *paths, const char *config_path,
	struct error *error)
{
	const struct protected_places places = {.paths = paths,
		.config_path = config_path,
		.broker = &config->broker,
		.vms = config->vms,
		.vms_count = config->vms_count};
	int code = 0;

	for (size_t i = 0; code == 0 && i < config->vms_count; i++)
		code = vm_check(&places, &config->vms[i], error);
	return code;
}
