/*
 * A connection of which the compositor knows that a sandbox is behind it (the staging protocol
 * security-context-v1): it offers nothing there by which a client sees or drives others, as
 * pictures of the screen, other programs' input, or the clipboard without the focus.
 */
#ifndef VMSILO_TRAY_WINDOWS_DESKTOP_CONTEXT_H
#define VMSILO_TRAY_WINDOWS_DESKTOP_CONTEXT_H

#include "proto/base/error.h"

struct desktop;

/* Asks for one on the connection of desktop, which has the manager: for the sandbox engine "vmsilo"
 * and the application "vmsilo.VM". Returns the descriptor, connected; *ret_close_fd is to be closed
 * when the compositor has answered there: it takes no other then. Its socket is in a folder of its
 * own in $XDG_RUNTIME_DIR, and gone when this returns. */
int context_connect(
	const struct desktop *desktop, const char *vm, int *ret_close_fd, struct error *error);

#endif
