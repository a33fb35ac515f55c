/* What a window of X11 is to the host, and where it is put. Pure. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_POLICY_X11_POLICY_H
#define VMSILO_TRAY_WINDOWS_GUEST_POLICY_X11_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define X11_PLACES 16     /* that differ */
#define X11_PLACE_STEP 40 /* pixels between them, either way, at most */

struct x11_box {
	int32_t x, y, width, height;
};

/* Tiny, or where nobody could see it: a helper of its program. screen: both sides from 0. */
bool x11_is_helper(const struct x11_box *box, int32_t screen_width, int32_t screen_height);
/* Where the n-th window goes in X11's screen, which is three times as large as the user's, either
 * way: between its first and second third, so that there is room for menus on each side of even the
 * largest window. */
void x11_place(
	unsigned int number, int32_t screen_width, int32_t screen_height, int32_t *x, int32_t *y);
/* Whether one program made both windows: each has a range of numbers of its own. */
bool x11_same_program(uint32_t window, uint32_t other);

/* Xwayland's failures: so many at once, then a pause after each, twice as long each time; forgotten
 * after five minutes without one. */
#define X11_ENDS_MAX 5
#define X11_PAUSE_MS 1000
#define X11_PAUSE_MAX_MS 60000
#define X11_ENDS_MS 300000

struct x11_ends {
	unsigned int count;
	uint64_t at; /* of the last */
};

/* After one more: how long until the next may start. */
uint64_t x11_pause(struct x11_ends *ends, uint64_t now_ms);

/* As text_strip(). A title that is no UTF-8 is Latin-1, as ICCCM's STRING is. */
void x11_title(char *ret, size_t size, const char *title);

#endif
