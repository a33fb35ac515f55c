/* Who has a file open, for people: found by looking at every process whose descriptors we may see.
 */
#ifndef VMSILO_BROKER_STORAGE_HOLDER_H
#define VMSILO_BROKER_STORAGE_HOLDER_H

#include <stddef.h>

#define HOLDER_TEXT_SIZE 128

/* 'vm "work"' for a monitor, 'process 1234 (NAME)'; "another process" when nobody can be seen. */
void holder_describe(int fd, char out[HOLDER_TEXT_SIZE]);

#endif
