/*
 * The notifications of one VM on the host: sent to the desktop's service with the VM's mark, their
 * numbers mapped, and what the user does sent back.
 *
 * Nothing of the guest is markup, a path or a name that the host would look up: the body is escaped
 * where the service takes it for markup, the picture is made anew of its pixels, with the VM's
 * border, and hints are our own. A notification stays when its VM is gone, since the user has not
 * read it yet.
 */
#ifndef VMSILO_TRAY_NOTICES_NOTICES_H
#define VMSILO_TRAY_NOTICES_NOTICES_H

#include "tray/link/stream.h"
#include "tray/model/notification.h"
#include "tray/notices/service.h"

struct host_notices;

struct host_notice {
	struct host_notices *notices;
	uint32_t guest_id; /* 0: this place is free */
	uint32_t host_id;  /* 0: not known yet */
	uint64_t age;      /* the lower the older */
	bool close;        /* as soon as its number is known */
	DBusPendingCall *call;
	struct notification *next; /* to be sent when the call is back */
};

struct host_notices {
	struct host_stream *stream;
	struct host_service *service;
	uint64_t age;
	struct host_notice list[TRAY_NOTIFICATIONS_MAX];
};

void host_notices_init(
	struct host_notices *notices, struct host_stream *stream, struct host_service *service);
void host_notices_finish(struct host_notices *notices);
/* Takes the picture out of it. The oldest is forgotten when there are TRAY_NOTIFICATIONS_MAX: it
 * stays on the screen, and the guest is told that it is closed. */
void host_notices_notify(struct host_notices *notices, struct notification *notification);
void host_notices_close(struct host_notices *notices, uint32_t guest_id);
/* Every signal of the bus. */
void host_notices_signal(struct host_notices *notices, DBusMessage *signal);

#endif
