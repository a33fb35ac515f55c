#include "host-broker/mkfs/owner.h"

#include <errno.h>
#include <fts.h>
#include <inttypes.h>

/* The reserved ones, of which 11 is lost+found. What mke2fs makes follows without a gap. */
#define FIRST_INODE 12

int64_t owner_count(const char *folder)
{
	char *const paths[] = {(char *)folder, NULL};
	FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	const FTSENT *entry;
	int64_t count = 0;

	if (!tree)
		return -errno;
	while (count >= 0 && (entry = fts_read(tree))) {
		if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
			entry->fts_info == FTS_NS)
			count = -entry->fts_errno;
		else if (entry->fts_level > 0 && entry->fts_info != FTS_DP)
			count = count < OWNER_FILES_MAX ? count + 1 : -E2BIG;
	}
	fts_close(tree);
	return count;
}

void owner_script(FILE *out, int64_t count, uint32_t owner)
{
	for (int64_t i = FIRST_INODE; i < FIRST_INODE + count; i++)
		fprintf(out,
			"sif <%" PRId64 "> uid %" PRIu32 "\nsif <%" PRId64 "> gid %" PRIu32 "\n", i,
			owner, i, owner);
}
