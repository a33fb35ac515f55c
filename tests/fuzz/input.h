/* An input of a fuzz target, taken piece by piece: what is no longer there is zero. */
#ifndef VMSILO_TESTS_FUZZ_INPUT_H
#define VMSILO_TESTS_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

struct input_bytes {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t input_byte(struct input_bytes *bytes)
{
	if (bytes->left == 0)
		return 0;
	bytes->left--;
	return *bytes->at++;
}

static inline uint16_t input_number(struct input_bytes *bytes)
{
	uint8_t low = input_byte(bytes);

	return (uint16_t)(low | input_byte(bytes) << 8);
}

/* At most wanted bytes; how many is *ret_length. */
static inline const uint8_t *input_take(
	struct input_bytes *bytes, size_t wanted, size_t *ret_length)
{
	const uint8_t *at = bytes->at;

	*ret_length = wanted < bytes->left ? wanted : bytes->left;
	bytes->at += *ret_length;
	bytes->left -= *ret_length;
	return at;
}

#endif
