/* What a program may ask of the user's desktop, as far as the user's hands allow it. */
#ifndef VMSILO_TRAY_WINDOWS_HOST_REQUESTS_H
#define VMSILO_TRAY_WINDOWS_HOST_REQUESTS_H

#include "tray/windows/window/view.h"

/* REQUEST or ACTIVATE, allowed by rules/. */
void request_apply(struct view *view, uint16_t type, const ProtobufCMessage *message);
/* The user's launcher gave this token for the window that names the cookie. */
void request_token(struct view *view, const char *cookie, const char *token);
/* As view.on_mapped. */
void request_on_mapped(void *data, struct window *window);

/* The view ends. */
void request_finish(struct view *view);

#endif
