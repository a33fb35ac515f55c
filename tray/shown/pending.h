/* Calls of panels that wait for an answer of the guest, for so long and not longer. */
#ifndef VMSILO_TRAY_SHOWN_PENDING_H
#define VMSILO_TRAY_SHOWN_PENDING_H

#include <dbus/dbus.h>
#include <uv.h>

#include "proto/io/closer.h"
#include "proto/limits.h"

#define PENDING_TIMEOUT_MS 3000 /* shorter than any panel's own */

enum pending_kind { PENDING_EVENT, PENDING_SHOW, PENDING_LAYOUT };

struct host_pending {
	struct {
		enum pending_kind kind;
		uint32_t serial;
		DBusMessage *call;
		uint64_t deadline_ms;
	} list[TRAY_PENDING_MAX]; /* the oldest first */
	size_t count;
	uv_timer_t timer;
	/* The guest did not answer; call is borrowed. */
	void (*on_timeout)(void *data, enum pending_kind kind, DBusMessage *call);
	void *data;
};

void host_pending_init(struct host_pending *pending, uv_loop_t *loop, struct closer *closer,
	void (*on_timeout)(void *data, enum pending_kind kind, DBusMessage *call), void *data);
/* Calls nothing back. */
void host_pending_finish(struct host_pending *pending, struct closer *closer);
/* Takes a reference. False when too many wait already. */
bool host_pending_add(
	struct host_pending *pending, enum pending_kind kind, uint32_t serial, DBusMessage *call);
/* The oldest of this kind and serial, with its reference; or NULL. */
DBusMessage *host_pending_take(
	struct host_pending *pending, enum pending_kind kind, uint32_t serial);

#endif
