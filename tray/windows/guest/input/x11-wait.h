/*
 * What the user does waits for X11. Xwayland hears of keys and of the pointer by one connection,
 * and by another which window has the focus and which one is above: a key that came at once would
 * be that of the window before, a button that of the window above. Until it has answered the host
 * is not read, so that all it says stays in its order.
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_INPUT_X11_WAIT_H
#define VMSILO_TRAY_WINDOWS_GUEST_INPUT_X11_WAIT_H

#include <stdbool.h>
#include <uv.h>

struct server;

#define X11_WAIT_MS 1000 /* a program may have the server for itself */

struct x11_wait {
	struct server *server;
	void (*on_end)(void *data); /* Xwayland has done it, or is not waited for any more */
	void *data;
	bool waits;
	unsigned int asked;
	uv_timer_t timer;
};

void x11_wait_init(
	struct x11_wait *wait, struct server *server, void (*on_end)(void *data), void *data);
void x11_wait_finish(struct x11_wait *wait);
/* For all that Xwayland was asked so far. */
void x11_wait_begin(struct x11_wait *wait);
/* Before the loop waits. True: X11 has answered, and what it said with that was read as well. */
bool x11_wait_answered(struct x11_wait *wait);
void x11_wait_end(struct x11_wait *wait);

#endif
