#include "host-broker/shares/protected.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/host/own-programs.h"

void protected_resolve(const char *path, char ret[PATH_MAX])
{
	char head[PATH_MAX];
	size_t length = strnlen(path, PATH_MAX - 1);

	while (length > 0) {
		snprintf(head, sizeof(head), "%.*s", (int)length, path);
		if (realpath(head, ret))
			break;
		while (length > 0 && path[--length] != '/')
			continue;
	}
	size_t used = length > 0 ? strlen(ret) : 0;
	const char *rest = path + length;
	snprintf(ret + used, PATH_MAX - used, "%s", rest);
}

static bool is_in(const char *path, const char *folder)
{
	size_t length = strcmp(folder, "/") == 0 ? 0 : strlen(folder);

	return strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

struct search {
	const char *folder;
	struct protected_clash *ret;
};

static bool meets(const struct search *search, const char *resolved, const char *what)
{
	struct protected_clash *ret = search->ret;
	bool belongs = is_in(search->folder, resolved);

	snprintf(ret->path, sizeof(ret->path), "%s", resolved);
	ret->what = what;
	ret->contains = !belongs;
	return belongs || is_in(resolved, search->folder);
}

/* path: "" for one that is not there. */
static bool folder_clashes(const struct search *search, const char *path, const char *what)
{
	char resolved[PATH_MAX];

	if (path[0] != '/')
		return false;
	protected_resolve(path, resolved);
	return meets(search, resolved, what);
}

static void folder_of(const char *path, char ret[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t length = slash ? (size_t)(slash - path) : 0;

	snprintf(ret, PATH_MAX, "%.*s", slash && length == 0 ? 1 : (int)length, path);
}

/* Where it is a symbolic link, both: that could be replaced as well. */
static bool file_clashes(const struct search *search, const char *path, const char *what)
{
	char folder[PATH_MAX], resolved[PATH_MAX];

	if (path[0] != '/')
		return false;
	folder_of(path, folder);
	protected_resolve(folder, resolved);
	size_t used = strlen(resolved);
	snprintf(resolved + used, sizeof(resolved) - used, "%s", strrchr(path, '/'));
	return meets(search, resolved, what) || folder_clashes(search, path, what);
}

static bool disks_clash(const struct vm_config *vm, const struct search *search)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < vm->disks.count; i++)
		if (paths_expand(vm->disks.items[i].path, path, sizeof(path)) == 0 &&
			file_clashes(search, path, "a VM's disk"))
			return true;
	return false;
}

static bool vms_clash(const struct protected_places *places, const struct search *search)
{
	for (size_t i = 0; i < places->vms_count; i++) {
		const struct vm_config *vm = &places->vms[i];
		if (file_clashes(search, vm->kernel, "a VM's kernel") ||
			file_clashes(search, vm->initrd, "a VM's initrd") ||
			disks_clash(vm, search))
			return true;
	}
	return false;
}

/* Ours lie in one folder; the system's may be root's own broker's to change. */
static bool programs_clash(const struct protected_places *places, const struct search *search)
{
	static const char what[] = "programs that the broker runs";
	char folder[PATH_MAX];

	own_folder(folder, sizeof(folder));
	return folder_clashes(search, folder, what) || folder_clashes(search, "/usr", what) ||
	       file_clashes(search, places->broker->qemu, what) ||
	       file_clashes(search, places->broker->virtiofsd, what);
}

static bool broker_clashes(const struct protected_places *places, const struct search *search)
{
	const struct paths *paths = places->paths;
	const char *images =
		places->broker->image_dir[0] ? places->broker->image_dir : paths->images;
	char config[PATH_MAX];

	folder_of(places->config_path, config);
	return folder_clashes(search, config, "the configuration") ||
	       folder_clashes(search, paths->runtime, "the broker's runtime folder") ||
	       folder_clashes(search, images, "images") ||
	       folder_clashes(search, paths->vms, "what VMs keep") ||
	       folder_clashes(search, paths->journals, "journals") ||
	       file_clashes(search, paths->verified, "the broker's own files") ||
	       file_clashes(search, paths->uids, "the broker's own files");
}

static bool kernel_clashes(const struct search *search)
{
	static const char what[] = "what the kernel makes";

	return folder_clashes(search, "/proc", what) || folder_clashes(search, "/sys", what) ||
	       folder_clashes(search, "/dev", what);
}

bool protected_find(const struct protected_places *places, const char *folder, bool read_only,
	struct protected_clash *ret)
{
	const struct search search = {folder, ret};

	return broker_clashes(places, &search) || kernel_clashes(&search) ||
	       vms_clash(places, &search) || (!read_only && programs_clash(places, &search));
}
