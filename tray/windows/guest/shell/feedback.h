/* wp_presentation: when a program's frame was seen, by the host's word. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_SHELL_FEEDBACK_H
#define VMSILO_TRAY_WINDOWS_GUEST_SHELL_FEEDBACK_H

#include "tray/windows/guest/shell/window.h"

void feedback_init(struct frames *frames);
void feedback_finish(struct frames *frames);
/* Of those that wait nobody will be told. */
void feedback_drop(struct frames *frames);
/* A frame was sent: who wanted to know waits for it. */
void feedback_take(struct window *window);
/* The oldest frame was seen. */
void feedback_send(struct window *window, const Vmsilo__Windows__FrameDone *message);

#endif
