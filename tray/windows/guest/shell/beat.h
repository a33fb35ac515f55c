/*
 * Programs wait for a frame callback before they draw the next. Where no frame travels that would
 * bring one, it comes from here: at a screen's pace, or slowly while there is no host. Nothing
 * ticks while nobody waits.
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_SHELL_BEAT_H
#define VMSILO_TRAY_WINDOWS_GUEST_SHELL_BEAT_H

#include "tray/windows/guest/shell/server.h"

#define BEAT_MS 16
#define BEAT_UNSEEN_MS 1000

void beat_init(struct server *server);
/* Once what can be sent is: if somebody may have begun to wait (server_want_beat()). */
void beat_set(struct server *server);

#endif
