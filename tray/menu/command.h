/*
 * What is run for a program that was chosen in the menu: its command with the field codes filled in
 * (Desktop Entry Specification 1.5, section 7). Pure.
 */
#ifndef VMSILO_TRAY_MENU_COMMAND_H
#define VMSILO_TRAY_MENU_COMMAND_H

#include "tray/menu/record.h"

/* More than the record and the files that may be opened could have. */
#define COMMAND_ARGUMENTS_MAX 256

struct command_line {
	char *argv[COMMAND_ARGUMENTS_MAX + 1]; /* NULL at the end; allocated */
	size_t count;
};

/* It takes one file, and is run for each. */
bool command_is_single(const struct menu_program *program);
/* files: as the guest knows them, or addresses of other schemes than file:. UV_E2BIG, UV_ENOMEM. */
int command_fill(const struct menu_program *program, char *const *files, size_t count,
	struct command_line *ret);
void command_finish(struct command_line *command);

#endif
