/* vmsilo-guest-windows: the compositor of a session in the guest. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_GUEST_H
#define VMSILO_TRAY_WINDOWS_GUEST_GUEST_H

#include "tray/guest-link/link.h"

#define AGENT_SOCKET "/run/vmsilo/windows.socket"
#define DISPLAY_NAME "vmsilo-0"

struct guest_options {
	struct guest_link_options link;
	int shared_fd;       /* the region of streams that come without one; -1 */
	int ready_fd;        /* -1: nobody is told */
	const char *display; /* the Wayland socket's name */
};

/* Runs until a signal (0), or until it cannot begin (a negative UV_E*, which was logged). */
int guest_run(const struct guest_options *options);

#endif
