/*
 * A popup of the guest as an xdg_popup, with a border in the VM's colour, where place.h lets it be.
 * Where the compositor put it goes back as POPUP_PLACE. While the user is at none of the VM's
 * windows a new one is dismissed at once, and none is moved. One that it has closed is dismissed:
 * the guest's window is there until its own GONE, and nothing of it is shown.
 */
#ifndef VMSILO_TRAY_WINDOWS_WINDOW_POPUP_H
#define VMSILO_TRAY_WINDOWS_WINDOW_POPUP_H

#include "tray/windows/window/window.h"

int popup_create(struct view *view, const Vmsilo__Windows__Popup *message);
/* It is to be placed anew. */
void popup_update(struct window *window, const Vmsilo__Windows__Popup *message);
/* Tells the guest, and takes it from the screen with what stands on it. */
void popup_dismiss(struct window *window);
void popup_finish(struct window *window);
/* How large its frame may be: as the screens that its toplevel is on. */
void popup_most(const struct window *window, int32_t *ret_width, int32_t *ret_height);
/* The compositor's last word on each was heard: those that it has closed are not answered, for
 * there are compositors that end a client which answers. */
void popups_answer(struct view *view);
/* Sends POPUP_PLACE. */
void popup_tell(struct window *window);

#endif
