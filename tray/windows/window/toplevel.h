/*
 * A toplevel of the guest as an xdg_toplevel. The compositor's configure goes to the guest as
 * CONFIGURE; it is acknowledged with the first frame that obeys it, so that the old picture stays
 * until there is one of the new size, or after VIEW_PATIENCE_MS.
 */
#ifndef VMSILO_TRAY_WINDOWS_WINDOW_TOPLEVEL_H
#define VMSILO_TRAY_WINDOWS_WINDOW_TOPLEVEL_H

#include "tray/windows/window/window.h"

/* The guest announced it. UV_ENOMEM. */
int toplevel_create(struct view *view, const Vmsilo__Windows__Toplevel *message);
void toplevel_update(struct window *window, const Vmsilo__Windows__Toplevel *message);
void toplevel_finish(struct window *window);

/* Sends CONFIGURE for the wanted shape again: something else of it changed, or was refused. */
void toplevel_tell(struct window *window);
/* It is shown the first time. */
void toplevel_on_mapped(struct window *window);

int toplevel_patience_init(struct view *view);

#endif
