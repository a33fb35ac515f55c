/* A clipboard's content on its way over a channel: as CLIPBOARD_DATA, in parts, as fast as the
 * other end takes them. */
#ifndef VMSILO_TRAY_WINDOWS_CLIPBOARD_PARCEL_H
#define VMSILO_TRAY_WINDOWS_CLIPBOARD_PARCEL_H

#include <stdbool.h>

#include "proto/io/channel.h"
#include "tray/windows/clipboard/renew.h"

struct parcel {
	struct blob *blob; /* NULL: nothing is on its way */
	size_t at;
	uint32_t serial;
	Vmsilo__Windows__ClipboardKind kind;
};

/* Takes blob. What was on its way before ends where it is: the receiver begins anew. */
void parcel_send(struct parcel *parcel, struct channel *channel, uint32_t serial,
	Vmsilo__Windows__ClipboardKind kind, struct blob *blob);
/* From the channel's on_drain. */
void parcel_continue(struct parcel *parcel, struct channel *channel);
void parcel_finish(struct parcel *parcel);
/* There is nothing. */
void parcel_send_nothing(struct channel *channel, uint32_t serial, bool too_large);

#endif
