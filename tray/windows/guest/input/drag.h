/*
 * Drag and drop inside the VM. The host follows the pointer with a drag of its own, so that it
 * comes into other windows of ours while the button is down.
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_INPUT_DRAG_H
#define VMSILO_TRAY_WINDOWS_GUEST_INPUT_DRAG_H

#include "tray/windows/guest/shell/window.h"

struct drag {
	struct server *server;
	bool allowed;
	struct wlr_drag *wlr;  /* that goes on; NULL */
	struct window *window; /* where it began; NULL */
	int32_t icon_x, icon_y;
	bool changed;    /* is to be told, once: its icon is the one that it has then */
	uint32_t action; /* of wl_data_device_manager, that it was dropped with; 0: it was not */
	struct wl_listener request, start, drop, destroy;
	struct wl_listener target_gone; /* X11's, that it was dropped on */
};

void drag_init(struct drag *drag, struct server *server);
void drag_finish(struct drag *drag);
void drag_allow(struct drag *drag, bool allowed);
/* An X11 program began one, from this window. False: it may not. */
bool drag_begin_x11(struct drag *drag, struct window *window);
void drag_flush(struct drag *drag);
void drag_leave(struct drag *drag);
void drag_done(struct drag *drag, const Vmsilo__Windows__DragDone *message);

#endif
