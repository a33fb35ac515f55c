#include "tray/model/item.h"

#include <string.h>

static const char *const statuses[ITEM_STATUSES] = {"Passive", "Active", "NeedsAttention"};
static const char *const categories[ITEM_CATEGORIES] = {
	"ApplicationStatus", "Communications", "SystemServices", "Hardware"};

void item_model_finish(struct item_model *model)
{
	for (int i = 0; i < ITEM_ICONS; i++)
		picture_finish(&model->icons[i]);
}

bool item_state_equal(const struct item_state *a, const struct item_state *b)
{
	return strcmp(a->id, b->id) == 0 && strcmp(a->title, b->title) == 0 &&
	       strcmp(a->tooltip_title, b->tooltip_title) == 0 &&
	       strcmp(a->tooltip_text, b->tooltip_text) == 0 && a->status == b->status &&
	       a->category == b->category && a->has_menu == b->has_menu &&
	       a->item_is_menu == b->item_is_menu;
}

const char *item_status_name(enum item_status status)
{
	return statuses[status];
}

const char *item_category_name(enum item_category category)
{
	return categories[category];
}

static int name_find(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return 0;
}

enum item_status item_status_parse(const char *name)
{
	return (enum item_status)name_find(statuses, ITEM_STATUSES, name);
}

enum item_category item_category_parse(const char *name)
{
	return (enum item_category)name_find(categories, ITEM_CATEGORIES, name);
}
