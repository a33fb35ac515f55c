#include "tray/menu/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "tray/menu/limits.h"

_Static_assert(MENU_ARGUMENTS_MAX + MENU_FILES_MAX + 2 <= COMMAND_ARGUMENTS_MAX,
	"a record's command with all files fits");

/* Debian's name of the terminal that the image has. */
static const char *const terminal[] = {"x-terminal-emulator", "-e"};

static const char *argument(const struct menu_program *program, size_t at)
{
	return json_string_value(json_array_get(program->argv, at));
}

static bool has_code(const char *text, const char *codes)
{
	for (const char *at = strchr(text, '%'); at && at[1]; at = strchr(at + 2, '%'))
		if (strchr(codes, at[1]))
			return true;
	return false;
}

bool command_is_single(const struct menu_program *program)
{
	for (size_t i = 0; i < json_array_size(program->argv); i++)
		if (has_code(argument(program, i), "FU"))
			return false;
	return true;
}

/* Takes text. */
static int add(struct command_line *command, char *text)
{
	if (!text)
		return UV_ENOMEM;
	if (command->count == COMMAND_ARGUMENTS_MAX) {
		free(text);
		return UV_E2BIG;
	}
	command->argv[command->count++] = text;
	return 0;
}

static const char *code_text(
	const struct menu_program *program, char code, char *const *files, size_t count)
{
	switch (code) {
	case '%':
		return "%";
	case 'c':
		return program_name(program);
	case 'f':
	case 'u':
		return count > 0 ? files[0] : "";
	default:
		return "";
	}
}

/* A code within an argument: "--file=%f". */
static int add_filled(struct command_line *command, const struct menu_program *program,
	const char *text, char *const *files, size_t count)
{
	char *filled = NULL;
	size_t length;
	FILE *file = open_memstream(&filled, &length);

	if (!file)
		return UV_ENOMEM;
	for (const char *at = text; *at; at++) {
		if (*at == '%' && at[1])
			fputs(code_text(program, *++at, files, count), file);
		else
			fputc(*at, file);
	}
	if (fclose(file) != 0)
		return UV_ENOMEM;
	return add(command, filled);
}

static int add_argument(struct command_line *command, const struct menu_program *program,
	const char *text, char *const *files, size_t count)
{
	int code = 0;

	if (text[0] != '%' || strlen(text) != 2 || text[1] == '%' || text[1] == 'c')
		return add_filled(command, program, text, files, count);
	size_t taken = strchr("FU", text[1]) ? count : strchr("fu", text[1]) && count > 0;
	for (size_t i = 0; code == 0 && i < taken; i++)
		code = add(command, strdup(files[i]));
	return code;
}

int command_fill(const struct menu_program *program, char *const *files, size_t count,
	struct command_line *ret)
{
	int code = 0;

	*ret = (struct command_line){0};
	for (size_t i = 0; code == 0 && program->terminal && i < 2; i++)
		code = add(ret, strdup(terminal[i]));
	for (size_t i = 0; code == 0 && i < json_array_size(program->argv); i++)
		code = add_argument(ret, program, argument(program, i), files, count);
	if (code < 0)
		command_finish(ret);
	return code;
}

void command_finish(struct command_line *command)
{
	for (size_t i = 0; i < command->count; i++)
		free(command->argv[i]);
	*command = (struct command_line){0};
}
