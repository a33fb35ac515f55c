/* The launcher's token: which window is the one that the user's click was for. It is in the
 * program's environment, or a program that runs already has it of another of its processes, and
 * names it by xdg_activation_v1 or X11's startup id. And windows that ask for attention. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_PROGRAMS_ACTIVATION_H
#define VMSILO_TRAY_WINDOWS_GUEST_PROGRAMS_ACTIVATION_H

#include "tray/windows/guest/shell/window.h"
#include "tray/windows/guest/tokens/tokens.h"

/* What vm-run gives a program instead of the launcher's own. */
#define ACTIVATION_PREFIX "vmsilo-"

/* Of a new toplevel: the token is in its program's environment, if there is one. Each is told once:
 * the first window of what was started with it has it. */
void activation_find(struct window *window);
/* The token that a program gave for this window, as X11's startup id. True: it is a launcher's that
 * was not told yet. */
bool activation_take(struct window *window, const char *token);
/* A program wants a window of another, or of its own, to be seen: by a launcher's token, or without
 * one, which is a wish for attention. data: struct server. */
extern const struct tokens_ops activation_ops;

#endif
