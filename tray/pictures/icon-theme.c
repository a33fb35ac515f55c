#include "tray/pictures/icon-theme.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/host/paths.h"
#include "tray/model/file-uri.h"

#define BASES_MAX 16
#define THEMES_MAX 16
#define NAME_SIZE 256
#define LINE_SIZE 16384 /* hicolor names its folders in one line */

/* A folder of a theme, "48x48/apps". */
struct folder {
	char name[64];
	uint32_t size;
	bool scalable;
};

struct theme {
	char name[64];
	struct folder *folders;
	size_t count;
};

struct icon_theme {
	char bases[BASES_MAX][256];
	size_t bases_count;
	struct theme themes[THEMES_MAX]; /* in the order of the search */
	size_t themes_count;
};

static const char *const endings[] = {"png", "svg", "xpm"};

/* ---- where themes lie ---- */

static void base_add(struct icon_theme *icons, const char *folder, size_t length, const char *below)
{
	/* Relative ones are to be ignored (XDG Base Directory Specification). */
	if (length == 0 || folder[0] != '/' || icons->bases_count == BASES_MAX ||
		length + strlen(below) >= sizeof(icons->bases[0]))
		return;
	snprintf(icons->bases[icons->bases_count++], sizeof(icons->bases[0]), "%.*s%s", (int)length,
		folder, below);
}

static void bases_find(struct icon_theme *icons)
{
	const char *data = getenv("XDG_DATA_HOME");
	const char *folders = getenv("XDG_DATA_DIRS");
	char home[512] = "";

	(void)paths_home(home, sizeof(home));
	base_add(icons, home, strlen(home), "/.icons");
	if (data && data[0] == '/')
		base_add(icons, data, strlen(data), "/icons");
	else
		base_add(icons, home, strlen(home), "/.local/share/icons");
	if (!folders || !folders[0])
		folders = "/usr/local/share:/usr/share";
	for (const char *at = folders; *at;) {
		size_t length = strcspn(at, ":");
		base_add(icons, at, length, "/icons");
		at += length + (at[length] == ':');
	}
}

/* ---- index.theme ---- */

static struct folder *folder_add(struct theme *theme, const char *name, size_t length)
{
	if (length == 0 || length >= sizeof(theme->folders[0].name))
		return NULL;
	struct folder *folders =
		realloc(theme->folders, (theme->count + 1) * sizeof(*theme->folders));
	if (!folders)
		return NULL;
	theme->folders = folders;
	struct folder *folder = &folders[theme->count++];
	*folder = (struct folder){.size = 48};
	memcpy(folder->name, name, length);
	return folder;
}

/* One line of a theme's file: a section names a folder, keys describe it. */
static void index_line(
	struct theme *theme, struct folder **folder, const char *line, char *inherits)
{
	if (line[0] == '[') {
		size_t length = strcspn(line + 1, "]");
		bool head = strncmp(line, "[Icon Theme]", 12) == 0;
		*folder = head ? NULL : folder_add(theme, line + 1, length);
	} else if (!*folder && strncmp(line, "Inherits=", 9) == 0) {
		snprintf(inherits, NAME_SIZE, "%s", line + 9);
	} else if (*folder && strncmp(line, "Size=", 5) == 0) {
		(*folder)->size = (uint32_t)strtoul(line + 5, NULL, 10);
	} else if (*folder && strncmp(line, "Type=Scalable", 13) == 0) {
		(*folder)->scalable = true;
	}
}

static bool index_read(struct icon_theme *icons, struct theme *theme, char *inherits)
{
	char path[512];
	_cleanup_free_ char *line = malloc(LINE_SIZE);
	FILE *file = NULL;

	for (size_t i = 0; !file && i < icons->bases_count; i++) {
		snprintf(path, sizeof(path), "%s/%s/index.theme", icons->bases[i], theme->name);
		file = fopen(path, "re");
	}
	if (!file)
		return false;
	struct folder *folder = NULL;
	while (line && fgets(line, LINE_SIZE, file)) {
		line[strcspn(line, "\r\n")] = '\0';
		index_line(theme, &folder, line, inherits);
	}
	fclose(file);
	return true;
}

static void theme_add(struct icon_theme *icons, const char *name)
{
	char inherits[NAME_SIZE] = "";
	struct theme *theme = &icons->themes[icons->themes_count];

	if (!name[0] || icons->themes_count == THEMES_MAX || strlen(name) >= sizeof(theme->name))
		return;
	for (size_t i = 0; i < icons->themes_count; i++)
		if (strcmp(icons->themes[i].name, name) == 0)
			return;
	*theme = (struct theme){0};
	snprintf(theme->name, sizeof(theme->name), "%s", name);
	if (!index_read(icons, theme, inherits))
		return;
	icons->themes_count++;
	for (char *at = inherits, *next; at; at = next) {
		next = strchr(at, ',');
		if (next)
			*next++ = '\0';
		theme_add(icons, at);
	}
}

/* gtk-icon-theme-name of GTK's settings. */
static void settings_read(const char *version, char *ret)
{
	const char *config = getenv("XDG_CONFIG_HOME");
	char home[512] = "", path[1024], line[512];

	(void)paths_home(home, sizeof(home));
	if (config && config[0] == '/')
		snprintf(path, sizeof(path), "%s/%s/settings.ini", config, version);
	else
		snprintf(path, sizeof(path), "%s/.config/%s/settings.ini", home, version);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		static const char key[] = "gtk-icon-theme-name";
		char *value = strchr(line, '=');
		if (strncmp(line, key, sizeof(key) - 1) != 0 || !value)
			continue;
		value += 1 + strspn(value + 1, " \"");
		value[strcspn(value, "\"\r\n")] = '\0';
		snprintf(ret, NAME_SIZE, "%s", value);
	}
	if (file)
		fclose(file);
}

int icon_theme_create(const char *theme, struct icon_theme **ret)
{
	static const char *const usual[] = {"hicolor", "Adwaita", "breeze", "gnome", "Papirus"};
	struct icon_theme *icons = calloc(1, sizeof(*icons));
	char name[NAME_SIZE] = "";

	if (!icons)
		return UV_ENOMEM;
	bases_find(icons);
	settings_read("gtk-3.0", name);
	settings_read("gtk-4.0", name);
	theme_add(icons, theme ? theme : name);
	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		theme_add(icons, usual[i]);
	*ret = icons;
	return 0;
}

void icon_theme_destroy(struct icon_theme *icons)
{
	for (size_t i = 0; i < icons->themes_count; i++)
		free(icons->themes[i].folders);
	free(icons);
}

/* ---- the search ---- */

/* Of a name with one of the endings, as programs give it that take it for a file's: without it. */
static size_t stem_length(const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		size_t ending = strlen(endings[i]) + 1;
		if (length > ending && name[length - ending] == '.' &&
			strcasecmp(name + length - ending + 1, endings[i]) == 0)
			return length - ending;
	}
	return length;
}

/* A file that can be read: a named pipe would keep whoever opens it. */
static bool is_file(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, R_OK) == 0;
}

static bool file_try(const char *folder, const char *name, char ret[ICON_PATH_SIZE])
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		int length = snprintf(ret, ICON_PATH_SIZE, "%s/%s.%s", folder, name, endings[i]);
		if (length < ICON_PATH_SIZE && is_file(ret))
			return true;
	}
	return false;
}

/* The lower the better; what must be enlarged comes after what must be shrunk. */
static uint32_t distance(const struct folder *folder, uint32_t side)
{
	if (folder->scalable)
		return 1;
	return folder->size >= side ? (folder->size - side) * 2 : (side - folder->size) * 8;
}

static bool theme_find(const struct theme *theme, const char *base, const char *name, uint32_t side,
	char ret[ICON_PATH_SIZE])
{
	char folder[512], path[ICON_PATH_SIZE];
	uint32_t best = UINT32_MAX;

	snprintf(folder, sizeof(folder), "%s/%s", base, theme->name);
	if (access(folder, R_OK) < 0)
		return false;
	for (size_t i = 0; i < theme->count; i++) {
		uint32_t here = distance(&theme->folders[i], side);
		if (here >= best)
			continue;
		snprintf(folder, sizeof(folder), "%s/%s/%s", base, theme->name,
			theme->folders[i].name);
		if (!file_try(folder, name, path))
			continue;
		best = here;
		snprintf(ret, ICON_PATH_SIZE, "%s", path);
	}
	return best < UINT32_MAX;
}

/* A whole path, perhaps without its ending. */
static bool path_take(const char *path, char ret[ICON_PATH_SIZE])
{
	if (snprintf(ret, ICON_PATH_SIZE, "%s", path) < ICON_PATH_SIZE && is_file(ret))
		return true;
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
		if (snprintf(ret, ICON_PATH_SIZE, "%s.%s", path, endings[i]) < ICON_PATH_SIZE &&
			is_file(ret))
			return true;
	return false;
}

/* A name of the theme, in the program's folder and in all others. */
static bool name_find(struct icon_theme *icons, const char *folder, const char *name, uint32_t side,
	char ret[ICON_PATH_SIZE])
{
	if (folder[0] && file_try(folder, name, ret))
		return true;
	for (size_t i = 0; folder[0] && i < icons->themes_count; i++)
		if (theme_find(&icons->themes[i], folder, name, side, ret))
			return true;
	for (size_t i = 0; i < icons->themes_count; i++)
		for (size_t k = 0; k < icons->bases_count; k++)
			if (theme_find(&icons->themes[i], icons->bases[k], name, side, ret))
				return true;
	for (size_t k = 0; k < icons->bases_count; k++)
		if (file_try(icons->bases[k], name, ret))
			return true;
	return file_try("/usr/share/pixmaps", name, ret);
}

bool icon_theme_find(struct icon_theme *icons, const char *folder, const char *name, uint32_t side,
	char ret[ICON_PATH_SIZE])
{
	char path[ICON_PATH_SIZE];

	if (file_uri_parse(name, path))
		return path_take(path, ret);
	if (name[0] == '/')
		return path_take(name, ret);
	if (!name[0] || strchr(name, '/'))
		return false;
	if (name_find(icons, folder, name, side, ret))
		return true;
	size_t length = stem_length(name);
	if (!name[length])
		return false;
	if (folder[0] && snprintf(ret, ICON_PATH_SIZE, "%s/%s", folder, name) < ICON_PATH_SIZE &&
		is_file(ret))
		return true;
	snprintf(path, sizeof(path), "%.*s", (int)length, name);
	return name_find(icons, folder, path, side, ret);
}
