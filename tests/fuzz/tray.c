/*
 * Everything that a guest can say on the tray stream: frames, messages, models, pictures, text.
 *
 * Covers: tray/model/convert.c tray/model/markup.c
 * Leaves out: what a desktop does meanwhile (target tray-peer)
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/base/text.h"
#include "proto/wire/message.h"
#include "tray/model/convert.h"
#include "tray/model/markup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct colour red = {255, 0, 0};

/* What is shown has no markup and no control character, and stays UTF-8. */
static void text_show(const char *text)
{
	static char clean[TRAY_TEXT_MAX + 1];
	static char out[TRAY_TEXT_MAX * MARKUP_ESCAPE_FACTOR + 1];

	text_strip(clean, sizeof(clean), text, true);
	for (const char *at = clean; *at; at++)
		if ((unsigned char)*at < 0x20 && *at != '\n')
			abort();
	size_t length = markup_escape(out, sizeof(out), clean);
	if (strpbrk(out, "<>\"'") || !text_is_utf8(out, length))
		abort();
	length = markup_defuse(out, sizeof(out), clean);
	if (strpbrk(out, "<>&") || !text_is_utf8(out, length))
		abort();
}

static void picture_show(struct picture *picture)
{
	struct picture fitted = {0}, marked;

	if (picture_fit(picture, 48, &fitted) == 0 && picture_overlay(&fitted, picture) == 0 &&
		picture_mark(&fitted, 22, red, &marked) == 0) {
		if (memcmp(marked.pixels, "\xff\xff\0\0", 4) != 0)
			abort();
		picture_finish(&marked);
	}
	picture_finish(&fitted);
	picture_finish(picture);
}

static void item_show(const Vmsilo__Tray__Item *message)
{
	struct item_state state;

	if (item_from_message(message, &state, NULL) < 0)
		return;
	text_show(state.title);
	text_show(state.tooltip_text);
	if (!item_status_name(state.status) || !item_category_name(state.category))
		abort();
}

static void icon_show(const Vmsilo__Tray__Icon *message)
{
	struct picture picture;
	enum item_icon kind;

	if (icon_from_message(message, &kind, &picture, NULL) < 0)
		return;
	if (kind >= ITEM_ICONS)
		abort();
	picture_show(&picture);
}

/* A menu that passed has no loops: the way up ends within the depth. */
static void menu_show(const Vmsilo__Tray__Menu *message)
{
	struct menu menu;

	if (menu_from_message(message, &menu, NULL) < 0)
		return;
	for (size_t i = 0; i < menu.count; i++) {
		int depth = 0;
		for (uint32_t place = (uint32_t)i + 1; place > 0;
			place = menu.entries[place - 1].parent)
			if (++depth > TRAY_MENU_DEPTH_MAX)
				abort();
		text_show(menu.entries[i].label);
	}
	menu_finish(&menu);
}

static void menu_update_show(const Vmsilo__Tray__MenuUpdate *message)
{
	struct menu update, menu = {0};

	if (menu_update_from_message(message, &update, NULL) < 0)
		return;
	menu_add(&menu, "");
	for (size_t i = 0; i < update.count; i++)
		menu_entry_update(&menu.entries[0], &update.entries[i]);
	menu_finish(&update);
	menu_finish(&menu);
}

static void notification_show(const Vmsilo__Tray__Notify *message)
{
	static struct notification notification;

	if (notification_from_message(message, &notification, NULL) == 0) {
		text_show(notification.summary);
		text_show(notification.body);
		picture_show(&notification.image);
	}
	notification_finish(&notification);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t at = 0; at < size;) {
		struct frame frame;
		int64_t length = frame_decode(data + at, size - at, &frame);
		if (length <= 0)
			break;
		ProtobufCMessage *message = message_unpack(&frame);
		if (message && frame.type == FRAME_TRAY_ITEM)
			item_show((Vmsilo__Tray__Item *)message);
		else if (message && frame.type == FRAME_TRAY_ICON)
			icon_show((Vmsilo__Tray__Icon *)message);
		else if (message && frame.type == FRAME_TRAY_MENU)
			menu_show((Vmsilo__Tray__Menu *)message);
		else if (message && frame.type == FRAME_TRAY_MENU_UPDATE)
			menu_update_show((Vmsilo__Tray__MenuUpdate *)message);
		else if (message && frame.type == FRAME_TRAY_NOTIFY)
			notification_show((Vmsilo__Tray__Notify *)message);
		message_free(message);
		at += (size_t)length;
	}
	return 0;
}
