/* What a tray item is, on either side of the stream. Pure. */
#ifndef VMSILO_TRAY_MODEL_ITEM_H
#define VMSILO_TRAY_MODEL_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/limits.h"
#include "tray/model/picture.h"

enum item_status { ITEM_PASSIVE, ITEM_ACTIVE, ITEM_NEEDS_ATTENTION, ITEM_STATUSES };
enum item_category {
	ITEM_APPLICATION_STATUS,
	ITEM_COMMUNICATIONS,
	ITEM_SYSTEM_SERVICES,
	ITEM_HARDWARE,
	ITEM_CATEGORIES
};
enum item_icon { ITEM_ICON_NORMAL, ITEM_ICON_OVERLAY, ITEM_ICON_ATTENTION, ITEM_ICONS };

/* All of an item but its pictures. Strings are UTF-8. */
struct item_state {
	char id[TRAY_ID_MAX + 1];
	char title[TRAY_LABEL_MAX + 1];
	char tooltip_title[TRAY_LABEL_MAX + 1];
	char tooltip_text[TRAY_TEXT_MAX + 1];
	enum item_status status;
	enum item_category category;
	bool has_menu;
	bool item_is_menu; /* the program wants its menu on the first button, and nothing else */
};

struct item_model {
	struct item_state state;
	struct picture icons[ITEM_ICONS];
};

bool item_state_equal(const struct item_state *a, const struct item_state *b);
void item_model_finish(struct item_model *model);

/* As StatusNotifierItem spells them. */
const char *item_status_name(enum item_status status);
const char *item_category_name(enum item_category category);
/* The first of them for a name that is none. */
enum item_status item_status_parse(const char *name);
enum item_category item_category_parse(const char *name);

#endif
