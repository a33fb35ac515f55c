/* A queue of bytes in one block: appended at the tail, consumed at the front. Pure. */
#ifndef VMSILO_PROTO_BASE_BYTES_H
#define VMSILO_PROTO_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *block; /* NULL: nothing allocated */
	size_t capacity;
	size_t start;
	size_t end;
};

/* Zero-initialised is empty. Frees the block: */
void bytes_finish(struct bytes *bytes);
/* Forgets the content and keeps the block. */
void bytes_clear(struct bytes *bytes);
const uint8_t *bytes_data(const struct bytes *bytes);
size_t bytes_length(const struct bytes *bytes);
size_t bytes_capacity(const struct bytes *bytes);

/* Makes the block at least wanted long and moves the content to its front, so that there is room
 * for the rest of it. 0 or UV_ENOMEM, and then nothing has changed. */
int bytes_reserve(struct bytes *bytes, size_t wanted);
/* The place behind the content, bytes_room() long; what is written there is taken with bytes_add().
 */
uint8_t *bytes_tail(struct bytes *bytes);
size_t bytes_room(const struct bytes *bytes);
void bytes_add(struct bytes *bytes, size_t length);

int bytes_append(struct bytes *bytes, const void *data, size_t length);
void bytes_consume(struct bytes *bytes, size_t length);

#endif
