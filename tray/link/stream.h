/* What the items, menus and notifications of one VM share on the host: its stream, its name, its
 * colour. */
#ifndef VMSILO_TRAY_LINK_STREAM_H
#define VMSILO_TRAY_LINK_STREAM_H

#include "proto/base/colour.h"
#include "proto/io/channel.h"
#include "proto/limits.h"

struct host_stream {
	uv_loop_t *loop;
	struct channel *channel;
	char vm[VM_NAME_MAX + 1];
	struct colour colour;
	uint32_t serial; /* of the last event that wants a reply */
	/* The user does something with what the VM shows, which may be paused. NULL: nobody. */
	void (*on_use)(void *data);
	void *data;
};

/* Not 0. */
uint32_t host_stream_serial(struct host_stream *stream);
/* Queues it. What a guest that does not read leaves no room for is lost: it concerns that guest
 * alone. */
void host_stream_send(struct host_stream *stream, uint16_t type, const ProtobufCMessage *message);

/* "[VM] TEXT", where TEXT is one line that no panel takes for markup. */
void host_stream_mark(
	const struct host_stream *stream, char *out, size_t size, const char *untrusted_text);

/* Bytes of a marked label. */
#define MARKED_SIZE (VM_NAME_MAX + TRAY_LABEL_MAX * 3 + 8)

#endif
