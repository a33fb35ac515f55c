/* Brings what the user sees of a window to what there is: its last picture, its shape, its title.
 */
#ifndef VMSILO_TRAY_WINDOWS_WINDOW_SHOW_H
#define VMSILO_TRAY_WINDOWS_WINDOW_SHOW_H

#include "tray/windows/window/window.h"

/* Commits all of its surfaces. Before its first picture, or its first configure, nothing. */
void window_show(struct window *window);
/* The guest has ended a frame that obeys this serial. */
void window_show_frame(struct window *window, uint32_t serial);

#endif
