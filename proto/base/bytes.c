#include "proto/base/bytes.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

void bytes_finish(struct bytes *bytes)
{
	free(bytes->block);
	*bytes = (struct bytes){0};
}

void bytes_clear(struct bytes *bytes)
{
	bytes->start = bytes->end = 0;
}

const uint8_t *bytes_data(const struct bytes *bytes)
{
	return bytes->block ? bytes->block + bytes->start : NULL;
}

size_t bytes_length(const struct bytes *bytes)
{
	return bytes->end - bytes->start;
}

size_t bytes_capacity(const struct bytes *bytes)
{
	return bytes->capacity;
}

int bytes_reserve(struct bytes *bytes, size_t wanted)
{
	size_t length = bytes_length(bytes);

	if (bytes->capacity < wanted) {
		uint8_t *block = malloc(wanted);
		if (!block)
			return UV_ENOMEM;
		if (length > 0)
			memcpy(block, bytes_data(bytes), length);
		free(bytes->block);
		*bytes = (struct bytes){.block = block, .capacity = wanted, .end = length};
	} else if (bytes->start > 0) {
		memmove(bytes->block, bytes->block + bytes->start, length);
		bytes->start = 0;
		bytes->end = length;
	}
	return 0;
}

uint8_t *bytes_tail(struct bytes *bytes)
{
	return bytes->block ? bytes->block + bytes->end : NULL;
}

size_t bytes_room(const struct bytes *bytes)
{
	return bytes->capacity - bytes->end;
}

void bytes_add(struct bytes *bytes, size_t length)
{
	bytes->end += length;
}

/* Doubles, so that many small appends cost little each. */
int bytes_append(struct bytes *bytes, const void *data, size_t length)
{
	if (length == 0)
		return 0;
	if (bytes_room(bytes) < length) {
		size_t wanted = bytes_length(bytes) + length;
		if (wanted > bytes->capacity && wanted < 2 * bytes->capacity)
			wanted = 2 * bytes->capacity;
		int code = bytes_reserve(bytes, wanted);
		if (code < 0)
			return code;
	}
	memcpy(bytes_tail(bytes), data, length);
	bytes_add(bytes, length);
	return 0;
}

void bytes_consume(struct bytes *bytes, size_t length)
{
	bytes->start += length;
	if (bytes->start == bytes->end)
		bytes_clear(bytes);
}
