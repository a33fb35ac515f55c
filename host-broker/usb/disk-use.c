#include "host-broker/usb/disk-use.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "proto/base/text.h"

#define LINE_SIZE 4096
#define SLAVES_DEPTH 8 /* of stacked block devices */

struct search {
	const char *sys;
	struct usb_info *devices;
	size_t count;
	char use[LINE_SIZE]; /* of the line at hand */
};

/* A disk's place in sysfs has the device's path as one of its folders. */
static void place_mark(const struct search *search, const char *place)
{
	for (size_t i = 0; i < search->count; i++) {
		struct usb_info *info = &search->devices[i];
		char folder[USB_PATH_SIZE + 2];
		snprintf(folder, sizeof(folder), "/%s/", info->path);
		if (strstr(place, folder) && !info->mounted[0])
			text_escape(info->mounted, sizeof(info->mounted), search->use,
				strlen(search->use));
	}
}

/* The block device at that place, and those that it is made of. */
static void block_mark(const struct search *search, const char *path, int depth)
{
	char place[PATH_MAX], slaves[PATH_MAX + 16];
	struct dirent *entry;

	if (!realpath(path, place))
		return;
	place_mark(search, place);
	snprintf(slaves, sizeof(slaves), "%s/slaves", place);
	DIR *directory = depth < SLAVES_DEPTH ? opendir(slaves) : NULL;
	while (directory && (entry = readdir(directory))) {
		char below[PATH_MAX + 300];
		if (entry->d_name[0] == '.')
			continue;
		snprintf(below, sizeof(below), "%s/%s", slaves, entry->d_name);
		block_mark(search, below, depth + 1);
	}
	if (directory)
		closedir(directory);
}

static void number_mark(
	const struct search *search, unsigned int major_number, unsigned int minor_number)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/dev/block/%u:%u", search->sys, major_number, minor_number);
	block_mark(search, path, 0);
}

static void node_mark(const struct search *search, const char *node)
{
	struct stat status;

	if (node[0] == '/' && stat(node, &status) == 0 && S_ISBLK(status.st_mode))
		number_mark(search, major(status.st_rdev), minor(status.st_rdev));
}

/* proc(5): "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw". File systems with
 * several devices have numbers of their own; their source is one of those devices. */
static void mount_mark(struct search *search, char *line)
{
	unsigned int major_number, minor_number;
	char source[LINE_SIZE];
	char *rest = strstr(line, " - ");

	if (sscanf(line, "%*u %*u %u:%u %*s %4095s", &major_number, &minor_number, search->use) !=
		3)
		return;
	if (major_number != 0)
		number_mark(search, major_number, minor_number);
	if (rest && sscanf(rest, " - %*s %4095s", source) == 1)
		node_mark(search, source);
}

static void swap_mark(struct search *search, char *line)
{
	char source[LINE_SIZE];

	strcpy(search->use, "swap");
	if (sscanf(line, "%4095s", source) == 1)
		node_mark(search, source);
}

static void lines_mark(struct search *search, const char *proc, const char *name,
	void (*mark)(struct search *search, char *line))
{
	char path[LINE_SIZE], line[LINE_SIZE];

	snprintf(path, sizeof(path), "%s/%s", proc, name);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		mark(search, line);
	if (file)
		fclose(file);
}

void disk_use_fill(const char *sys, const char *proc, struct usb_info *devices, size_t count)
{
	struct search search = {.sys = sys, .devices = devices, .count = count};

	if (count == 0)
		return;
	lines_mark(&search, proc, "self/mountinfo", mount_mark);
	lines_mark(&search, proc, "swaps", swap_mark);
}
