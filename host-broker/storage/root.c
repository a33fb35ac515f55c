#include "host-broker/storage/root.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host-broker/storage/disk-file.h"
#include "host-broker/storage/plan.h"
#include "host-broker/storage/sum.h"
#include "host-broker/storage/verified.h"
#include "proto/base/cleanup.h"
#include "proto/base/fd.h"
#include "proto/base/log.h"

#define RELEASE_MS 5000

struct root {
	const struct vm_environment *environment;
	const struct run_context *context;
	struct part *part; /* NULL: it is forgotten, and freed when the work is done */
	char path[4096 + sizeof(IMAGE_ROOT)];
	char expected[SUM_SIZE];
	int fd; /* until it is handed; -1 */
	struct stat status;

	bool working;
	atomic_bool cancelled;
	uv_work_t work;
	int code;
	char sum[SUM_SIZE];
};

/* ---- what is handed over ---- */

static int words_say(struct vm_devices *devices, const struct vm_config *vm)
{
	bool disk = root_layer(vm) == LAYER_DISK;
	int code = vm_devices_say(devices, "vmsilo.root=disk");

	if (code == 0)
		code = vm_devices_say(devices, "vmsilo.user_uid=%" PRIu32, vm->guest_uid);
	if (code == 0)
		code = vm_devices_say(devices, "vmsilo.layer=%s", disk ? "disk" : "memory");
	if (code == 0 && !disk)
		code = vm_devices_say(devices, "vmsilo.layer_size=%" PRIu64, root_layer_bytes(vm));
	return code;
}

static int root_hand(struct root *root, struct error *error)
{
	struct vm_devices *devices = root->context->devices;
	const struct monitor_disk disk = {.name = "root",
		.fd = root->fd,
		.read_only = true,
		.direct = disk_fd_direct(root->fd)};

	root->fd = -1;
	int code = vm_devices_add_disk(devices, VM_DISK_ROOT, &disk);
	if (code == 0)
		code = words_say(devices, root->context->vm);
	return code < 0 ? error_set(error, code, "%s", uv_strerror(code)) : 0;
}

/* ---- verifying ---- */

static int sum_judge(struct root *root, struct error *error)
{
	if (root->code < 0)
		return error_set(error, root->code, "cannot read %s: %s", root->path,
			uv_strerror(root->code));
	if (strcmp(root->sum, root->expected) != 0)
		return error_set(error, UV_EIO,
			"%s is damaged: its SHA-256 is not the one in %s/" IMAGE_MANIFEST
			"; make the image again, run: vmsilo-image build %s",
			root->path, root->context->image->folder, root->context->vm->image);
	int code = verified_add(
		root->environment->paths->verified, root->path, &root->status, root->sum);
	if (code < 0)
		log_warning(root->context->vm->name, "cannot write %s: %s",
			root->environment->paths->verified, uv_strerror(code));
	return root_hand(root, error);
}

static void on_work(uv_work_t *work)
{
	struct root *root = work->data;

	root->code = sum_of_file(root->fd, &root->cancelled, root->sum);
}

static void root_free(struct root *root)
{
	if (root->fd >= 0)
		close(root->fd);
	free(root);
}

static void on_worked(uv_work_t *work, int status)
{
	struct root *root = work->data;
	struct error error = {0};

	root->working = false;
	if (!root->part) {
		root_free(root);
		return;
	}
	if (status < 0)
		root->code = status;
	if (root->part->state == PART_RELEASING)
		part_released(root->part);
	else if (sum_judge(root, &error) < 0)
		part_failed(root->part, &error);
	else
		part_ready(root->part);
}

static int verify_start(struct root *root, struct error *error)
{
	char text[sizeof(root->path) + 96];

	snprintf(text, sizeof(text), "%s has changed: reading it to verify it (%lld MB)",
		root->path, (long long)root->status.st_size / 1000000);
	part_note(root->part, text);
	root->work.data = root;
	int code = uv_queue_work(root->environment->loop, &root->work, on_work, on_worked);
	if (code < 0)
		return error_set(error, code, "cannot verify it: %s", uv_strerror(code));
	root->working = true;
	return PART_WAITS;
}

/* ---- the generation ---- */

/* Locked and read by one descriptor, which the monitor holds from then on. */
static int manifest_take(struct root *root, struct error *error)
{
	const char *folder = root->context->image->folder;
	char path[4096 + sizeof(IMAGE_MANIFEST)];
	_cleanup_free_ char *text = malloc(MANIFEST_MAX);
	struct stat status;

	snprintf(path, sizeof(path), "%s/" IMAGE_MANIFEST, folder);
	_cleanup_close_ int fd = fd_open_regular(AT_FDCWD, path, 0);
	if (fd < 0 || !text)
		return error_set(error, fd < 0 ? fd : UV_ENOMEM, "cannot read %s: %s", path,
			uv_strerror(fd < 0 ? fd : UV_ENOMEM));
	if (flock(fd, LOCK_SH | LOCK_NB) < 0 || fstat(fd, &status) < 0 || status.st_nlink == 0)
		return error_set(error, UV_EAGAIN,
			"%s is being removed; start the VM again, and it takes the image's current "
			"generation",
			folder);
	ssize_t length = read(fd, text, MANIFEST_MAX);
	int code = length < 0 ? -errno
			      : manifest_sum(text, (size_t)length, IMAGE_ROOT, root->expected);
	if (code < 0)
		return error_set(error, code, "%s does not have the SHA-256 of " IMAGE_ROOT ": %s",
			path, uv_strerror(code));
	code = vm_devices_hold(root->context->devices, steal_fd(&fd));
	return code < 0 ? error_set(error, code, "%s", uv_strerror(code)) : 0;
}

/* A layer that is kept holds its generation also while the VM is stopped. */
static int generation_hold(const struct root *root, struct error *error)
{
	const struct image *image = root->context->image;
	const struct vm_config *vm = root->context->vm;

	if (!vm->root.keep || image->generation == 0)
		return 0;
	int code = generation_keep(image->folder, vm->name);
	return code < 0 ? error_set(error, code,
				  "cannot note in %s/kept that the VM's layer belongs there: %s",
				  image->folder, uv_strerror(code))
			: 0;
}

/* ---- the part ---- */

static int root_open(struct root *root, struct error *error)
{
	snprintf(root->path, sizeof(root->path), "%s/" IMAGE_ROOT, root->context->image->folder);
	root->fd = fd_open_regular(AT_FDCWD, root->path, 0);
	if (root->fd < 0)
		return error_set(
			error, root->fd, "cannot open %s: %s", root->path, uv_strerror(root->fd));
	if (fstat(root->fd, &root->status) < 0)
		return error_set(
			error, -errno, "cannot open %s: %s", root->path, uv_strerror(-errno));
	return 0;
}

static int root_prepare(struct part *part, struct error *error)
{
	struct root *root = part->data;

	root->part = part;
	int code = manifest_take(root, error);
	if (code == 0)
		code = generation_hold(root, error);
	if (code == 0)
		code = root_open(root, error);
	if (code < 0)
		return code;
	if (verified_has(
		    root->environment->paths->verified, root->path, &root->status, root->expected))
		return root_hand(root, error);
	return verify_start(root, error);
}

static int root_release(struct part *part)
{
	struct root *root = part->data;

	if (!root->working)
		return 0;
	atomic_store(&root->cancelled, true);
	return PART_WAITS;
}

static void root_forget(struct part *part)
{
	struct root *root = part->data;

	root->part = NULL;
	atomic_store(&root->cancelled, true);
	if (!root->working)
		root_free(root);
}

static const struct part_kind root_kind = {.name = "root disk",
	.release_ms = RELEASE_MS,
	.prepare = root_prepare,
	.release = root_release,
	.forget = root_forget};

int root_add(const struct vm_environment *environment, const struct run_context *context)
{
	struct root *root = calloc(1, sizeof(*root));

	if (!root)
		return UV_ENOMEM;
	root->environment = environment;
	root->context = context;
	root->fd = -1;
	if (parts_add(context->parts, &root_kind, "root", "the root disk", root))
		return 0;
	free(root);
	return UV_ENOMEM;
}
