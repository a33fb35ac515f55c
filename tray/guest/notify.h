/*
 * org.freedesktop.Notifications in the guest: what programs send crosses to the host, with pixels
 * in place of names and files; what the user does comes back as signals.
 */
#ifndef VMSILO_TRAY_GUEST_NOTIFY_H
#define VMSILO_TRAY_GUEST_NOTIFY_H

#include "tray/bus/names.h"
#include "tray/guest/stream.h"
#include "tray/pictures/icon-theme.h"

struct guest_notify;

int guest_notify_create(struct bus *bus, struct guest_stream *stream, struct icon_theme *icons,
	struct guest_notify **ret);
void guest_notify_destroy(struct guest_notify *notify);

/* The host says what its service can do. */
void guest_notify_settings(struct guest_notify *notify, const Vmsilo__Tray__Settings *settings);
/* Sends what waits. UV_EAGAIN when some is left. */
int guest_notify_flush(struct guest_notify *notify);

/* What the user did. */
void guest_notify_invoked(struct guest_notify *notify, const Vmsilo__Tray__NotifyInvoked *invoked);
void guest_notify_closed(struct guest_notify *notify, const Vmsilo__Tray__NotifyClosed *closed);

#endif
