/*
 * What Wayland programs see of a drag that an X11 program began. It is a drag of wlroots' that the
 * seat does not know: the seat's would take the pointer and the keyboard from the X11 program,
 * whose they are, and wlroots' X11 side would take the selection from it.
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_XDND_OFFER_H
#define VMSILO_TRAY_WINDOWS_GUEST_XDND_OFFER_H

#include "tray/windows/guest/policy/xdnd-message.h"
#include "tray/windows/guest/shell/wlroots.h"

struct server;

struct offer_ops {
	/* A program wants it so. Takes fd. */
	void (*on_send)(void *data, const char *type, int fd);
	/* It is over: dropped, finished and action tell how. May be in the midst of anything. */
	void (*on_gone)(void *data);
};

struct offer {
	struct server *server;
	const struct offer_ops *ops;
	void *data;
	bool there; /* neither finished nor given up */
	bool dropped;
	bool finished;         /* the program that it was dropped on has all */
	struct wlr_drag *drag; /* until it is dropped; NULL */
	struct wlr_data_source source;
	struct wl_listener drag_destroy;
};

void offer_init(
	struct offer *offer, struct server *server, const struct offer_ops *ops, void *data);
/* Actions as of xdnd_actions(); ask: a program that can is to ask the user, others choose as X11's
 * do. False: nobody is told. */
bool offer_begin(struct offer *offer, const struct xdnd_types *types, uint32_t actions, bool ask);
/* Where the pointer is, in a surface of a Wayland program, or over none (NULL). */
void offer_over(
	struct offer *offer, struct wlr_surface *surface, double x, double y, uint32_t time_ms);
/* What the program under the pointer would do with it; 0: nothing. */
enum xdnd_action offer_action(const struct offer *offer);
/* False: nobody takes it, and it is gone. */
bool offer_drop(struct offer *offer, uint32_t time_ms);
void offer_end(struct offer *offer);

#endif
