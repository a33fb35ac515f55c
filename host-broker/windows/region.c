#include "host-broker/windows/region.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host-broker/monitor/capability.h"
#include "host-broker/monitor/devices.h"
#include "host-broker/monitor/table.h"
#include "host-broker/parts/parts.h"
#include "proto/base/cleanup.h"
#include "proto/base/meminfo.h"

#define NAME "vmsilo-windows"
#define LINK "/memfd:" NAME " (deleted)"
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
#define MEMINFO_SIZE 8192
#define FOLDER_SIZE 128
#define ENTRY_SIZE (FOLDER_SIZE + 256)

/* ---- its size ---- */

static uint64_t power_below(uint64_t bytes)
{
	uint64_t power = 1;

	while (power <= bytes / 2)
		power *= 2;
	return power;
}

uint64_t region_size(uint64_t asked, uint64_t available)
{
	if (asked == WINDOWS_SHARED_AUTO) {
		asked = available / REGION_SHARE;
		if (asked > REGION_DEFAULT)
			asked = REGION_DEFAULT;
		return asked < REGION_LEAST ? 0 : power_below(asked);
	}
	return asked < (uint64_t)sysconf(_SC_PAGESIZE) ? 0 : power_below(asked);
}

static uint64_t available_now(void)
{
	_cleanup_close_ int fd = open("/proc/meminfo", O_RDONLY | O_CLOEXEC);
	char text[MEMINFO_SIZE];
	struct meminfo info;
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text));

	return length > 0 && meminfo_parse(text, (size_t)length, &info) == 0 ? info.available : 0;
}

/* ---- the part ---- */

static int region_make(uint64_t bytes)
{
	_cleanup_close_ int fd = memfd_create(NAME, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0 || fcntl(fd, F_ADD_SEALS, SEALS) < 0)
		return -errno;
	return steal_fd(&fd);
}

struct region {
	const struct run_context *context;
	uint64_t bytes;
};

static int region_prepare(struct part *part, struct error *error)
{
	const struct region *region = part->data;
	int fd = region_make(region->bytes);

	if (fd < 0)
		return error_set(error, fd, "cannot make it: %s", uv_strerror(fd));
	vm_devices_set_region(region->context->devices,
		&(const struct monitor_region){.fd = fd, .bytes = region->bytes});
	return 0;
}

static int region_release(struct part *part)
{
	(void)part;
	return 0;
}

static void region_forget(struct part *part)
{
	free(part->data);
}

static const struct part_kind region_kind = {.name = "windows region",
	.death = PART_DEATH_STOPS,
	.passes = true,
	.prepare = region_prepare,
	.release = region_release,
	.forget = region_forget};

/* Of images whose programs could have windows; who asks for a size knows what he does. */
static bool is_wanted(const struct vm_environment *environment, const struct run_context *context)
{
	const struct windows_config *windows = &context->vm->windows;
	const struct monitor_ops *ops = monitor_find(environment->monitors, context->vm->monitor);
	bool has_root = context->image && context->image->has_root;

	return windows->shown && !context->adopted && ops &&
	       (ops->capabilities(context->vm->machine) & CAPABILITY_SHARED_REGION) &&
	       (has_root || windows->shared_bytes != WINDOWS_SHARED_AUTO);
}

int region_add(void *data, const struct run_context *context, struct error *error)
{
	if (!is_wanted(data, context))
		return 0;
	uint64_t bytes = region_size(context->vm->windows.shared_bytes, available_now());
	if (bytes == 0)
		return 0;
	struct region *region = calloc(1, sizeof(*region));
	if (region)
		*region = (struct region){.context = context, .bytes = bytes};
	if (region &&
		parts_add(context->parts, &region_kind, "region", "the windows' region", region))
		return 0;
	free(region);
	return error_set(error, UV_ENOMEM, "out of memory");
}

/* ---- found again ---- */

/* A monitor that a guest has taken over could offer anything under that name: what can shrink would
 * end whoever reads it. */
static int region_open(const char *path, uint64_t *ret_bytes)
{
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat status;

	if (fd < 0 || (fcntl(fd, F_GET_SEALS) & SEALS) != SEALS || fstat(fd, &status) < 0 ||
		status.st_size <= 0)
		return UV_ENOENT;
	*ret_bytes = (uint64_t)status.st_size;
	return steal_fd(&fd);
}

static bool is_region(const char *path)
{
	char target[sizeof(LINK)];
	ssize_t length = readlink(path, target, sizeof(target));

	return length == (ssize_t)strlen(LINK) && memcmp(target, LINK, strlen(LINK)) == 0;
}

int region_find(const char *proc, pid_t monitor, uint64_t *ret_bytes)
{
	char folder[FOLDER_SIZE], path[ENTRY_SIZE];
	const struct dirent *entry;
	int fd = UV_ENOENT;

	snprintf(folder, sizeof(folder), "%s/%d/fd", proc, (int)monitor);
	DIR *list = monitor > 0 ? opendir(folder) : NULL;
	while (list && fd < 0 && (entry = readdir(list))) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		if (is_region(path))
			fd = region_open(path, ret_bytes);
	}
	if (list)
		closedir(list);
	return fd;
}
