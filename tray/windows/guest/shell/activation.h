/* The launcher's token: which window is the one that the user's click was for. And windows that ask
 * for attention. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_SHELL_ACTIVATION_H
#define VMSILO_TRAY_WINDOWS_GUEST_SHELL_ACTIVATION_H

#include "tray/windows/guest/shell/window.h"

/* What vm-run gives a program instead of the launcher's own. */
#define ACTIVATION_PREFIX "vmsilo-"

/* Of a new toplevel: the token is in its program's environment, if there is one. Each is told once:
 * the first window of what was started with it has it. */
void activation_find(struct window *window);
/* The token that a program gave for itself, as X11's startup id. */
void activation_take(struct window *window, const char *token);
/* A program wants a window of another, or of its own, to be seen. */
void activation_on_request(struct wl_listener *listener, void *data);

#endif
