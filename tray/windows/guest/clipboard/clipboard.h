/* The guest's clipboard and primary selection. Neither crosses by itself: the first when the host
 * asks, or gives. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_CLIPBOARD_CLIPBOARD_H
#define VMSILO_TRAY_WINDOWS_GUEST_CLIPBOARD_CLIPBOARD_H

#include "tray/windows/guest/clipboard/take.h"
#include "tray/windows/guest/shell/server.h"

struct clipboard {
	struct server *server;
	struct clip_take take;
	/* What the host is giving, in parts. */
	uint32_t serial;
	Vmsilo__Windows__ClipboardKind kind;
	uint8_t *bytes;
	size_t length;
	struct wl_listener request, request_primary;
};

void clipboard_init(struct clipboard *clipboard, struct server *server);
void clipboard_finish(struct clipboard *clipboard);
bool clipboard_message(struct clipboard *clipboard, uint16_t type, const ProtobufCMessage *message);
void clipboard_flush(struct clipboard *clipboard);
/* The stream ended. */
void clipboard_leave(struct clipboard *clipboard);

#endif
