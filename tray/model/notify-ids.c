#include "tray/model/notify-ids.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool is_chosen(const struct notify_ids *ids, uint32_t id)
{
	for (size_t i = 0; i < NOTIFY_CHOSEN_MAX; i++)
		if (ids->chosen[i] == id)
			return true;
	return false;
}

static uint32_t fresh(struct notify_ids *ids)
{
	do
		ids->last++;
	while (ids->last == 0 || is_chosen(ids, ids->last));
	return ids->last;
}

static void choose(struct notify_ids *ids, uint32_t id)
{
	if (is_chosen(ids, id))
		return;
	ids->chosen[ids->chosen_next] = id;
	ids->chosen_next = (ids->chosen_next + 1) % NOTIFY_CHOSEN_MAX;
}

static struct notify_tag *tag_find(struct notify_ids *ids, const char *app_name, const char *tag)
{
	for (size_t i = 0; i < NOTIFY_TAGS_MAX; i++)
		if (ids->tags[i].id != 0 && strcmp(ids->tags[i].tag, tag) == 0 &&
			strcmp(ids->tags[i].app_name, app_name) == 0)
			return &ids->tags[i];
	return NULL;
}

static struct notify_tag *tag_add(struct notify_ids *ids, const char *app_name, const char *tag)
{
	struct notify_tag *place = &ids->tags[ids->tags_next];

	ids->tags_next = (ids->tags_next + 1) % NOTIFY_TAGS_MAX;
	snprintf(place->app_name, sizeof(place->app_name), "%s", app_name);
	snprintf(place->tag, sizeof(place->tag), "%s", tag);
	place->id = 0;
	return place;
}

uint32_t notify_ids_choose(
	struct notify_ids *ids, uint32_t replaces, const char *app_name, const char *tag)
{
	struct notify_tag *known = tag[0] ? tag_find(ids, app_name, tag) : NULL;
	uint32_t id = replaces != 0 ? replaces : known ? known->id : fresh(ids);

	if (replaces > ids->last)
		choose(ids, replaces);
	if (tag[0] && !known)
		known = tag_add(ids, app_name, tag);
	if (known)
		known->id = id;
	return id;
}
