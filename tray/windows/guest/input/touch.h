/* Fingers on the host's screen. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_INPUT_TOUCH_H
#define VMSILO_TRAY_WINDOWS_GUEST_INPUT_TOUCH_H

#include "tray/windows/guest/shell/window.h"

struct touch {
	struct server *server;
};

void touch_init(struct touch *touch, struct server *server);
void touch_event(struct touch *touch, const Vmsilo__Windows__Touch *message);
/* No finger is down any more. */
void touch_leave(struct touch *touch);

#endif
