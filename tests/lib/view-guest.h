/* A guest's end of a windows stream that is played, as an input of a fuzz target has it: it knows
 * what an honest guest knows, and says what it likes. One at a time. */
#ifndef VMSILO_TESTS_VIEW_GUEST_H
#define VMSILO_TESTS_VIEW_GUEST_H

#include <protobuf-c/protobuf-c.h>
#include <stdbool.h>
#include <stdint.h>

#include "tests/fuzz/input.h"

#define VIEW_END_ROOM (1 << 19)
#define VIEW_GUEST_WINDOWS 8 /* and one more, which is too many */
#define VIEW_GUEST_STEPS 18

/* An end of a socket that is played. */
struct view_end {
	int fd;
	uint8_t bytes[VIEW_END_ROOM];
	size_t length;
	bool deaf; /* it does not read */
};

typedef void view_end_hear(uint16_t type, const ProtobufCMessage *message);

/* What has no room is lost. */
void view_end_write(const struct view_end *end, uint16_t type, const void *payload, size_t length);
void view_end_say(const struct view_end *end, uint16_t type, const ProtobufCMessage *message);
/* Aborts where what came is no frame, or no message. hear: NULL for nobody. */
void view_end_read(struct view_end *end, view_end_hear *hear);

enum view_greeting {
	VIEW_GREETING_HELLO,
	VIEW_GREETING_OTHER, /* of a version that is not ours */
	VIEW_GREETING_REJECT,
	VIEW_GREETING_NONE,
};

/* Takes fd. */
void view_guest_begin(int fd);
void view_guest_end(void);
void view_guest_greet(enum view_greeting greeting);
void view_guest_read(void);
/* A window of it, by a byte of the input; 0: there is none. */
uint32_t view_guest_window(struct input_bytes *in);
extern void (*const view_guest_steps[VIEW_GUEST_STEPS])(struct input_bytes *in);

#endif
