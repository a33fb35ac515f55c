/* Descriptors of any kind. */
#ifndef VMSILO_PROTO_BASE_FD_H
#define VMSILO_PROTO_BASE_FD_H

#include <stddef.h>
#include <sys/types.h>

/* Writes what goes now to a non-blocking descriptor. Returns how much, or -1 when nobody reads any
 * more. */
ssize_t fd_write_some(int fd, const void *bytes, size_t length);

/*
 * Opens for reading what must be an ordinary file, in folder (AT_FDCWD) as openat() has it, with
 * flags more (O_NOFOLLOW). Whatever lies there, nobody is waited for, as open() waits for who
 * writes to a named pipe. Returns a descriptor of the caller's, a negative errno, or UV_EFTYPE.
 */
int fd_open_regular(int folder, const char *path, int flags);

#endif
