#include "tray/model/menu.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

static void entry_finish(struct menu_entry *entry)
{
	free(entry->label);
	picture_finish(&entry->icon);
}

void menu_finish(struct menu *menu)
{
	for (size_t i = 0; i < menu->count; i++)
		entry_finish(&menu->entries[i]);
	free(menu->entries);
	*menu = (struct menu){0};
}

static bool menu_grow(struct menu *menu)
{
	size_t room = menu->room > 0 ? menu->room * 2 : 16;

	if (menu->count < menu->room)
		return true;
	struct menu_entry *entries = realloc(menu->entries, room * sizeof(*entries));
	if (!entries)
		return false;
	menu->entries = entries;
	menu->room = room;
	return true;
}

struct menu_entry *menu_add(struct menu *menu, const char *label)
{
	if (menu->count == TRAY_MENU_ENTRIES_MAX || !menu_grow(menu))
		return NULL;
	char *copy = strdup(label);
	if (!copy)
		return NULL;
	struct menu_entry *entry = &menu->entries[menu->count++];
	*entry = (struct menu_entry){.label = copy};
	return entry;
}

int menu_find(const struct menu *menu, int32_t id)
{
	for (size_t i = 0; i < menu->count; i++)
		if (menu->entries[i].id == id)
			return (int)i;
	return -1;
}

int menu_check(const struct menu *menu, const char **ret_reason)
{
	uint8_t depth[TRAY_MENU_ENTRIES_MAX];

	for (size_t i = 0; i < menu->count; i++) {
		const struct menu_entry *entry = &menu->entries[i];
		*ret_reason = NULL;
		if (entry->parent > i)
			*ret_reason = "a menu entry comes before its parent";
		else if (entry->id == 0 || menu_find(menu, entry->id) != (int)i)
			*ret_reason = "two menu entries have the same number";
		if (*ret_reason)
			return UV_EPROTO;
		depth[i] = entry->parent > 0 ? (uint8_t)(depth[entry->parent - 1] + 1) : 1;
		if (depth[i] > TRAY_MENU_DEPTH_MAX) {
			*ret_reason = "a menu is nested too deeply";
			return UV_EPROTO;
		}
	}
	return 0;
}

bool menu_same_shape(const struct menu *a, const struct menu *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->entries[i].id != b->entries[i].id ||
			a->entries[i].parent != b->entries[i].parent ||
			a->entries[i].submenu != b->entries[i].submenu)
			return false;
	return true;
}

bool menu_entry_equal(const struct menu_entry *a, const struct menu_entry *b)
{
	return a->separator == b->separator && a->disabled == b->disabled &&
	       a->hidden == b->hidden && a->toggle == b->toggle && a->state == b->state &&
	       strcmp(a->label, b->label) == 0 && picture_equal(&a->icon, &b->icon);
}

void menu_entry_update(struct menu_entry *entry, struct menu_entry *update)
{
	entry_finish(entry);
	entry->label = update->label;
	entry->icon = update->icon;
	entry->separator = update->separator;
	entry->disabled = update->disabled;
	entry->hidden = update->hidden;
	entry->toggle = update->toggle;
	entry->state = update->state;
	update->label = NULL;
	update->icon = (struct picture){0};
}
