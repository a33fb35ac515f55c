/*
 * When a window's programs may draw again: the compositor's frame callback is the guest's
 * FRAME_DONE. Where none comes nobody sees the window: its guest is told so, and has a slow beat.
 */
#ifndef VMSILO_TRAY_WINDOWS_WINDOW_BEAT_H
#define VMSILO_TRAY_WINDOWS_WINDOW_BEAT_H

#include "tray/windows/window/window.h"

int beat_init(struct view *view);
/* Before the commit that shows a frame. */
void beat_ask(struct window *window);
/* The frame is not shown: done with the next beat. */
void beat_skip(struct window *window);
/* What the compositor says of it, or that nobody sees it. */
void beat_set_hidden(struct window *window, bool hidden);
/* The window goes. */
void beat_finish(struct window *window);

#endif
