#include "proto/copy/budget.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/statvfs.h>

#define KEPT_PART 10                  /* of what was free: a tenth */
#define BYTES_STEP (16 * 1024 * 1024) /* looking costs a system call */
#define ENTRIES_STEP 256

struct room {
	uint64_t bytes, inodes;
	bool has_inodes; /* some file systems have no number of them */
};

static bool room_get(int fd, struct room *ret)
{
	struct statvfs status;

	if (fd < 0 || fstatvfs(fd, &status) < 0)
		return false;
	*ret = (struct room){.bytes = (uint64_t)status.f_bavail * status.f_frsize,
		.inodes = status.f_favail,
		.has_inodes = status.f_files > 0};
	return true;
}

/* Small enough that what comes before the next look leaves half of what is to be kept. */
static uint64_t step(uint64_t floor, uint64_t most)
{
	return floor / 2 < most ? floor / 2 : most;
}

void copy_budget_init(struct copy_budget *budget, const struct copy_limits *limits, int fd)
{
	struct room room;

	*budget = (struct copy_budget){.left = *limits, .fd = -1};
	if (!limits->bytes)
		budget->left.bytes = UINT64_MAX;
	if (!limits->entries)
		budget->left.entries = UINT64_MAX;
	if (!limits->bytes || !room_get(fd, &room))
		return;
	budget->fd = fd;
	budget->bytes_floor = room.bytes / KEPT_PART;
	budget->inodes_floor = room.has_inodes ? room.inodes / KEPT_PART : 0;
	budget->bytes_step = step(budget->bytes_floor, BYTES_STEP);
	budget->entries_step =
		room.has_inodes ? step(budget->inodes_floor, ENTRIES_STEP) : ENTRIES_STEP;
}

/* An entry takes room too: its name, its inode. */
static const char *look(struct copy_budget *budget)
{
	struct room room;

	if (budget->fd < 0 || (budget->bytes_seen <= budget->bytes_step &&
				      budget->entries_seen <= budget->entries_step))
		return NULL;
	budget->bytes_seen = budget->entries_seen = 0;
	if (!room_get(budget->fd, &room))
		return NULL;
	if (room.bytes < budget->bytes_floor)
		return "sent so much data that less than a tenth of the free space would be left";
	if (room.has_inodes && room.inodes < budget->inodes_floor)
		return "sent so many files that less than a tenth of the free inodes would be left";
	return NULL;
}

const char *copy_budget_take_bytes(struct copy_budget *budget, uint64_t bytes)
{
	if (bytes > budget->left.bytes)
		return "sent more bytes than --max-size allows";
	budget->left.bytes -= bytes;
	budget->bytes_seen += bytes;
	return look(budget);
}

const char *copy_budget_take_entry(struct copy_budget *budget)
{
	if (budget->left.entries == 0)
		return "sent more files than --max-files allows";
	budget->left.entries--;
	budget->entries_seen++;
	return look(budget);
}
