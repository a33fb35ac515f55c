/*
 * Scope-bound ownership for locals (GCC's cleanup attribute): what a function acquires it releases
 * on every way out, and what outlives the call is moved out with steal_fd() or steal_pointer().
 */
#ifndef VMSILO_PROTO_BASE_CLEANUP_H
#define VMSILO_PROTO_BASE_CLEANUP_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

/* Keeps errno: a failing function's reason must survive its own tidying up. */
static inline void cleanup_close(const int *fd)
{
	if (*fd >= 0) {
		int saved = errno;
		close(*fd);
		errno = saved;
	}
}

#define _cleanup_free_ __attribute__((cleanup(cleanup_free)))
#define _cleanup_close_ __attribute__((cleanup(cleanup_close)))

static inline int steal_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}

#define steal_pointer(place) \
	({ \
		__typeof__(*(place)) taken_ = *(place); \
		*(place) = NULL; \
		taken_; \
	})

#endif
