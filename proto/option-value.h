/* What programs of ours tell one another on their command lines. Pure. */
#ifndef VMSILO_PROTO_OPTION_VALUE_H
#define VMSILO_PROTO_OPTION_VALUE_H

#include <stdbool.h>
#include <stdint.h>

/* A decimal number without sign or blanks, from least to most. */
bool option_number(const char *text, uint64_t least, uint64_t most, uint64_t *ret);
/* An inherited descriptor: none of stdin, stdout and stderr. */
bool option_fd(const char *text, int *ret);

#endif
