/*
 * A line that a guest says one of its programs printed, as the broker takes it.
 *
 * Covers: host-broker/journal/guest-log.c
 * Leaves out: rates and the journal (target control)
 */
#include "host-broker/journal/guest-log.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "proto/wire/frame.h"
#include "proto/wire/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct frame frame = {.type = FRAME_LOG, .length = (uint32_t)size, .payload = data};
	char text[GUEST_LOG_TEXT_MAX];
	ProtobufCMessage *message = size <= FRAME_TEXT_MAX ? message_unpack(&frame) : NULL;

	if (!message)
		return 0;
	if (guest_log_format((const Vmsilo__Control__Log *)message, text) > (int)sizeof(text))
		abort();
	message_free(message);
	return 0;
}
