#include "guest-agent/boot/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <uv.h>

#include "proto/base/cleanup.h"

#define SERIAL_SIZE 64 /* 20 bytes and a newline */
#define WAIT_STEP_MS 10

static bool serial_is(int directory_fd, const char *name, const char *serial)
{
	char path[NAME_MAX + sizeof("/serial")], text[SERIAL_SIZE];

	snprintf(path, sizeof(path), "%s/serial", name);
	_cleanup_close_ int fd = openat(directory_fd, path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length < 0)
		return false;
	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return strcmp(text, serial) == 0;
}

static bool look(const char *path, const char *serial, char ret[DISK_PATH_SIZE])
{
	DIR *directory = opendir(path);
	const struct dirent *entry;
	bool found = false;

	if (!directory)
		return false;
	while (!found && (entry = readdir(directory)))
		found = entry->d_name[0] != '.' &&
			serial_is(dirfd(directory), entry->d_name, serial) &&
			snprintf(ret, DISK_PATH_SIZE, "/dev/%s", entry->d_name) < DISK_PATH_SIZE;
	closedir(directory);
	return found;
}

int disk_find(const char *directory, const char *serial, int wait_ms, char ret[DISK_PATH_SIZE],
	struct error *error)
{
	static const struct timespec step = {.tv_nsec = WAIT_STEP_MS * 1000000L};

	for (int waited = 0; !look(directory, serial, ret); waited += WAIT_STEP_MS) {
		if (waited >= wait_ms)
			return error_set(error, UV_ENODEV, "there is no disk \"%s\"", serial);
		nanosleep(&step, NULL);
	}
	return 0;
}
