/*
 * Messages of the tray stream to models and back. Pure.
 *
 * X_from_message() is where the guest's bytes come to mean something: every length, number, enum
 * and UTF-8 is checked, and what fails is a violation (UV_EPROTO, with a sentence). What text may
 * hold is another matter: it is filtered where it is shown.
 */
#ifndef VMSILO_TRAY_MODEL_CONVERT_H
#define VMSILO_TRAY_MODEL_CONVERT_H

#include "proto/base/error.h"
#include "proto/tray.pb-c.h"
#include "tray/model/item.h"
#include "tray/model/menu.h"
#include "tray/model/notification.h"

int item_from_message(
	const Vmsilo__Tray__Item *untrusted, struct item_state *ret, struct error *error);
int icon_from_message(const Vmsilo__Tray__Icon *untrusted, enum item_icon *ret_icon,
	struct picture *ret, struct error *error);
/* Menu: the whole, checked by menu_check(). MenuUpdate: entries with their ids only. */
int menu_from_message(const Vmsilo__Tray__Menu *untrusted, struct menu *ret, struct error *error);
int menu_update_from_message(
	const Vmsilo__Tray__MenuUpdate *untrusted, struct menu *ret, struct error *error);
int notification_from_message(
	const Vmsilo__Tray__Notify *untrusted, struct notification *ret, struct error *error);

/* The message borrows the model's memory. */
void item_to_message(uint32_t number, const struct item_state *state, Vmsilo__Tray__Item *ret);
/* picture_room is the message's while it lives. */
void icon_to_message(uint32_t number, enum item_icon icon, const struct picture *picture,
	Vmsilo__Tray__Picture *picture_room, Vmsilo__Tray__Icon *ret);

/* The places that messages with repeated parts point into; lives as long as the message. */
struct menu_message {
	Vmsilo__Tray__MenuEntry entries[TRAY_MENU_ENTRIES_MAX];
	Vmsilo__Tray__MenuEntry *pointers[TRAY_MENU_ENTRIES_MAX];
	Vmsilo__Tray__Picture pictures[TRAY_MENU_ENTRIES_MAX];
};
/* Returns the number of entries, for Menu and for MenuUpdate. */
size_t menu_to_message(const struct menu *menu, struct menu_message *ret);

struct notification_message {
	Vmsilo__Tray__Notify notify;
	Vmsilo__Tray__NotifyAction actions[TRAY_ACTIONS_MAX];
	Vmsilo__Tray__NotifyAction *pointers[TRAY_ACTIONS_MAX];
	Vmsilo__Tray__Picture image;
};
void notification_to_message(
	const struct notification *notification, struct notification_message *ret);

#endif
