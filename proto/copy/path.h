/* Where a copy is, for its messages: a path that grows and shrinks by a name. Pure. */
#ifndef VMSILO_PROTO_COPY_PATH_H
#define VMSILO_PROTO_COPY_PATH_H

#include <stddef.h>

/* Zero-initialised is empty. What does not fit is left out. */
struct copy_path {
	char text[512];
	size_t length;
};

/* Returns the length before, for copy_path_cut(). The bytes are escaped: they go to a terminal. */
size_t copy_path_add(struct copy_path *path, const void *untrusted_name, size_t length);
void copy_path_cut(struct copy_path *path, size_t length);

#endif
