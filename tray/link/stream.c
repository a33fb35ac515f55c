#include "tray/link/stream.h"

#include <stdio.h>

#include "proto/base/text.h"
#include "proto/wire/frame.h"
#include "tray/model/markup.h"

uint32_t host_stream_serial(struct host_stream *stream)
{
	if (++stream->serial == 0)
		stream->serial = 1;
	return stream->serial;
}

/* What a user does, and not what a panel does by itself. */
static bool is_use(uint16_t type)
{
	return type == FRAME_TRAY_ITEM_EVENT || type == FRAME_TRAY_MENU_SHOW ||
	       type == FRAME_TRAY_MENU_EVENT || type == FRAME_TRAY_NOTIFY_INVOKED;
}

void host_stream_send(struct host_stream *stream, uint16_t type, const ProtobufCMessage *message)
{
	if (stream->on_use && is_use(type))
		stream->on_use(stream->data);
	(void)channel_send(stream->channel, type, 0, message);
}

void host_stream_mark(
	const struct host_stream *stream, char *out, size_t size, const char *untrusted_text)
{
	char line[TRAY_LABEL_MAX + 1];
	int length = snprintf(out, size, "[%s] ", stream->vm);

	text_strip(line, sizeof(line), untrusted_text, false);
	if (length > 0 && (size_t)length < size)
		markup_defuse(out + length, size - (size_t)length, line);
}
