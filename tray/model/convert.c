#include "tray/model/convert.h"

#include <string.h>
#include <uv.h>

#include "proto/base/text.h"

/* ---- from the guest ---- */

static int text_take(
	const char *untrusted, size_t max, const char *what, char *out, struct error *error)
{
	size_t length = strnlen(untrusted, max + 1);

	if (length > max)
		return error_set(error, UV_EPROTO, "%s has more than %zu bytes", what, max);
	if (!text_is_utf8(untrusted, length))
		return error_set(error, UV_EPROTO, "%s is not UTF-8", what);
	memcpy(out, untrusted, length);
	out[length] = '\0';
	return 0;
}

/* An enum of the wire whose values 1 to count stand for 0 to count - 1. */
static int enum_take(int untrusted, int count, const char *what, int *ret, struct error *error)
{
	if (untrusted < 1 || untrusted > count)
		return error_set(error, UV_EPROTO, "%s %d does not exist", what, untrusted);
	*ret = untrusted - 1;
	return 0;
}

static int picture_take(const Vmsilo__Tray__Picture *untrusted, uint32_t side_max,
	struct picture *ret, struct error *error)
{
	*ret = (struct picture){0};
	if (!untrusted)
		return 0;
	int code = picture_from(untrusted->width, untrusted->height, untrusted->pixels.data,
		untrusted->pixels.len, side_max, ret);
	if (code == UV_EPROTO)
		error_set(error, code, "a picture of %u by %u pixels in %zu bytes",
			untrusted->width, untrusted->height, untrusted->pixels.len);
	return code;
}

int item_from_message(
	const Vmsilo__Tray__Item *untrusted, struct item_state *ret, struct error *error)
{
	int status = 0, category = 0, code;

	*ret = (struct item_state){0};
	if ((code = text_take(untrusted->id, TRAY_ID_MAX, "an item's id", ret->id, error)) < 0 ||
		(code = text_take(untrusted->title, TRAY_LABEL_MAX, "an item's title", ret->title,
			 error)) < 0 ||
		(code = text_take(untrusted->tooltip_title, TRAY_LABEL_MAX, "a tooltip's title",
			 ret->tooltip_title, error)) < 0 ||
		(code = text_take(untrusted->tooltip_text, TRAY_TEXT_MAX, "a tooltip",
			 ret->tooltip_text, error)) < 0 ||
		(code = enum_take(
			 (int)untrusted->status, ITEM_STATUSES, "status", &status, error)) < 0 ||
		(code = enum_take((int)untrusted->category, ITEM_CATEGORIES, "category", &category,
			 error)) < 0)
		return code;
	ret->status = (enum item_status)status;
	ret->category = (enum item_category)category;
	ret->has_menu = untrusted->has_menu;
	ret->item_is_menu = untrusted->item_is_menu;
	return 0;
}

int icon_from_message(const Vmsilo__Tray__Icon *untrusted, enum item_icon *ret_icon,
	struct picture *ret, struct error *error)
{
	int kind = 0;
	int code = enum_take((int)untrusted->kind, ITEM_ICONS, "kind of icon", &kind, error);

	*ret = (struct picture){0};
	if (code < 0)
		return code;
	*ret_icon = (enum item_icon)kind;
	return picture_take(untrusted->picture, TRAY_PICTURE_SIDE_MAX, ret, error);
}

static int entry_take(
	const Vmsilo__Tray__MenuEntry *untrusted, struct menu *menu, struct error *error)
{
	char label[TRAY_LABEL_MAX + 1];
	int code = text_take(untrusted->label, TRAY_LABEL_MAX, "a menu's label", label, error);

	if (code < 0)
		return code;
	if ((int)untrusted->kind < 0 ||
		untrusted->kind > VMSILO__TRAY__ENTRY_KIND__ENTRY_SEPARATOR ||
		(int)untrusted->toggle < 0 || (int)untrusted->toggle >= MENU_TOGGLES ||
		(int)untrusted->state < 0 || (int)untrusted->state >= MENU_STATES)
		return error_set(error, UV_EPROTO, "a menu entry of an unknown kind");
	struct menu_entry *entry = menu_add(menu, label);
	if (!entry)
		return UV_ENOMEM;
	entry->id = untrusted->id;
	entry->parent = untrusted->parent;
	entry->separator = untrusted->kind == VMSILO__TRAY__ENTRY_KIND__ENTRY_SEPARATOR;
	entry->disabled = untrusted->disabled;
	entry->hidden = untrusted->hidden;
	entry->submenu = untrusted->submenu;
	entry->toggle = (enum menu_toggle)untrusted->toggle;
	entry->state = (enum menu_toggle_state)untrusted->state;
	return picture_take(untrusted->icon, TRAY_MENU_ICON_SIDE_MAX, &entry->icon, error);
}

static int entries_take(Vmsilo__Tray__MenuEntry *const *untrusted, size_t count, struct menu *ret,
	struct error *error)
{
	int code = 0;

	*ret = (struct menu){0};
	if (count > TRAY_MENU_ENTRIES_MAX)
		return error_set(error, UV_EPROTO, "a menu with %zu entries", count);
	for (size_t i = 0; code == 0 && i < count; i++)
		code = entry_take(untrusted[i], ret, error);
	if (code < 0)
		menu_finish(ret);
	return code;
}

int menu_from_message(const Vmsilo__Tray__Menu *untrusted, struct menu *ret, struct error *error)
{
	const char *reason;
	int code = entries_take(untrusted->entries, untrusted->n_entries, ret, error);

	if (code < 0)
		return code;
	code = menu_check(ret, &reason);
	if (code == 0)
		return 0;
	menu_finish(ret);
	return error_set(error, code, "%s", reason);
}

int menu_update_from_message(
	const Vmsilo__Tray__MenuUpdate *untrusted, struct menu *ret, struct error *error)
{
	return entries_take(untrusted->entries, untrusted->n_entries, ret, error);
}

static int actions_take(
	const Vmsilo__Tray__Notify *untrusted, struct notification *ret, struct error *error)
{
	int code = 0;

	if (untrusted->n_actions > TRAY_ACTIONS_MAX)
		return error_set(
			error, UV_EPROTO, "a notification with %zu actions", untrusted->n_actions);
	for (size_t i = 0; code == 0 && i < untrusted->n_actions; i++) {
		struct notification_action *action = &ret->actions[i];
		code = text_take(untrusted->actions[i]->key, TRAY_LABEL_MAX, "an action's key",
			action->key, error);
		if (code == 0)
			code = text_take(untrusted->actions[i]->label, TRAY_LABEL_MAX,
				"an action's label", action->label, error);
	}
	ret->actions_count = untrusted->n_actions;
	return code;
}

int notification_from_message(
	const Vmsilo__Tray__Notify *untrusted, struct notification *ret, struct error *error)
{
	int code;

	*ret = (struct notification){
		.id = untrusted->id,
		.expire_ms = untrusted->expire_ms,
		.transient = untrusted->transient,
		.resident = untrusted->resident,
	};
	if (untrusted->id == 0 || (int)untrusted->urgency < 0 || (int)untrusted->urgency > 2 ||
		untrusted->progress > 101 || untrusted->expire_ms < -1)
		return error_set(error, UV_EPROTO, "a notification's number is out of range");
	ret->urgency = (uint8_t)untrusted->urgency;
	ret->progress = (uint8_t)untrusted->progress;
	if ((code = text_take(untrusted->app_name, TRAY_LABEL_MAX, "a program's name",
		     ret->app_name, error)) < 0 ||
		(code = text_take(untrusted->summary, TRAY_LABEL_MAX, "a summary", ret->summary,
			 error)) < 0 ||
		(code = text_take(untrusted->body, TRAY_TEXT_MAX, "a body", ret->body, error)) <
			0 ||
		(code = text_take(untrusted->category, TRAY_ID_MAX, "a category", ret->category,
			 error)) < 0 ||
		(code = actions_take(untrusted, ret, error)) < 0)
		return code;
	return picture_take(untrusted->image, TRAY_PICTURE_SIDE_MAX, &ret->image, error);
}

/* ---- to the host ---- */

static Vmsilo__Tray__Picture *picture_give(
	const struct picture *picture, Vmsilo__Tray__Picture *room)
{
	if (picture_is_empty(picture))
		return NULL;
	vmsilo__tray__picture__init(room);
	room->width = picture->width;
	room->height = picture->height;
	room->pixels.data = picture->pixels;
	room->pixels.len = (size_t)picture->width * picture->height * 4;
	return room;
}

void item_to_message(uint32_t number, const struct item_state *state, Vmsilo__Tray__Item *ret)
{
	vmsilo__tray__item__init(ret);
	ret->item = number;
	ret->id = (char *)state->id;
	ret->title = (char *)state->title;
	ret->tooltip_title = (char *)state->tooltip_title;
	ret->tooltip_text = (char *)state->tooltip_text;
	ret->status = (Vmsilo__Tray__Status)(state->status + 1);
	ret->category = (Vmsilo__Tray__Category)(state->category + 1);
	ret->has_menu = state->has_menu;
	ret->item_is_menu = state->item_is_menu;
}

void icon_to_message(uint32_t number, enum item_icon icon, const struct picture *picture,
	Vmsilo__Tray__Picture *picture_room, Vmsilo__Tray__Icon *ret)
{
	vmsilo__tray__icon__init(ret);
	ret->item = number;
	ret->kind = (Vmsilo__Tray__IconKind)(icon + 1);
	ret->picture = picture_give(picture, picture_room);
}

static void entry_give(const struct menu_entry *entry, Vmsilo__Tray__MenuEntry *out,
	Vmsilo__Tray__Picture *picture)
{
	vmsilo__tray__menu_entry__init(out);
	out->id = entry->id;
	out->parent = entry->parent;
	out->kind = entry->separator ? VMSILO__TRAY__ENTRY_KIND__ENTRY_SEPARATOR
				     : VMSILO__TRAY__ENTRY_KIND__ENTRY_STANDARD;
	out->label = entry->label;
	out->disabled = entry->disabled;
	out->hidden = entry->hidden;
	out->submenu = entry->submenu;
	out->toggle = (Vmsilo__Tray__ToggleKind)entry->toggle;
	out->state = (Vmsilo__Tray__ToggleState)entry->state;
	out->icon = picture_give(&entry->icon, picture);
}

size_t menu_to_message(const struct menu *menu, struct menu_message *ret)
{
	for (size_t i = 0; i < menu->count; i++) {
		entry_give(&menu->entries[i], &ret->entries[i], &ret->pictures[i]);
		ret->pointers[i] = &ret->entries[i];
	}
	return menu->count;
}

void notification_to_message(
	const struct notification *notification, struct notification_message *ret)
{
	Vmsilo__Tray__Notify *notify = &ret->notify;

	vmsilo__tray__notify__init(notify);
	notify->id = notification->id;
	notify->app_name = (char *)notification->app_name;
	notify->summary = (char *)notification->summary;
	notify->body = (char *)notification->body;
	notify->category = (char *)notification->category;
	notify->urgency = (Vmsilo__Tray__Urgency)notification->urgency;
	notify->expire_ms = notification->expire_ms;
	notify->transient = notification->transient;
	notify->resident = notification->resident;
	notify->progress = notification->progress;
	for (size_t i = 0; i < notification->actions_count; i++) {
		ret->pointers[i] = &ret->actions[i];
		vmsilo__tray__notify_action__init(&ret->actions[i]);
		ret->actions[i].key = (char *)notification->actions[i].key;
		ret->actions[i].label = (char *)notification->actions[i].label;
	}
	notify->actions = ret->pointers;
	notify->n_actions = notification->actions_count;
	notify->image = picture_give(&notification->image, &ret->image);
}
