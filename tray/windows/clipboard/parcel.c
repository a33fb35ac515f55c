#include "tray/windows/clipboard/parcel.h"

#include "proto/wire/frame.h"

void parcel_finish(struct parcel *parcel)
{
	blob_release(parcel->blob);
	*parcel = (struct parcel){0};
}

void parcel_continue(struct parcel *parcel, struct channel *channel)
{
	Vmsilo__Windows__ClipboardData message = VMSILO__WINDOWS__CLIPBOARD_DATA__INIT;

	message.serial = parcel->serial;
	message.kind = parcel->kind;
	while (parcel->blob && channel_writable(channel)) {
		size_t left = parcel->blob->length - parcel->at;
		message.data.data = parcel->blob->bytes + parcel->at;
		message.data.len =
			left < WINDOWS_CLIPBOARD_PART_MAX ? left : WINDOWS_CLIPBOARD_PART_MAX;
		message.last = message.data.len == left;
		parcel->at += message.data.len;
		if (channel_send(channel, FRAME_WINDOWS_CLIPBOARD_DATA, 0, &message.base) < 0 ||
			message.last)
			parcel_finish(parcel);
	}
}

void parcel_send(struct parcel *parcel, struct channel *channel, uint32_t serial,
	Vmsilo__Windows__ClipboardKind kind, struct blob *blob)
{
	parcel_finish(parcel);
	*parcel = (struct parcel){.blob = blob, .serial = serial, .kind = kind};
	parcel_continue(parcel, channel);
}

void parcel_send_nothing(struct channel *channel, uint32_t serial, bool too_large)
{
	Vmsilo__Windows__ClipboardData message = VMSILO__WINDOWS__CLIPBOARD_DATA__INIT;

	message.serial = serial;
	message.last = true;
	message.too_large = too_large;
	(void)channel_send(channel, FRAME_WINDOWS_CLIPBOARD_DATA, 0, &message.base);
}
