/*
 * One item's com.canonical.dbusmenu in the guest, read and followed once the host asks for it: the
 * whole layout is fetched whenever the program says that anything changed, and what differs is
 * sent.
 */
#ifndef VMSILO_TRAY_GUEST_MENU_H
#define VMSILO_TRAY_GUEST_MENU_H

#include "tray/bus/names.h"
#include "tray/guest/stream.h"
#include "tray/model/menu.h"
#include "tray/pictures/icon-theme.h"

#define GUEST_SHOWS_MAX 16 /* AboutToShow under way */

struct guest_menu;

struct guest_show {
	struct guest_menu *menu;
	uint32_t serial;
	bool waits; /* for the layout, then for the stream */
	bool update;
	DBusPendingCall *call;
};

struct guest_menu {
	struct bus *bus;
	struct guest_stream *stream;
	struct icon_theme *icons;
	uint32_t number;
	char service[256];
	char path[256];
	bool followed;
	bool again;  /* it changed while it was fetched */
	bool unsent; /* the menu, or a part */
	bool sent_once;
	struct menu menu; /* as it is */
	struct menu sent; /* as the host has it */
	DBusPendingCall *call;
	struct guest_show shows[GUEST_SHOWS_MAX];
};

void guest_menu_init(struct guest_menu *menu, struct bus *bus, struct guest_stream *stream,
	struct icon_theme *icons, uint32_t number);
void guest_menu_finish(struct guest_menu *menu);
/* Where the program has its menu; path "" for none. */
void guest_menu_locate(struct guest_menu *menu, const char *service, const char *path);
/* The host is another one: it follows nothing yet. */
void guest_menu_forget(struct guest_menu *menu);
/* Something of it changed. */
void guest_menu_changed(struct guest_menu *menu);

/* The host's wishes. */
void guest_menu_follow(struct guest_menu *menu);
void guest_menu_show(struct guest_menu *menu, uint32_t serial, int32_t entry);
void guest_menu_event(struct guest_menu *menu, int32_t entry, Vmsilo__Tray__MenuAction action);

/* Sends what there is to be sent. UV_EAGAIN when some of it is left. */
int guest_menu_flush(struct guest_menu *menu);

#endif
