/*
 * The stream to the host as the guest's items, menus and notifications see it: there or not, and a
 * part of what the host allows each second. Who cannot send now is asked again when it can.
 */
#ifndef VMSILO_TRAY_GUEST_STREAM_H
#define VMSILO_TRAY_GUEST_STREAM_H

#include "proto/base/rate.h"
#include "proto/io/channel.h"
#include "proto/tray.pb-c.h"
#include "tray/model/settings.h"

struct guest_stream {
	uv_loop_t *loop;
	struct channel *channel; /* NULL: no host */
	struct rate updates, notifications;
	uint32_t items; /* that the host takes */
	bool notices;   /* it takes notifications */
	/* The host came, or there is room again, or something wants to be sent: all is gone
	 * through. */
	void (*wake)(void *data);
	void *data;
};

/* What the host says of itself; false when it is nonsense. */
bool guest_stream_settings(struct guest_stream *stream, const Vmsilo__Tray__Settings *settings);
/* There is something to send. */
void guest_stream_wake(struct guest_stream *stream);
/* 0: sent. UV_EAGAIN: not now. UV_EMSGSIZE: never. UV_ENOTCONN. */
int guest_stream_send(struct guest_stream *stream, uint16_t type, const ProtobufCMessage *message);

#endif
