#include "host-broker/storage/disk-file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/image/check.h"
#include "host-broker/storage/holder.h"
#include "host-broker/storage/store.h"
#include "host-broker/storage/walk.h"
#include "proto/base/cleanup.h"

/* ---- sizes ---- */

static int device_check(int fd, uint64_t wanted, struct error *error)
{
	uint64_t has = 0;

	if (ioctl(fd, BLKGETSIZE64, &has) < 0)
		return error_set(error, -errno, "cannot get its size: %s", uv_strerror(-errno));
	if (wanted == 0 || wanted == has)
		return 0;
	return error_set(error, UV_EINVAL,
		"a block device has the size that it has; leave its size out of the configuration");
}

static int file_resize(int fd, const struct stat *status, uint64_t wanted, struct error *error)
{
	uint64_t has = (uint64_t)status->st_size;
	int code = disk_size_check(has, wanted, error);

	if (code < 0 || wanted <= has)
		return code;
	if (ftruncate(fd, (off_t)wanted) < 0)
		return error_set(error, -errno, "cannot make it larger: %s", uv_strerror(-errno));
	return 0;
}

/* ---- one that is there ---- */

static int lock(int fd, bool shared, struct error *error)
{
	char holder[HOLDER_TEXT_SIZE];

	if (flock(fd, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0)
		return 0;
	if (errno != EWOULDBLOCK)
		return error_set(error, -errno, "cannot lock it: %s", uv_strerror(-errno));
	holder_describe(fd, holder);
	return error_set(error, UV_EBUSY, "it is in use by %s", holder);
}

static int type_check(int fd, struct stat *ret_status, struct error *error)
{
	if (fstat(fd, ret_status) < 0)
		return error_set(error, -errno, "%s", uv_strerror(-errno));
	if (S_ISREG(ret_status->st_mode) || S_ISBLK(ret_status->st_mode))
		return 0;
	return error_set(error, UV_EINVAL, "it is neither a file nor a block device");
}

/* Opens what an O_PATH descriptor stands for: no other file can have come between. A device that
 * the host has mounted is refused (O_EXCL, open(2)). */
static int reopen(
	int path_fd, const struct disk_plan *plan, struct stat *ret_status, struct error *error)
{
	char path[64];
	int code = type_check(path_fd, ret_status, error);

	if (code < 0)
		return code;
	int flags = O_CLOEXEC | O_NOCTTY | (plan->read_only ? O_RDONLY : O_RDWR);
	if (S_ISBLK(ret_status->st_mode) && !plan->read_only)
		flags |= O_EXCL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", path_fd);
	int fd = open(path, flags);
	if (fd >= 0)
		return fd;
	return error_set(error, -errno, "%s",
		errno == EBUSY ? "the host uses it (is it mounted?)" : uv_strerror(-errno));
}

static int existing_open(
	struct disk_file *file, int path_fd, const struct disk_plan *plan, struct error *error)
{
	struct stat status;
	_cleanup_close_ int fd = reopen(path_fd, plan, &status, error);
	int code = fd < 0 ? fd : lock(fd, plan->read_only, error);

	if (code == 0 && S_ISBLK(status.st_mode))
		code = device_check(fd, plan->bytes, error);
	else if (code == 0 && plan->read_only)
		code = disk_size_check((uint64_t)status.st_size, plan->bytes, error);
	else if (code == 0)
		code = file_resize(fd, &status, plan->bytes, error);
	if (code == 0)
		file->fd = steal_fd(&fd);
	return code;
}

/* ---- one that is made ---- */

static const char *fresh_name(const struct disk_file *file, char out[PLAN_FILE_SIZE + 8])
{
	snprintf(out, PLAN_FILE_SIZE + 8, "%s.new", file->name);
	return out;
}

/* One that another start left behind is taken over, unless it is still at it. */
static int fresh_open(struct disk_file *file, uint64_t bytes, struct error *error)
{
	char name[PLAN_FILE_SIZE + 8];
	struct stat status;
	_cleanup_close_ int fd = openat(file->folder_fd, fresh_name(file, name),
		O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0 || fstat(fd, &status) < 0)
		return error_set(error, -errno, "cannot create it: %s", uv_strerror(-errno));
	if (!S_ISREG(status.st_mode) || status.st_nlink != 1 || status.st_uid != geteuid())
		return error_set(error, UV_EPERM, "%s is in its way; remove that", name);
	int code = lock(fd, false, error);
	if (code < 0)
		return code;
	if (ftruncate(fd, 0) < 0 || ftruncate(fd, (off_t)bytes) < 0)
		return error_set(error, -errno, "cannot create it: %s", uv_strerror(-errno));
	file->fd = steal_fd(&fd);
	file->fresh = true;
	return 0;
}

static void fresh_remove(const struct disk_file *file)
{
	char name[PLAN_FILE_SIZE + 8];

	unlinkat(file->folder_fd, fresh_name(file, name), 0);
}

/* Takes folder_fd. */
static int disk_make(struct disk_file *file, int folder_fd, const char *name,
	const struct disk_plan *plan, struct error *error)
{
	file->folder_fd = folder_fd;
	snprintf(file->name, sizeof(file->name), "%s", name);
	if (plan->bytes == 0 || plan->read_only)
		return error_set(error, UV_ENOENT,
			"there is no such file; with 'size:', and without 'read_only:', it is "
			"made");
	return fresh_open(file, plan->bytes, error);
}

/* ---- where it lies ---- */

static int in_store_open(const struct paths *paths, const char *vm, const struct disk_plan *plan,
	struct disk_file *file, struct error *error)
{
	_cleanup_close_ int folder = store_open(paths, vm, error);

	if (folder < 0)
		return folder;
	_cleanup_close_ int fd = openat(folder, plan->file, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && !plan->passes)
		return existing_open(file, fd, plan, error);
	if (fd < 0 && errno != ENOENT)
		return error_set(error, -errno, "%s", uv_strerror(-errno));
	int code = disk_make(file, steal_fd(&folder), plan->file, plan, error);
	if (code == 0 && plan->passes)
		fresh_remove(file);
	return code;
}

/* By the rights of the user whose broker this is. */
static int own_open(const char *path, int *ret_folder, char *ret_name, size_t size)
{
	char folder[PATH_MAX];
	const char *name = strrchr(path, '/') + 1;
	int fd = open(path, O_PATH | O_CLOEXEC);
	int code = fd < 0 ? -errno : 0;

	*ret_folder = -1;
	if (code != UV_ENOENT || !name[0] || strlen(name) >= size)
		return code < 0 ? code : fd;
	snprintf(ret_name, size, "%s", name);
	snprintf(folder, sizeof(folder), "%.*s", (int)(name - path), path);
	*ret_folder = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return code;
}

static int path_open(const struct paths *paths, const struct disk_plan *plan,
	struct disk_file *file, struct error *error)
{
	char path[PATH_MAX], name[PLAN_FILE_SIZE];
	int folder = -1;
	int code = paths_expand(plan->path, path, sizeof(path));

	if (code < 0)
		return error_set(error, code, "%s: %s", plan->path, uv_strerror(code));
	_cleanup_close_ int fd = paths->system ? walk_open(path, &folder, name, sizeof(name))
					       : own_open(path, &folder, name, sizeof(name));
	if (fd >= 0)
		code = existing_open(file, fd, plan, error);
	else if (fd == UV_ENOENT && folder >= 0)
		code = disk_make(file, folder, name, plan, error);
	else if (fd == UV_EPERM && paths->system)
		code = error_set(error, fd,
			"on the way there a folder or a link is in the hands of a user who does "
			"not own what follows");
	else
		code = error_set(error, fd, "%s", uv_strerror(fd));
	return code < 0 ? error_prefix(error, "%s", path) : 0;
}

/* ---- all ---- */

bool disk_fd_direct(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (fcntl(fd, F_SETFL, flags | O_DIRECT) < 0)
		return false;
	fcntl(fd, F_SETFL, flags);
	return true;
}

int disk_file_open(const struct paths *paths, const char *vm, const struct disk_plan *plan,
	struct disk_file *ret, struct error *error)
{
	*ret = (struct disk_file){.fd = -1, .folder_fd = -1};
	int code = plan->file[0] ? in_store_open(paths, vm, plan, ret, error)
				 : path_open(paths, plan, ret, error);

	if (code < 0)
		disk_file_close(ret);
	else
		ret->direct = disk_fd_direct(ret->fd);
	return code;
}

int disk_file_finish(struct disk_file *file, struct error *error)
{
	char name[PLAN_FILE_SIZE + 8];
	struct stat status;
	bool unnamed = fstat(file->fd, &status) == 0 && status.st_nlink == 0;

	if (file->fresh && !unnamed &&
		renameat2(file->folder_fd, fresh_name(file, name), file->folder_fd, file->name,
			RENAME_NOREPLACE) < 0)
		return error_set(
			error, -errno, "cannot name it %s: %s", file->name, uv_strerror(-errno));
	file->fresh = false;
	return 0;
}

void disk_file_close(struct disk_file *file)
{
	if (file->fd >= 0 && file->fresh)
		fresh_remove(file);
	if (file->fd >= 0)
		close(file->fd);
	if (file->folder_fd >= 0)
		close(file->folder_fd);
	file->fd = file->folder_fd = -1;
}
