/* The host's pointer: over which surface of a window's tree it is, and where in it. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_INPUT_POINTER_H
#define VMSILO_TRAY_WINDOWS_GUEST_INPUT_POINTER_H

#include "tray/windows/guest/shell/window.h"

struct x11_wait;
struct xdnd;

struct pointer {
	struct server *server;
	struct xdnd *xdnd;
	struct x11_wait *wait;
	struct window *window; /* that it is in; NULL */
	double x, y;           /* in its picture, in the program's units */
	uint32_t time_ms;
	bool left;            /* it was told to leave, and not yet to enter another */
	unsigned int buttons; /* that are down */
	/* While one is, all goes to the surface where it went down, */
	bool held;
	double held_x, held_y;  /* which is there in the picture */
	struct window *carried; /* where the drag of X11 began that goes on; NULL */
};

int pointer_init(
	struct pointer *pointer, struct server *server, struct xdnd *xdnd, struct x11_wait *wait);
void pointer_event(struct pointer *pointer, const Vmsilo__Windows__Pointer *message);
/* The window's surfaces may be elsewhere: under a pointer that is still, too. */
void pointer_pick(struct pointer *pointer, const struct window *window);
/* A drag that X11's window began: its program has the pointer until it ends, over whatever window
 * that is. */
void pointer_carry(struct pointer *pointer, struct window *from);
/* Says anew where it is, if that goes on. */
void pointer_carry_again(struct pointer *pointer);
void pointer_drop(struct pointer *pointer, bool dropped);
/* All buttons are up: a drag, which had them, is over. */
void pointer_release(struct pointer *pointer);
/* The window goes. */
void pointer_forget(struct pointer *pointer, const struct window *window);
void pointer_leave(struct pointer *pointer);

#endif
