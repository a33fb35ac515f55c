/* The guest's end of the stream, for those who have something to tell it. */
#ifndef VMSILO_TRAY_WINDOWS_WINDOW_GUEST_H
#define VMSILO_TRAY_WINDOWS_WINDOW_GUEST_H

#include <stdbool.h>

#include "proto/io/channel.h"
#include "proto/windows.pb-c.h"
#include "tray/windows/rules/rules.h"

struct guest {
	struct channel *channel; /* NULL: there is none any more */
	struct rules rules;
	/* It does not read: the stream cannot go on. From inside a call of ours. */
	void (*on_stuck)(void *data);
	/* The compositor has given a picture back: there may be room for what waited for some. */
	void (*on_room)(void *data);
	void *data;
};

void guest_send(struct guest *guest, uint16_t type, const ProtobufCMessage *message);
/* For what may be left out while the guest does not read: where the pointer moved. */
void guest_send_lossy(struct guest *guest, uint16_t type, const ProtobufCMessage *message);

#endif
