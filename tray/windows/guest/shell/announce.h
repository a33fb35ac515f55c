/* Tells the host of windows: that they are there, what they are called, what their programs want,
 * that they are gone. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_SHELL_ANNOUNCE_H
#define VMSILO_TRAY_WINDOWS_GUEST_SHELL_ANNOUNCE_H

#include "tray/windows/guest/shell/window.h"

/* What there is to tell, as far as the stream is ready. */
void announce_windows(struct server *server);
/* Its number does not come again. */
void announce_gone(struct window *window);

#endif
