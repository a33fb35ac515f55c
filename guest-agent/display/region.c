#include "guest-agent/display/region.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/cleanup.h"

#define IVSHMEM_VENDOR "0x1af4" /* Red Hat's, as virtio's */
#define IVSHMEM_DEVICE "0x1110"

static bool file_says(int folder, const char *name, const char *wanted)
{
	_cleanup_close_ int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	char text[16] = "";

	return fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 &&
	       strncmp(text, wanted, strlen(wanted)) == 0 && text[strlen(wanted)] == '\n';
}

/* The kernel refuses any access to the memory of a device that nobody has enabled. */
static void device_enable(int folder)
{
	_cleanup_close_ int fd = openat(folder, "enable", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "1", 1) < 0)
		return;
}

static int memory_open(const char *devices, const char *name)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", devices, name) >= (int)sizeof(path))
		return -1;
	_cleanup_close_ int folder = open(path, O_DIRECTORY | O_PATH | O_CLOEXEC);
	if (folder < 0 || !file_says(folder, "vendor", IVSHMEM_VENDOR) ||
		!file_says(folder, "device", IVSHMEM_DEVICE))
		return -1;
	device_enable(folder);
	int fd = openat(folder, "resource2_wc", O_RDWR | O_CLOEXEC);
	return fd >= 0 ? fd : openat(folder, "resource2", O_RDWR | O_CLOEXEC);
}

int region_open_at(const char *devices)
{
	DIR *list = opendir(devices);
	const struct dirent *entry;
	int fd = -1;

	if (!list)
		return -1;
	while (fd < 0 && (entry = readdir(list)))
		if (entry->d_name[0] != '.')
			fd = memory_open(devices, entry->d_name);
	closedir(list);
	return fd;
}

int region_open(void)
{
	return region_open_at(REGION_PCI_DEVICES);
}
