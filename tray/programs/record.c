#include "tray/programs/record.h"

#include <stdlib.h>
#include <string.h>

#include "proto/base/cleanup.h"
#include "proto/base/text.h"
#include "tray/menu/limits.h"
#include "tray/pictures/icon-file.h"
#include "tray/pictures/icon-theme.h"
#include "tray/pictures/picture-png.h"
#include "tray/programs/program.h"

#define ENDING ".desktop"

/* Where packages put their entries; the first that has an ID counts. */
static const char *const folders[] = {
	"usr/local/share/applications", "usr/share/applications", NULL};

static json_t *texts_json(char **texts)
{
	json_t *list = json_array();

	for (size_t i = 0; texts && texts[i]; i++)
		json_array_append_new(list, json_string(texts[i]));
	return list;
}

static json_t *names_json(GHashTable *names)
{
	json_t *object = json_object();
	GHashTableIter iter;
	gpointer locale, name;

	g_hash_table_iter_init(&iter, names);
	while (g_hash_table_iter_next(&iter, &locale, &name))
		if (strlen(name) <= MENU_NAME_MAX && strlen(locale) <= MENU_LOCALE_MAX &&
			json_object_size(object) < MENU_LOCALES_MAX)
			json_object_set_new(object, locale, json_string(name));
	return object;
}

static json_t *icon_json(struct icon_theme *theme, const char *name)
{
	char path[ICON_PATH_SIZE];
	struct picture picture = {0};
	_cleanup_free_ uint8_t *png = NULL;
	g_autofree char *text = NULL;
	size_t length;

	if (name[0] && icon_theme_find(theme, "", name, MENU_ICON_SIDE, path) &&
		icon_file_load(path, MENU_ICON_SIDE, &picture) == 0 &&
		picture_to_png(&picture, &png, &length) == 0 && length <= MENU_ICON_BYTES_MAX)
		text = g_base64_encode(png, length);
	picture_finish(&picture);
	return json_string(text ? text : "");
}

static json_t *program_json(struct icon_theme *theme, const struct program *program)
{
	json_t *object = json_object();

	json_object_set_new(object, "id", json_string(program->id));
	json_object_set_new(object, "name", names_json(program->names));
	json_object_set_new(object, "argv", texts_json(program->argv));
	json_object_set_new(object, "terminal", json_boolean(program->terminal));
	json_object_set_new(object, "class", json_string(program->class));
	json_object_set_new(object, "mime", texts_json(program->mime));
	json_object_set_new(object, "icon", icon_json(theme, program->icon));
	return object;
}

static void folder_read(const char *root, const char *folder, GTree *programs)
{
	g_autofree char *path = g_build_filename(root, folder, NULL);
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *file = g_build_filename(path, name, NULL);
		g_autofree char *id = g_strndup(
			name, strlen(name) - strlen(ENDING) * g_str_has_suffix(name, ENDING));
		if (!g_str_has_suffix(name, ENDING) || !text_is_service_name(id) ||
			g_tree_lookup(programs, id) || g_tree_nnodes(programs) >= MENU_PROGRAMS_MAX)
			continue;
		struct program *program = program_read(root, file, id);
		if (program)
			g_tree_insert(programs, program->id, program);
	}
}

struct writer {
	struct icon_theme *theme;
	json_t *list;
};

static gboolean program_write(gpointer id, gpointer program, gpointer data)
{
	struct writer *writer = data;

	(void)id;
	json_array_append_new(writer->list, program_json(writer->theme, program));
	program_free(program);
	return FALSE;
}

static int id_compare(gconstpointer one, gconstpointer other)
{
	return strcmp(one, other);
}

json_t *record_make(const char *root)
{
	GTree *programs = g_tree_new(id_compare);
	struct writer writer = {.list = json_array()};
	json_t *record = NULL;

	for (size_t i = 0; folders[i]; i++)
		folder_read(root, folders[i], programs);
	if (icon_theme_create(NULL, &writer.theme) == 0) {
		g_tree_foreach(programs, program_write, &writer);
		icon_theme_destroy(writer.theme);
		record = json_pack("{s:i, s:O}", "format", 1, "programs", writer.list);
	}
	json_decref(writer.list);
	g_tree_destroy(programs);
	return record;
}
