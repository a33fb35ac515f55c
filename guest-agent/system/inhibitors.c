#include "guest-agent/system/inhibitors.h"

#include <dirent.h>
#include <stddef.h>

uint32_t inhibitors_count(const char *folder)
{
	DIR *directory = opendir(folder);
	const struct dirent *entry;
	uint32_t count = 0;

	if (!directory)
		return 0;
	while (count < INHIBITORS_MAX && (entry = readdir(directory)))
		count += entry->d_name[0] != '.';
	closedir(directory);
	return count;
}
