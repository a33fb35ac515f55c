#include "guest-agent/pam/environment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-agent/program/pam-helper.h"

static size_t count(char **list)
{
	size_t entries = 0;

	while (list[entries])
		entries++;
	return entries;
}

static bool names(const char *entry, const char *name, size_t length)
{
	return strncmp(entry, name, length) == 0 && entry[length] == '=';
}

static bool has(char **list, size_t entries, const char *name, size_t length)
{
	for (size_t i = 0; i < entries; i++)
		if (names(list[i], name, length))
			return true;
	return false;
}

static char **split(char *text, size_t size)
{
	size_t entries = 0;

	for (size_t i = 0; i < size; i++)
		entries += text[i] == '\0';
	char **list = calloc(entries + 1, sizeof(*list));
	for (size_t i = 0; list && i < entries; i++) {
		list[i] = text;
		text += strlen(text) + 1;
	}
	return list;
}

char **environment_read(int fd)
{
	struct stat status;

	if (fstat(fd, &status) < 0 || status.st_size < 0 ||
		status.st_size > PAM_HELPER_ENVIRONMENT_MAX)
		return NULL;
	size_t size = (size_t)status.st_size;
	char *text = malloc(size + 1);
	if (!text || pread(fd, text, size, 0) != status.st_size ||
		(size > 0 && text[size - 1] != '\0')) {
		free(text);
		return NULL;
	}
	char **list = split(text, size);
	if (!list || size == 0)
		free(text);
	return list;
}

char **environment_merge(char **own, size_t defaults, char **pam)
{
	size_t own_count = count(own), pam_count = count(pam), used = 0;
	char **merged = calloc(own_count + pam_count + 1, sizeof(*merged));

	if (!merged)
		return NULL;
	if (defaults > own_count)
		defaults = own_count;
	for (size_t i = 0; i < own_count; i++)
		if (i >= defaults || !has(pam, pam_count, own[i], strcspn(own[i], "=")))
			merged[used++] = own[i];
	for (size_t i = 0; i < pam_count; i++)
		if (!has(own + defaults, own_count - defaults, pam[i], strcspn(pam[i], "=")))
			merged[used++] = pam[i];
	return merged;
}
