#include "proto/wire/token.h"

#include <errno.h>
#include <sys/random.h>

int token_make(struct token *ret)
{
	struct token token;

	/* Up to 256 bytes come whole once the pool is ready (getrandom(2)). */
	if (getrandom(token.bytes, sizeof(token.bytes), 0) != (ssize_t)sizeof(token.bytes))
		return -errno;
	*ret = token;
	return 0;
}

bool token_equal(const struct token *a, const struct token *b)
{
	volatile uint8_t difference = 0;

	for (int i = 0; i < TOKEN_SIZE; i++)
		difference |= (uint8_t)(a->bytes[i] ^ b->bytes[i]);
	return difference == 0;
}
