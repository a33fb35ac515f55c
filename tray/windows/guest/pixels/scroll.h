/* Finds that the rows of an area have moved up or down, as in a program that scrolls. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_PIXELS_SCROLL_H
#define VMSILO_TRAY_WINDOWS_GUEST_PIXELS_SCROLL_H

#include "tray/windows/guest/pixels/pieces.h"

/* A smaller area, or one in which fewer rows changed, is sent as it is. */
#define SCROLL_SIDE_MIN 64
#define SCROLL_CHANGED_MIN 32

struct scroll;

/* NULL: no memory. */
struct scroll *scroll_create(void);
void scroll_destroy(struct scroll *scroll);

/* By how many rows most of what is in area has moved down from shown to next; 0 when it has not. */
int32_t scroll_find(struct scroll *scroll, const struct picture *shown, const struct picture *next,
	const struct area *area);
/* Moves the rows of the area down by dy inside it, as a COPY does; those that are uncovered stay.
 */
void scroll_move(const struct picture *picture, const struct area *area, int32_t dy);

#endif
