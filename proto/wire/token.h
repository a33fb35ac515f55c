/* One-time session tokens. */
#ifndef VMSILO_PROTO_WIRE_TOKEN_H
#define VMSILO_PROTO_WIRE_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/limits.h"

struct token {
	uint8_t bytes[TOKEN_SIZE];
};

/* From getrandom(2). 0 or a negative UV_E*. */
int token_make(struct token *ret);
/* In constant time: a guesser must not learn how many bytes were right. */
bool token_equal(const struct token *a, const struct token *b);

#endif
