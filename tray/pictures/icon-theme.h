/*
 * Finds the file of an icon's name in the guest, as the Icon Theme Specification says: the
 * program's own folder first, then the user's theme and what it inherits, then hicolor and the
 * usual ones, then pixmaps.
 */
#ifndef VMSILO_TRAY_PICTURES_ICON_THEME_H
#define VMSILO_TRAY_PICTURES_ICON_THEME_H

#include <stdbool.h>
#include <stdint.h>

#define ICON_PATH_SIZE 4096

struct icon_theme;

/* theme: the user's, or NULL: as GTK's settings say. */
int icon_theme_create(const char *theme, struct icon_theme **ret);
void icon_theme_destroy(struct icon_theme *icons);

/* folder: a program's IconThemePath, or "". name may be an absolute path or a file: URI, and may
 * have the ending of a file. Wanted is the file that comes nearest to side pixels. */
bool icon_theme_find(struct icon_theme *icons, const char *folder, const char *name, uint32_t side,
	char ret[ICON_PATH_SIZE]);

#endif
