/* Descriptors of any kind. */
#ifndef VMSILO_PROTO_BASE_FD_H
#define VMSILO_PROTO_BASE_FD_H

#include <stddef.h>
#include <sys/types.h>

/* Writes what goes now to a non-blocking descriptor. Returns how much, or -1 when nobody reads any
 * more. */
ssize_t fd_write_some(int fd, const void *bytes, size_t length);

#endif
