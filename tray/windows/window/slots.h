/* Buffers in the region that is shared with the guest: made of offsets, never mapped here. */
#ifndef VMSILO_TRAY_WINDOWS_WINDOW_SLOTS_H
#define VMSILO_TRAY_WINDOWS_WINDOW_SLOTS_H

#include "tray/windows/window/content.h"

/* The one for this frame, made if there is none; NULL: no memory. */
struct content_slot *slot_take(struct window *window, const Vmsilo__Windows__SharedFrame *frame);
void slots_finish(struct content *content);

#endif
