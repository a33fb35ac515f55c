/*
 * Drags that an X11 program begins. X11 programs find the window under the pointer by themselves:
 * to reach another of X11's, all that is needed is to know of the drag; the host then says where
 * the pointer is, and the program sees it there, in the places that windows of X11 have. Wayland's
 * windows have one of ours stand for them: over them the program sees the pointer in it, and speaks
 * with us (XDND, version 5) as with the target.
 *
 *   idle --it owns what is dragged, with a button down--> followed --XdndEnter--> entered
 *   --XdndPosition--> offered --XdndDrop--> dropped --the target has all, or went--> idle
 *   entered, offered --XdndLeave--> followed; any --it owns nothing any more--> idle
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_XDND_XDND_H
#define VMSILO_TRAY_WINDOWS_GUEST_XDND_XDND_H

#include "tray/windows/guest/xdnd/connection.h"
#include "tray/windows/guest/xdnd/offer.h"
#include "tray/windows/guest/xdnd/transfers.h"

struct xdnd_ops {
	/* An X11 program began a drag. False: it is none that is followed. */
	bool (*on_begin)(void *data);
	/* Wants xdnd_over() to say where the pointer is. */
	void (*on_offered)(void *data);
};

enum xdnd_phase {
	XDND_IDLE,
	XDND_FOLLOWED,
	XDND_ENTERED,
	XDND_OFFERED,
	XDND_DROPPED,
};

struct xdnd {
	struct server *server;
	const struct xdnd_ops *ops;
	void *data;
	struct connection connection;
	struct transfers transfers;
	struct offer offer;
	enum xdnd_phase phase;
	int16_t x, y; /* where our window is */

	xcb_window_t source; /* its program's window, which messages go to */
	struct xdnd_types types;
	uint32_t listed;     /* actions, bits */
	xcb_atom_t proposed; /* action, as it was said */
	xcb_timestamp_t time;
	bool status_due;       /* it waits for an answer */
	enum xdnd_action told; /* in the last */
	struct wl_listener ready;
};

void xdnd_init(struct xdnd *xdnd, struct server *server, const struct xdnd_ops *ops, void *data);
void xdnd_finish(struct xdnd *xdnd);
/* Where the pointer is to X11 while it is in a window of Wayland's, at this place of it. */
void xdnd_place(const struct xdnd *xdnd, double x, double y, int32_t *ret_x, int32_t *ret_y);
/* As offer_over(). */
void xdnd_over(
	struct xdnd *xdnd, struct wlr_surface *surface, double x, double y, uint32_t time_ms);
/* A button went down: what its program has not ended is no drag any more. */
void xdnd_press(struct xdnd *xdnd);
/* Before the loop waits. */
void xdnd_flush(struct xdnd *xdnd);

#endif
