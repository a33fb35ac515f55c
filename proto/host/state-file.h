/* A small text file that is kept for ever, and written as a whole: who has which number, and the
 * like. The old text or the new one is there, whatever happens to the machine. */
#ifndef VMSILO_PROTO_HOST_STATE_FILE_H
#define VMSILO_PROTO_HOST_STATE_FILE_H

#include "proto/base/error.h"

#define STATE_FILE_MAX (1024 * 1024) /* bytes */

/* *ret: the caller's; "" when the file is not there. Refuses, with a sentence, one that others
 * could have written, or that is too large. */
int state_file_read(const char *path, char **ret, struct error *error);
/* Makes the folders above it where they are not; the innermost one is for others to look into. A
 * negative UV_E*. */
int state_file_write(const char *path, const char *text);

#endif
