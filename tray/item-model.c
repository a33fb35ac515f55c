#include "tray/item-model.h"

#include <string.h>

static const char *const statuses[ITEM_STATUSES] = {"Passive", "Active", "NeedsAttention"};
static const char *const categories[ITEM_CATEGORIES] = {
	"ApplicationStatus", "Communications", "SystemServices", "Hardware"};

void item_model_finish(struct item_model *model)
{
	for (int i = 0; i < ITEM_ICONS; i++)
		picture_finish(&model->icons[i]);
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
