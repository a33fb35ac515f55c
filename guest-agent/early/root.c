#include "guest-agent/early/root.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "guest-agent/boot/disk.h"
#include "guest-agent/boot/mounts.h"
#include "guest-agent/early/empty.h"

#define IMAGE "/image"
#define LAYER "/layer"

static int mount_say(const char *source, const char *target, const char *type, unsigned long flags,
	const char *options, struct error *error)
{
	mkdir(target, 0755);
	if (mount(source, target, type, flags, options) == 0)
		return 0;
	int code = -errno;
	return error_set(error, code, "cannot mount %s (%s): %s", source, type, strerror(-code));
}

static int disk_mount(const char *serial, const char *target, const char *type, unsigned long flags,
	const char *options, struct error *error)
{
	char path[DISK_PATH_SIZE];

	int code = disk_find(DISKS_DIRECTORY, serial, DISK_WAIT_MS, path, error);
	if (code == 0)
		code = mount_say(path, target, type, flags, options, error);
	if (code < 0 && code != UV_ENODEV)
		error_prefix(error, "the disk \"%s\"", serial);
	return code;
}

static int layer_mount(const struct early_options *options, struct error *error)
{
	char text[64] = "mode=0755";

	if (options->layer_on_disk)
		return disk_mount("layer", LAYER, "ext4", MS_NOATIME, "discard", error);
	if (options->layer_size)
		snprintf(text, sizeof(text), "mode=0755,size=%" PRIu64, options->layer_size);
	return mount_say("layer", LAYER, "tmpfs", MS_NOATIME, text, error);
}

static int overlay_mount(struct error *error)
{
	static const char options[] =
		"lowerdir=" IMAGE ",upperdir=" LAYER "/upper,workdir=" LAYER "/work";

	if ((mkdir(LAYER "/upper", 0755) < 0 || mkdir(LAYER "/work", 0755) < 0) &&
		errno != EEXIST) {
		int code = -errno;
		return error_set(error, code, "cannot write to the layer: %s", strerror(-code));
	}
	return mount_say("root", ROOT_NEW, "overlay", MS_NOATIME, options, error);
}

static int mount_move(const char *from, const char *to, struct error *error)
{
	mkdir(to, 0755);
	if (mount(from, to, NULL, MS_MOVE, NULL) == 0)
		return 0;
	int code = -errno;
	return error_set(error, code, "cannot move %s to %s: %s", from, to, strerror(-code));
}

int root_mount(const struct early_options *options, struct error *error)
{
	int code = disk_mount("root", IMAGE, "erofs", MS_RDONLY, "", error);

	if (code == 0)
		code = layer_mount(options, error);
	if (code == 0)
		code = overlay_mount(error);
	/* The overlay holds the image. */
	if (code == 0 && umount2(IMAGE, MNT_DETACH) < 0)
		code = error_set(error, -errno, "cannot detach the image: %s", strerror(errno));
	if (code == 0)
		code = mount_move("/dev", ROOT_NEW "/dev", error);
	if (code == 0)
		code = mount_move("/sys", ROOT_NEW "/sys", error);
	if (code == 0)
		code = mount_move("/proc", ROOT_NEW "/proc", error);
	if (code < 0)
		return code;
	mounts_make_memory(ROOT_NEW);
	/* As systemd mounts it. */
	code = mount_say("cgroup2", ROOT_NEW ROOT_CGROUPS, "cgroup2",
		MS_NOSUID | MS_NODEV | MS_NOEXEC, "nsdelegate,memory_recursiveprot", error);
	if (code < 0)
		return code;
	mkdir(ROOT_NEW "/run/vmsilo", 0755);
	return mount_move(LAYER, ROOT_NEW ROOT_LAYER, error);
}

int root_switch(struct error *error)
{
	int code = chdir(ROOT_NEW) < 0 ? -errno : 0;

	if (code == 0)
		folder_empty("/");
	if (code == 0 &&
		(mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 || chdir("/") < 0))
		code = -errno;
	return code < 0 ? error_set(error, code, "cannot switch to the root: %s", strerror(-code))
			: 0;
}
