#include "guest-agent/setup/mount.h"

#include <stdio.h>
#include <string.h>

/* e2fsck(8): what is or-ed into its exit code when the file system is whole now. */
#define CHECK_REPAIRED 1
#define CHECK_REBOOT 2

struct mounting {
	const struct mount_ops *ops;
	const Vmsilo__Control__Mount *wish;
	const char *path;
	struct problems *problems;
	char subject[SETUP_PATH_MAX + 32]; /* of sentences */
	char source[MOUNT_DEVICE_SIZE];
};

static void subject_make(struct mounting *mounting)
{
	const Vmsilo__Control__Mount *wish = mounting->wish;
	char *subject = mounting->subject;

	if (wish->home)
		snprintf(subject, sizeof(mounting->subject), "the home");
	else if (wish->disk[0])
		snprintf(subject, sizeof(mounting->subject), "the disk at %s", mounting->path);
	else
		snprintf(subject, sizeof(mounting->subject), "the share at %s", mounting->path);
}

/* Whether it may be written to: what e2fsck would not repair without a question is only read, so
 * that nothing more is lost. */
static bool check(const struct mounting *mounting)
{
	int code = mounting->ops->check(mounting->source);

	if (code == MOUNT_NO_CHECKER || (code & ~(CHECK_REPAIRED | CHECK_REBOOT)) == 0)
		return true;
	problems_add(mounting->problems,
		"%s is damaged (e2fsck: %d) and mounted read-only; to repair it, as root in the "
		"guest: umount %s; e2fsck -f %s",
		mounting->subject, code, mounting->path, mounting->source);
	return false;
}

static void grow(const struct mounting *mounting)
{
	int code = mounting->ops->grow(mounting->source, mounting->path);

	if (code < 0)
		problems_add(mounting->problems, "%s cannot take all of its disk: %s",
			mounting->subject, strerror(-code));
}

static bool disk_make(struct mounting *mounting)
{
	const struct mount_ops *ops = mounting->ops;
	bool writable = !mounting->wish->read_only;

	if (ops->find(mounting->wish->disk, mounting->source) < 0) {
		problems_add(mounting->problems, "%s is not there: the guest finds no disk \"%s\"",
			mounting->subject, mounting->wish->disk);
		return false;
	}
	if (ops->is_mounted(mounting->source, mounting->path)) {
		if (writable)
			grow(mounting);
		return true;
	}
	if (writable && !ops->is_mounted(mounting->source, NULL))
		writable = check(mounting);
	int code = ops->mount(mounting->source, mounting->path, "ext4", !writable);
	if (code < 0)
		problems_add(mounting->problems, "%s cannot be mounted: %s", mounting->subject,
			strerror(-code));
	else if (writable)
		grow(mounting);
	return code == 0;
}

static bool share_make(const struct mounting *mounting)
{
	const Vmsilo__Control__Mount *wish = mounting->wish;

	if (mounting->ops->is_mounted(wish->share, mounting->path))
		return true;
	int code = mounting->ops->mount(wish->share, mounting->path, "virtiofs", wish->read_only);
	if (code < 0)
		problems_add(mounting->problems, "%s cannot be mounted: %s", mounting->subject,
			strerror(-code));
	return code == 0;
}

bool mount_make(const struct mount_ops *ops, const Vmsilo__Control__Mount *wish, const char *path,
	struct problems *problems)
{
	struct mounting mounting = {.ops = ops, .wish = wish, .path = path, .problems = problems};

	subject_make(&mounting);
	return wish->disk[0] ? disk_make(&mounting) : share_make(&mounting);
}
