/* What programs can bind. The parts that need their events listen to the server's. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_PROGRAMS_GLOBALS_H
#define VMSILO_TRAY_WINDOWS_GUEST_PROGRAMS_GLOBALS_H

#include "tray/windows/guest/shell/server.h"

/* 0 or UV_ENOMEM. Without Xwayland there are no X11 programs, which is said. */
int globals_create(struct server *server);
/* Nothing listens any more. */
void globals_finish(struct server *server);

#endif
