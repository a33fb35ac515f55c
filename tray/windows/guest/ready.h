/* Tells who started the program that programs can connect, and what they need for it. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_READY_H
#define VMSILO_TRAY_WINDOWS_GUEST_READY_H

/* Writes NAME=VALUE lines to fd and closes it; stdout stays open, as stderr's. display: X11's;
 * NULL. */
void ready_tell(int fd, const char *wayland, const char *display);

#endif
