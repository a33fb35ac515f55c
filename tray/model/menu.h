/*
 * A menu with its submenus, flat: an entry names its parent's place, which precedes it. Pure.
 *
 *   place  parent
 *     0      0     Open            parent 0: top level
 *     1      0     Recent >
 *     2      2       one           parent N: the entry at place N - 1
 *     3      0     Quit
 */
#ifndef VMSILO_TRAY_MODEL_MENU_H
#define VMSILO_TRAY_MODEL_MENU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"
#include "tray/model/picture.h"

enum menu_toggle { MENU_TOGGLE_NONE, MENU_TOGGLE_CHECK, MENU_TOGGLE_RADIO, MENU_TOGGLES };
enum menu_toggle_state { MENU_STATE_UNKNOWN, MENU_STATE_OFF, MENU_STATE_ON, MENU_STATES };

struct menu_entry {
	int32_t id; /* the program's, never 0 */
	uint32_t parent;
	char *label; /* UTF-8, owned, never NULL */
	bool separator, disabled, hidden, submenu;
	enum menu_toggle toggle;
	enum menu_toggle_state state;
	struct picture icon;
};

struct menu {
	struct menu_entry *entries;
	size_t count;
	size_t room;
};

void menu_finish(struct menu *menu);
/* A new last entry, empty but for its label, which is copied. NULL when there are
 * TRAY_MENU_ENTRIES_MAX, or no memory is left. Pointers into the menu are dead after it. */
struct menu_entry *menu_add(struct menu *menu, const char *label);
/* The place of the entry with this id, or -1. */
int menu_find(const struct menu *menu, int32_t id);
/* 0, or UV_EPROTO with what is wrong: ids are unique and not 0, parents precede, depth is bounded.
 */
int menu_check(const struct menu *menu, const char **ret_reason);

/* The same entries in the same order below the same parents, whatever they look like. */
bool menu_same_shape(const struct menu *a, const struct menu *b);
/* They look the same. */
bool menu_entry_equal(const struct menu_entry *a, const struct menu_entry *b);
/* Takes all of update that can be seen; id, parent and submenu stay. update is left empty. */
void menu_entry_update(struct menu_entry *entry, struct menu_entry *update);

#endif
