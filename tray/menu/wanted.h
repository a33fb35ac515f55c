/*
 * The files that the user's menu is to have, and how they come to be there: what is the same is
 * left alone, and what was written before and is wanted no more goes. A list of what was written
 * is kept, for each broker, so that one does not take away another's; a line of it is a place's
 * number and a file's name.
 *
 *   $XDG_DATA_HOME/applications/vmsilo.VM.PROGRAM.desktop
 *   $XDG_DATA_HOME/icons/hicolor/128x128/apps/vmsilo.VM.PROGRAM.png
 *   $XDG_DATA_HOME/desktop-directories/vmsilo.VM.directory
 *   $XDG_CONFIG_HOME/menus/applications-merged/vmsilo.VM.menu
 */
#ifndef VMSILO_TRAY_MENU_WANTED_H
#define VMSILO_TRAY_MENU_WANTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wanted_place {
	WANTED_ENTRY,
	WANTED_ICON,
	WANTED_FOLDER,
	WANTED_MENU,
};
#define WANTED_PLACES 4

struct wanted_file {
	enum wanted_place place;
	char *name; /* "vmsilo.VM.PROGRAM.desktop" */
	uint8_t *content;
	size_t length;
};

struct wanted {
	struct wanted_file *files;
	size_t count, room;
};

/* name: without the place's ending. Takes content, also when it fails; NULL is UV_ENOMEM. */
int wanted_add(struct wanted *wanted, enum wanted_place place, const char *name, void *content,
	size_t length);
void wanted_finish(struct wanted *wanted);

struct wanted_changes {
	size_t written, removed;
	bool entries; /* some of these are entries: a desktop's cache of types is old */
};

/* vm: what was written for others stays; NULL: of all. folders: by place; list: the file that says
 * what was written. A negative UV_E* of the first file that could not be written, whose path is
 * then in ret_failed. */
int wanted_apply(const struct wanted *wanted, const char *const folders[WANTED_PLACES],
	const char *list, const char *vm, struct wanted_changes *ret, char *ret_failed,
	size_t size);

#endif
