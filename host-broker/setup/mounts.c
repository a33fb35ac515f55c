#include "host-broker/setup/mounts.h"

#include <stdio.h>

struct mount_wish {
	const char *disk; /* the beginning of its serial, or: */
	const char *share;
	int number; /* behind it; -1: none */
	const char *path;
	bool read_only;
	bool home;
};

/* There are at most as many as the configuration's limits allow, which is fewer. */
static void mount_add(struct setup_mounts *mounts, const struct mount_wish *wish)
{
	if (mounts->count >= SETUP_MOUNTS_MAX)
		return;
	Vmsilo__Control__Mount *mount = &mounts->entries[mounts->count];
	char *source = mounts->sources[mounts->count];
	vmsilo__control__mount__init(mount);
	if (wish->number < 0)
		snprintf(source, MOUNT_SOURCE_SIZE, "%s", wish->disk);
	else
		snprintf(source, MOUNT_SOURCE_SIZE, "%s%d", wish->disk ? wish->disk : wish->share,
			wish->number);
	if (wish->disk)
		mount->disk = source;
	else
		mount->share = source;
	mount->path = (char *)wish->path;
	mount->read_only = wish->read_only;
	mount->home = wish->home;
	mounts->list[mounts->count++] = mount;
}

void setup_mounts_make(const struct vm_config *vm, bool has_home, struct setup_mounts *ret)
{
	ret->count = 0;
	if (has_home)
		mount_add(ret, &(const struct mount_wish){
				       .disk = "home", .number = -1, .path = "", .home = true});
	for (size_t i = 0; i < vm->disks.count; i++) {
		const struct disk_config *disk = &vm->disks.items[i];
		if (disk->mount[0])
			mount_add(ret, &(const struct mount_wish){.disk = "disk",
					       .number = (int)i,
					       .path = disk->mount,
					       .read_only = disk->read_only});
	}
	for (size_t i = 0; i < vm->shares.count; i++) {
		const struct share_config *share = &vm->shares.items[i];
		mount_add(ret, &(const struct mount_wish){.share = "share",
				       .number = (int)i,
				       .path = share->mount,
				       .read_only = share->read_only});
	}
}
