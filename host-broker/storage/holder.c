#include "host-broker/storage/holder.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/cleanup.h"
#include "proto/base/text.h"

#define WORDS_SIZE 4096 /* of a command line: a monitor's name stands at its beginning */

static bool has_open(const char *pid, const struct stat *wanted)
{
	char path[64 + 256];
	struct stat status;
	const struct dirent *entry;
	bool found = false;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	DIR *folder = opendir(path);
	while (folder && !found && (entry = readdir(folder))) {
		snprintf(path, sizeof(path), "/proc/%.20s/fd/%.20s", pid, entry->d_name);
		found = isdigit((unsigned char)entry->d_name[0]) && stat(path, &status) == 0 &&
			status.st_dev == wanted->st_dev && status.st_ino == wanted->st_ino;
	}
	if (folder)
		closedir(folder);
	return found;
}

static size_t file_read(const char *pid, const char *name, char *out, size_t size)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%.20s/%s", pid, name);
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, out, size - 1);
	out[length < 0 ? 0 : length] = '\0';
	return length < 0 ? 0 : (size_t)length;
}

/* A monitor's command has a word "guest=NAME,...". */
static bool vm_find(const char *pid, char out[HOLDER_TEXT_SIZE])
{
	char words[WORDS_SIZE];
	size_t length = file_read(pid, "cmdline", words, sizeof(words));

	for (const char *word = words; word < words + length; word += strlen(word) + 1) {
		char name[64];
		if (sscanf(word, "guest=%63[^,]", name) != 1 || !text_is_vm_name(name))
			continue;
		snprintf(out, HOLDER_TEXT_SIZE, "vm \"%s\"", name);
		return true;
	}
	return false;
}

static void process_describe(const char *pid, char out[HOLDER_TEXT_SIZE])
{
	char name[32], printable[96];

	if (vm_find(pid, out))
		return;
	file_read(pid, "comm", name, sizeof(name));
	text_escape(printable, sizeof(printable), name, strcspn(name, "\n"));
	snprintf(out, HOLDER_TEXT_SIZE, "process %.10s (%s)", pid, printable);
}

void holder_describe(int fd, char out[HOLDER_TEXT_SIZE])
{
	struct stat wanted;
	const struct dirent *entry;
	bool found = false;

	snprintf(out, HOLDER_TEXT_SIZE, "another process");
	if (fstat(fd, &wanted) < 0)
		return;
	DIR *folder = opendir("/proc");
	while (folder && !found && (entry = readdir(folder))) {
		if (!isdigit((unsigned char)entry->d_name[0]) || atoi(entry->d_name) == getpid())
			continue;
		found = has_open(entry->d_name, &wanted);
		if (found)
			process_describe(entry->d_name, out);
	}
	if (folder)
		closedir(folder);
}
