/* The beginning of the stream to the agent: HELLO with the token there, HELLO back, and nothing
 * read beyond it, since what follows is the kernel's. */
#ifndef VMSILO_USB_GREETING_H
#define VMSILO_USB_GREETING_H

#include "proto/base/error.h"
#include "proto/wire/token.h"

#define GREETING_TIMEOUT_MS 5000

/* Waits for the answer, GREETING_TIMEOUT_MS at most. fd is not blocking. */
int greeting_exchange(int fd, const struct token *token, struct error *error);

#endif
