#include "host-broker/setup/host.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/cleanup.h"
#include "proto/base/regional.h"

#define LINE_SIZE 512
#define RULE_TAIL_SIZE 256 /* of a zone's file, which its rule stands in */

/* Copies what is right; else ret is "". */
static bool take(char ret[SETUP_NAME_MAX + 1], const char *text, bool (*is_right)(const char *))
{
	ret[0] = '\0';
	if (strlen(text) <= SETUP_NAME_MAX && is_right(text))
		snprintf(ret, SETUP_NAME_MAX + 1, "%s", text);
	return ret[0];
}

static FILE *etc_open(const char *etc, const char *name)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s", etc, name) < (int)sizeof(path)
		       ? fopen(path, "re")
		       : NULL;
}

/* ---- NAME=value, as a shell reads it: with quotation marks or without ---- */

/* The value, in line; NULL when the line is not about name. */
static char *value_of(char *line, const char *name)
{
	size_t length = strlen(name);
	char *value = line + strspn(line, " \t");

	if (strncmp(value, name, length) != 0 || value[length] != '=')
		return NULL;
	value += length + 1;
	const char quote[] = {*value, '\0'};
	bool is_quoted = *value == '"' || *value == '\'';
	value += is_quoted;
	value[strcspn(value, is_quoted ? quote : " #\t\n")] = '\0';
	return value;
}

/* The last one counts, as for a shell. */
static void setting_read(const char *etc, const char *file_name, const char *name,
	bool (*is_right)(const char *), char ret[SETUP_NAME_MAX + 1])
{
	FILE *file = etc_open(etc, file_name);
	char line[LINE_SIZE];

	while (file && fgets(line, sizeof(line), file)) {
		const char *value = value_of(line, name);
		if (value)
			take(ret, value, is_right);
	}
	if (file)
		fclose(file);
}

/* ---- time zone ---- */

static bool zone_of_link(const char *etc, char ret[SETUP_NAME_MAX + 1])
{
	static const char folder[] = "/zoneinfo/";
	char path[PATH_MAX], target[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/localtime", etc) >= (int)sizeof(path))
		return false;
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	target[length > 0 ? length : 0] = '\0';
	const char *zone = strstr(target, folder);
	if (!zone)
		return false;
	zone += strlen(folder);
	/* Two more forms of the same zones. */
	if (strncmp(zone, "posix/", 6) == 0 || strncmp(zone, "right/", 6) == 0)
		zone += 6;
	return take(ret, zone, regional_is_zone);
}

static void zone_of_file(const char *etc, char ret[SETUP_NAME_MAX + 1])
{
	FILE *file = etc_open(etc, "timezone");
	char line[LINE_SIZE];

	if (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, " \t\n")] = '\0';
		take(ret, line, regional_is_zone);
	}
	if (file)
		fclose(file);
}

void setup_zone_rule(const char *zones, const char *zone, char ret[SETUP_NAME_MAX + 1])
{
	char path[PATH_MAX], tail[RULE_TAIL_SIZE];

	ret[0] = '\0';
	if (!regional_is_zone(zone) ||
		snprintf(path, sizeof(path), "%s/%s", zones, zone) >= (int)sizeof(path))
		return;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;
	off_t from = size > RULE_TAIL_SIZE ? size - RULE_TAIL_SIZE : 0;
	ssize_t length = size > 0 ? pread(fd, tail, sizeof(tail), from) : 0;
	if (length < 2 || tail[length - 1] != '\n')
		return;
	tail[length - 1] = '\0';
	const char *before = memrchr(tail, '\n', (size_t)length - 1);
	if (before)
		take(ret, before + 1, regional_is_zone_rule);
}

/* ---- all ---- */

const char *setup_host_environment(void)
{
	const char *all = getenv("LC_ALL");

	return all && all[0] ? all : getenv("LANG");
}

static void locale_read(const char *etc, const char *environment, char ret[SETUP_NAME_MAX + 1])
{
	if (environment && take(ret, environment, regional_is_locale))
		return;
	setting_read(etc, "default/locale", "LANG", regional_is_locale, ret);
	if (!ret[0])
		setting_read(etc, "locale.conf", "LANG", regional_is_locale, ret);
}

void setup_host_read(const char *etc, const char *locale, struct setup_host *ret)
{
	static const char file[] = "default/keyboard";

	*ret = (struct setup_host){0};
	if (!zone_of_link(etc, ret->time_zone))
		zone_of_file(etc, ret->time_zone);
	locale_read(etc, locale, ret->locale);
	setting_read(etc, file, "XKBLAYOUT", regional_is_keyboard_word, ret->keyboard.layout);
	setting_read(etc, file, "XKBVARIANT", regional_is_keyboard_word, ret->keyboard.variant);
	setting_read(etc, file, "XKBMODEL", regional_is_keyboard_word, ret->keyboard.model);
	setting_read(etc, file, "XKBOPTIONS", regional_is_keyboard_word, ret->keyboard.options);
}
