#include "guest-agent/early/empty.h"

#include <ftw.h>
#include <stdio.h>

#define FOLDERS_OPEN_MAX 16

static int on_entry(const char *path, const struct stat *status, int kind, struct FTW *at)
{
	(void)status;
	(void)kind;
	if (at->level > 0)
		remove(path);
	return 0;
}

void folder_empty(const char *path)
{
	nftw(path, on_entry, FOLDERS_OPEN_MAX, FTW_DEPTH | FTW_MOUNT | FTW_PHYS);
}
