/*
 * A session as either side meets it: frames in any order through the table, and the messages of
 * those that it lets by.
 *
 * Covers: proto/wire/session-rules.c proto/wire/message.c
 * Leaves out: what either side does with it (target session-client; the agent: unit/agent)
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "proto/wire/message.h"
#include "proto/wire/session-rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_raw(uint16_t type)
{
	return type == FRAME_DATA || type == FRAME_END || type == FRAME_STOP || type == FRAME_PROBE;
}

/* The first byte of each frame says who sends it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session_rules rules;
	bool status = false;

	session_rules_init(&rules);
	for (size_t at = 0; at + 1 < size;) {
		enum session_side side = data[at] & 1 ? SESSION_FROM_AGENT : SESSION_FROM_CLIENT;
		struct frame frame;
		int64_t length = frame_decode(data + at + 1, size - at - 1, &frame);
		if (length <= 0)
			break;
		if (session_rules_feed(&rules, side, frame.type, frame.stream) < 0)
			break;
		/* One status, and the agent's last word. */
		if (status && side == SESSION_FROM_AGENT)
			abort();
		status = status || frame.type == FRAME_STATUS;
		if (status && (!rules.ended[1] || !rules.ended[2]))
			abort();
		if (!is_raw(frame.type))
			message_free(message_unpack(&frame));
		at += 1 + (size_t)length;
	}
	return 0;
}
