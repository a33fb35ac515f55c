/* vmsilo-guest-tray: the tray and the notification service of a session in the guest. */
#ifndef VMSILO_TRAY_GUEST_GUEST_H
#define VMSILO_TRAY_GUEST_GUEST_H

#include "tray/guest-link/link.h"

#define AGENT_SOCKET "/run/vmsilo/tray.socket"

struct guest_options {
	struct guest_link_options link;
	const char *theme; /* of icons; NULL: the user's */
};

/* Runs until a signal (0) or until the session's bus is lost (a negative UV_E*, which was logged).
 */
int guest_run(const struct guest_options *options);

#endif
