/* A peer that says what an input tells it to: frames of any type, whole or cut, and bytes that are
 * none. */
#ifndef VMSILO_TESTS_FUZZ_HOSTILE_H
#define VMSILO_TESTS_FUZZ_HOSTILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "proto/wire/frame.h"
#include "tests/fuzz/input.h"

#define HOSTILE_FRAME_MAX (FRAME_HEADER_SIZE + FRAME_DATA_MAX)

/*
 * A frame of one of the types: a byte for the type (the last but one says a number of its own), one
 * for the stream and the shape, one or two for the payload's length, the payload.
 *   shape & 4: so many times 256 bytes that do not stand in the input
 *   shape & 8: its length says more than there is
 * Returns its size in out, which has HOSTILE_FRAME_MAX.
 */
static inline size_t hostile_frame(
	struct input_bytes *in, const uint16_t *types, size_t count, uint8_t *out)
{
	uint8_t choice = input_byte(in), shape = input_byte(in);
	uint16_t type = choice == 254 ? input_number(in) : types[choice % count];
	size_t length = input_byte(in), told;

	if (shape & 4) {
		length *= 256;
		memset(out + FRAME_HEADER_SIZE, 'x', length);
	} else {
		if (shape & 16)
			length += (size_t)input_byte(in) * 256;
		const uint8_t *payload = input_take(in, length, &length);
		if (length > FRAME_DATA_MAX)
			length = FRAME_DATA_MAX;
		if (length > 0)
			memcpy(out + FRAME_HEADER_SIZE, payload, length);
	}
	told = shape & 8 ? length + 1 + (size_t)(shape >> 5) * 4096 : length;
	frame_encode_header(out, type, shape & 3, (uint32_t)told);
	return FRAME_HEADER_SIZE + length;
}

/* What does not fit is lost, which cuts a frame as well. Returns what went. */
static inline size_t hostile_send(int fd, const uint8_t *bytes, size_t length)
{
	ssize_t sent = send(fd, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);

	return sent > 0 ? (size_t)sent : 0;
}

/* Says one frame. */
static inline void hostile_say(int fd, struct input_bytes *in, const uint16_t *types, size_t count)
{
	static uint8_t bytes[HOSTILE_FRAME_MAX];

	hostile_send(fd, bytes, hostile_frame(in, types, count, bytes));
}

/* Takes so much of what was said to it. */
static inline void hostile_read(int fd, size_t length)
{
	static uint8_t bytes[65536];

	while (length > 0) {
		ssize_t count = recv(
			fd, bytes, length < sizeof(bytes) ? length : sizeof(bytes), MSG_DONTWAIT);
		if (count <= 0)
			return;
		length -= (size_t)count;
	}
}

#endif
