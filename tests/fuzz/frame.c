/*
 * Frames and the messages in them, as a channel meets them.
 *
 * Covers: proto/wire/frame.c proto/wire/message.c
 * Leaves out: sending (target channel)
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "proto/wire/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t at = 0; at < size;) {
		struct frame frame;
		int64_t length = frame_decode(data + at, size - at, &frame);
		if (length <= 0)
			break;
		/* What it says lies within what was given. */
		if (frame.payload + frame.length > data + size)
			abort();
		message_free(message_unpack(&frame));
		at += (size_t)length;
	}
	return 0;
}
