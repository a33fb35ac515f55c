#include "tray/menu/record.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <uv.h>

#include "proto/base/fd.h"
#include "proto/base/text.h"
#include "tray/menu/limits.h"

static bool is_text(const json_t *json, size_t max)
{
	return json_is_string(json) && json_string_length(json) <= max &&
	       strlen(json_string_value(json)) == json_string_length(json) &&
	       !text_has_controls(json_string_value(json), json_string_length(json));
}

static bool are_texts(const json_t *list, size_t count_max, size_t max)
{
	if (!json_is_array(list) || json_array_size(list) > count_max)
		return false;
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!is_text(json_array_get(list, i), max))
			return false;
	return true;
}

/* As setlocale(3) names them: "de", "pt_BR", "sr@latin". */
static bool is_locale(const char *text)
{
	return strlen(text) <= MENU_LOCALE_MAX &&
	       text[strspn(text,
		       "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_@.-0123456789")] ==
		       '\0';
}

static bool are_names(json_t *names)
{
	const char *locale;
	json_t *name;

	if (!json_is_object(names) || json_object_size(names) > MENU_LOCALES_MAX ||
		!json_object_get(names, ""))
		return false;
	json_object_foreach (names, locale, name)
		if (!is_locale(locale) || !is_text(name, MENU_NAME_MAX))
			return false;
	return true;
}

static bool program_from(json_t *json, struct menu_program *ret)
{
	json_t *id = json_object_get(json, "id"), *argv = json_object_get(json, "argv");
	json_t *name = json_object_get(json, "name"), *mime = json_object_get(json, "mime");
	json_t *class = json_object_get(json, "class"), *icon = json_object_get(json, "icon");

	if (!is_text(id, SIZE_MAX) || !text_is_service_name(json_string_value(id)) ||
		!are_names(name) || !is_text(class, MENU_NAME_MAX) ||
		!are_texts(argv, MENU_ARGUMENTS_MAX, MENU_ARGUMENT_MAX) ||
		json_array_size(argv) == 0 ||
		!are_texts(mime, MENU_MIME_MAX, 2 * MENU_MIME_BYTES_MAX + 1) ||
		!is_text(icon, MENU_ICON_BYTES_MAX / 3 * 4 + 4))
		return false;
	*ret = (struct menu_program){.id = json_string_value(id),
		.name = name,
		.argv = argv,
		.mime = mime,
		.class = json_string_value(class),
		.icon = json_string_value(icon),
		.terminal = json_is_true(json_object_get(json, "terminal"))};
	return true;
}

int record_from(json_t *json, struct menu_record *ret)
{
	json_t *list = json_object_get(json, "programs");
	size_t count = json_array_size(list);

	*ret = (struct menu_record){.json = json};
	if (json_integer_value(json_object_get(json, "format")) != 1 || !json_is_array(list) ||
		count > MENU_PROGRAMS_MAX) {
		record_finish(ret);
		return UV_EINVAL;
	}
	ret->programs = calloc(count + 1, sizeof(*ret->programs));
	if (!ret->programs) {
		record_finish(ret);
		return UV_ENOMEM;
	}
	for (size_t i = 0; i < count; i++)
		if (program_from(json_array_get(list, i), &ret->programs[ret->count]))
			ret->count++;
	return 0;
}

int record_load(const char *folder, struct menu_record *ret)
{
	char path[4096];
	struct stat status;

	*ret = (struct menu_record){0};
	if (snprintf(path, sizeof(path), "%s/" RECORD_NAME, folder) >= (int)sizeof(path))
		return UV_ENAMETOOLONG;
	int fd = fd_open_regular(AT_FDCWD, path, 0);
	if (fd < 0)
		return fd;
	FILE *file = fdopen(fd, "re");
	if (!file)
		return UV_ENOMEM;
	bool fits = fstat(fileno(file), &status) == 0 && status.st_size <= MENU_RECORD_BYTES_MAX;
	json_t *json = fits ? json_loadf(file, 0, NULL) : NULL;
	fclose(file);
	return json ? record_from(json, ret) : UV_EINVAL;
}

void record_finish(struct menu_record *record)
{
	json_decref(record->json);
	free(record->programs);
	*record = (struct menu_record){0};
}

const struct menu_program *record_find(const struct menu_record *record, const char *id)
{
	for (size_t i = 0; i < record->count; i++)
		if (strcmp(record->programs[i].id, id) == 0)
			return &record->programs[i];
	return NULL;
}

const char *program_name(const struct menu_program *program)
{
	return json_string_value(json_object_get(program->name, ""));
}
