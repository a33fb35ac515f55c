#include "tray/programs/program.h"

#include <string.h>
#include <sys/stat.h>

#define GROUP "Desktop Entry"
/* Between LANG's language and a colon's end: "Name[sr@latin]". */
#define NAME_KEY "Name["

static char *text_of(GKeyFile *file, const char *key)
{
	char *text = g_key_file_get_string(file, GROUP, key, NULL);

	return text ? text : g_strdup("");
}

static bool is_true(GKeyFile *file, const char *key)
{
	return g_key_file_get_boolean(file, GROUP, key, NULL);
}

static bool is_file(const char *root, const char *folder, const char *name)
{
	g_autofree char *path = g_build_filename(root, folder, name, NULL);
	struct stat status;

	/* A link of the image's means a place in the image. */
	return lstat(path, &status) == 0;
}

static bool is_there(const char *root, const char *try)
{
	static const char *const folders[] = {"usr/local/bin", "usr/bin", "bin", "usr/games"};

	if (!try[0])
		return true;
	if (try[0] == '/')
		return is_file(root, "", try);
	for (size_t i = 0; i < G_N_ELEMENTS(folders); i++)
		if (is_file(root, folders[i], try))
			return true;
	return false;
}

static bool is_shown(GKeyFile *file, const char *root)
{
	g_autofree char *type = text_of(file, "Type");
	g_autofree char *try = text_of(file, "TryExec");

	return strcmp(type, "Application") == 0 && !is_true(file, "NoDisplay") &&
	       !is_true(file, "Hidden") && !g_key_file_has_key(file, GROUP, "OnlyShowIn", NULL) &&
	       is_there(root, try);
}

static GHashTable *names_read(GKeyFile *file)
{
	GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_auto(GStrv) keys = g_key_file_get_keys(file, GROUP, NULL, NULL);

	g_hash_table_insert(names, g_strdup(""), text_of(file, "Name"));
	for (size_t i = 0; keys && keys[i]; i++) {
		size_t length = strlen(keys[i]);
		if (!g_str_has_prefix(keys[i], NAME_KEY) || keys[i][length - 1] != ']')
			continue;
		char *name = g_key_file_get_string(file, GROUP, keys[i], NULL);
		if (name)
			g_hash_table_insert(names,
				g_strndup(
					keys[i] + strlen(NAME_KEY), length - strlen(NAME_KEY) - 1),
				name);
	}
	return names;
}

static char **command_read(GKeyFile *file)
{
	g_autofree char *exec = text_of(file, "Exec");
	char **argv = NULL;

	/* Its quoting is a part of the shell's (section 7). */
	if (!g_shell_parse_argv(exec, NULL, &argv, NULL))
		return NULL;
	return argv;
}

struct program *program_read(const char *root, const char *path, const char *id)
{
	g_autoptr(GKeyFile) file = g_key_file_new();

	if (!g_key_file_load_from_file(file, path, G_KEY_FILE_KEEP_TRANSLATIONS, NULL) ||
		!is_shown(file, root))
		return NULL;
	char **argv = command_read(file);
	if (!argv)
		return NULL;
	struct program *program = g_new0(struct program, 1);
	program->id = g_strdup(id);
	program->names = names_read(file);
	program->icon = text_of(file, "Icon");
	program->argv = argv;
	program->mime = g_key_file_get_string_list(file, GROUP, "MimeType", NULL, NULL);
	program->class = text_of(file, "StartupWMClass");
	program->terminal = is_true(file, "Terminal");
	return program;
}

void program_free(struct program *program)
{
	g_free(program->id);
	g_hash_table_unref(program->names);
	g_free(program->icon);
	g_strfreev(program->argv);
	g_strfreev(program->mime);
	g_free(program->class);
	g_free(program);
}
