#include "tray/windows/window/guest.h"

void guest_send(struct guest *guest, uint16_t type, const ProtobufCMessage *message)
{
	if (guest->channel && channel_send(guest->channel, type, 0, message) == UV_ENOBUFS)
		guest->on_stuck(guest->data);
}

void guest_send_lossy(struct guest *guest, uint16_t type, const ProtobufCMessage *message)
{
	if (guest->channel && channel_writable(guest->channel))
		guest_send(guest, type, message);
}
