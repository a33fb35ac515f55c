#include "host-broker/storage/disk.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "host-broker/storage/disk-file.h"

#define RELEASE_MS 2000
#define OWNER_TEXT_SIZE 16

struct disk {
	struct disk_options options;
	struct disk_plan plan;
	struct disk_file file;
	struct helper helper;
};

/* The monitor's list takes a copy of the descriptor: ours is closed when the file has its name. */
static int disk_hand(struct disk *disk, struct error *error)
{
	struct stat status;
	const struct monitor_disk entry = {.name = disk->plan.name,
		.device = fstat(disk->file.fd, &status) == 0 && S_ISBLK(status.st_mode),
		.fd = fcntl(disk->file.fd, F_DUPFD_CLOEXEC, 0),
		.read_only = disk->plan.read_only,
		.direct = disk->file.direct,
		.discard = !disk->plan.read_only,
		.stops = !disk->plan.read_only};
	int code = entry.fd < 0 ? UV_EMFILE
				: vm_devices_add_disk(
					  disk->options.context->devices, disk->plan.rank, &entry);

	return code < 0 ? error_set(error, code, "%s", uv_strerror(code)) : 0;
}

/* The layer's owner is root: there is everything on it. */
static int mkfs_run(struct disk *disk, struct error *error)
{
	const struct vm_config *vm = disk->options.context->vm;
	char owner[OWNER_TEXT_SIZE], template_folder[PATH_MAX];
	const char *argv[] = {disk->options.mkfs, "--disk-fd", "3", "--label", disk->plan.name,
		"--sandbox", config_sandbox_word(vm->sandbox), "--owner", owner, NULL, NULL, NULL};

	snprintf(owner, sizeof(owner), "%" PRIu32, disk->plan.owner);
	if (disk->plan.template_folder[0]) {
		int code = paths_expand(
			disk->plan.template_folder, template_folder, sizeof(template_folder));
		if (code < 0)
			return error_set(error, code, "%s: %s", disk->plan.template_folder,
				uv_strerror(code));
		argv[9] = "--template";
		argv[10] = template_folder;
	}
	return helper_run(&disk->helper,
		&(const struct child_options){.argv = argv,
			.fds = &disk->file.fd,
			.fds_count = 1,
			.capabilities = CHILD_CAPABILITIES_SANDBOX,
			.own_pids = true,
			.vm = vm->name},
		error);
}

static int disk_start(struct helper *helper, struct error *error)
{
	struct disk *disk = helper->data;
	int code = disk_file_open(disk->options.environment->paths, disk->options.context->vm->name,
		&disk->plan, &disk->file, error);

	if (code < 0)
		return code;
	if (disk->file.fresh)
		return mkfs_run(disk, error);
	code = disk_hand(disk, error);
	disk_file_close(&disk->file);
	return code;
}

static int disk_made(struct helper *helper, struct error *error)
{
	struct disk *disk = helper->data;
	int code = disk_file_finish(&disk->file, error);

	if (code == 0)
		code = disk_hand(disk, error);
	disk_file_close(&disk->file);
	return code;
}

static void disk_forget(struct part *part)
{
	struct disk *disk = ((struct helper *)part->data)->data;

	helper_forget(part);
	disk_file_close(&disk->file);
	free(disk);
}

static const struct part_kind disk_kind = {.name = "disk",
	.passes = true,
	.release_ms = RELEASE_MS,
	.prepare = helper_prepare,
	.release = helper_release,
	.force = helper_force,
	.forget = disk_forget,
	.record = helper_record,
	.adopt = helper_adopt};

int disk_add(const struct disk_options *options, const struct disk_plan *plan)
{
	struct disk *disk = calloc(1, sizeof(*disk));
	char key[PART_NAME_SIZE];

	if (!disk)
		return UV_ENOMEM;
	*disk = (struct disk){.options = *options,
		.plan = *plan,
		.file = {.fd = -1, .folder_fd = -1},
		.helper = {.loop = options->environment->loop,
			.start = disk_start,
			.made = disk_made,
			.data = disk}};
	snprintf(key, sizeof(key), "disk_%s", plan->name);
	if (parts_add(options->context->parts, &disk_kind, key, plan->title, &disk->helper))
		return 0;
	free(disk);
	return UV_ENOMEM;
}
