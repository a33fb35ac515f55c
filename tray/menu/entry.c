#include "tray/menu/entry.h"

#include <stdio.h>
#include <string.h>

#include "proto/base/text.h"
#include "tray/menu/limits.h"

/* What stands in the entry and means something to who reads it there: section 4. */
static void value_print(FILE *file, const char *text)
{
	char line[MENU_NAME_MAX * 4 + 1];

	text_strip(line, sizeof(line), text, false);
	for (const char *at = line; *at; at++) {
		if (*at == '\\')
			fputc('\\', file);
		fputc(*at, file);
	}
}

void entry_name(const char *vm, const char *program, char ret[ENTRY_NAME_SIZE])
{
	snprintf(ret, ENTRY_NAME_SIZE, "vmsilo.%s.%s", vm, program);
}

static void names_print(FILE *file, const char *vm, const struct menu_program *program)
{
	const char *locale;
	json_t *name;

	json_object_foreach ((json_t *)program->name, locale, name) {
		fprintf(file, "Name%s%s%s=%s: ", locale[0] ? "[" : "", locale, locale[0] ? "]" : "",
			vm);
		value_print(file, json_string_value(name));
		fputc('\n', file);
	}
}

static void mime_print(FILE *file, const struct menu_program *program)
{
	if (json_array_size(program->mime) == 0)
		return;
	fputs("MimeType=", file);
	for (size_t i = 0; i < json_array_size(program->mime); i++) {
		const char *type = json_string_value(json_array_get(program->mime, i));
		/* x-scheme-handler/http would make a VM's browser open the host's links. */
		if (type[0] && !strpbrk(type, ";\\ ") &&
			strncmp(type, "x-scheme-handler/", 17) != 0)
			fprintf(file, "%s;", type);
	}
	fputc('\n', file);
}

char *entry_text(const char *vm, const char *command, const struct menu_program *program)
{
	char name[ENTRY_NAME_SIZE], *text = NULL;
	size_t length;
	FILE *file = open_memstream(&text, &length);

	if (!file)
		return NULL;
	entry_name(vm, program->id, name);
	fputs("[Desktop Entry]\nType=Application\n", file);
	names_print(file, vm, program);
	fprintf(file, "Icon=%s\nExec=%s -n --app %s %s %%U\nStartupNotify=true\n", name, command,
		vm, program->id);
	fprintf(file, "StartupWMClass=vmsilo.%s.", vm);
	value_print(file, program->class[0] ? program->class : program->id);
	fprintf(file, "\nCategories=X-Vmsilo;X-Vmsilo-%s;\n", vm);
	mime_print(file, program);
	if (fclose(file) != 0)
		return NULL;
	return text;
}

char *entry_folder(const char *vm)
{
	char *text;

	return asprintf(&text, "[Desktop Entry]\nType=Directory\nName=VM %s\nIcon=computer\n", vm) <
			       0
		       ? NULL
		       : text;
}

char *entry_menu(const char *vm)
{
	char *text;
	int length = asprintf(&text,
		"<!DOCTYPE Menu PUBLIC \"-//freedesktop//DTD Menu 1.0//EN\"\n"
		" \"http://www.freedesktop.org/standards/menu-spec/menu-1.0.dtd\">\n"
		"<Menu>\n<Name>Applications</Name>\n<Menu>\n<Name>vmsilo.%s</Name>\n"
		"<Directory>vmsilo.%s.directory</Directory>\n"
		"<Include><Category>X-Vmsilo-%s</Category></Include>\n</Menu>\n</Menu>\n",
		vm, vm, vm);

	return length < 0 ? NULL : text;
}
