#include "tray/windows/guest/clipboard/clipboard.h"

#include <stdlib.h>
#include <string.h>
#include <wlr/types/wlr_primary_selection.h>

#include "tray/windows/guest/clipboard/give.h"
#include "tray/windows/guest/shell/wlroots.h"

static void on_request(struct wl_listener *listener, void *data)
{
	struct clipboard *clipboard = wl_container_of(listener, clipboard, request);
	const struct wlr_seat_request_set_selection_event *event = data;

	clipboard->take.given = NULL; /* another may get its address */
	wlr_seat_set_selection(clipboard->server->seat, event->source, event->serial);
}

static void on_request_primary(struct wl_listener *listener, void *data)
{
	struct clipboard *clipboard = wl_container_of(listener, clipboard, request_primary);
	const struct wlr_seat_request_set_primary_selection_event *event = data;

	wlr_seat_set_primary_selection(clipboard->server->seat, event->source, event->serial);
}

void clipboard_init(struct clipboard *clipboard, struct server *server)
{
	struct wlr_seat *seat = server->seat;

	*clipboard = (struct clipboard){.server = server};
	clip_take_init(&clipboard->take, server);
	server_listen(&clipboard->request, &seat->events.request_set_selection, on_request);
	server_listen(&clipboard->request_primary, &seat->events.request_set_primary_selection,
		on_request_primary);
}

static void parts_drop(struct clipboard *clipboard)
{
	free(clipboard->bytes);
	clipboard->bytes = NULL;
	clipboard->length = 0;
	clipboard->serial = 0;
}

void clipboard_finish(struct clipboard *clipboard)
{
	server_deafen(&clipboard->request);
	server_deafen(&clipboard->request_primary);
	clip_take_finish(&clipboard->take);
	parts_drop(clipboard);
}

/* ---- what the host gives ---- */

static bool part_add(struct clipboard *clipboard, const ProtobufCBinaryData *part)
{
	uint32_t most = clipboard->server->stream->settings->clipboard_bytes;

	if (part->len == 0)
		return true;
	if (part->len > most || clipboard->length > most - part->len)
		return false;
	uint8_t *bytes = realloc(clipboard->bytes, clipboard->length + part->len);
	if (!bytes)
		return false;
	memcpy(bytes + clipboard->length, part->data, part->len);
	clipboard->bytes = bytes;
	clipboard->length += part->len;
	return true;
}

static void on_data(struct clipboard *clipboard, const Vmsilo__Windows__ClipboardData *message)
{
	if (clipboard->serial != message->serial)
		parts_drop(clipboard);
	clipboard->serial = message->serial;
	clipboard->kind = message->kind;
	if (message->too_large || !part_add(clipboard, &message->data)) {
		parts_drop(clipboard);
		return;
	}
	if (!message->last)
		return;
	clip_give(clipboard->server, clipboard->kind, clipboard->bytes, clipboard->length);
	clipboard->take.given = clipboard->server->seat->selection_source;
	clipboard->bytes = NULL;
	parts_drop(clipboard);
}

bool clipboard_message(struct clipboard *clipboard, uint16_t type, const ProtobufCMessage *message)
{
	if (type == FRAME_WINDOWS_CLIPBOARD_GET)
		clip_take_begin(
			&clipboard->take, ((const Vmsilo__Windows__ClipboardGet *)message)->serial);
	else if (type == FRAME_WINDOWS_CLIPBOARD_DATA)
		on_data(clipboard, (const Vmsilo__Windows__ClipboardData *)message);
	else
		return false;
	return true;
}

void clipboard_flush(struct clipboard *clipboard)
{
	clip_take_flush(&clipboard->take);
}

void clipboard_leave(struct clipboard *clipboard)
{
	clip_take_leave(&clipboard->take);
	parts_drop(clipboard);
}
