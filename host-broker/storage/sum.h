/* SHA-256 of a file, past the host's page cache where that can be: it is read once, and a guest
 * that reads it later has a cache of its own. Blocking: for a thread. */
#ifndef VMSILO_BROKER_STORAGE_SUM_H
#define VMSILO_BROKER_STORAGE_SUM_H

#include <stdatomic.h>

#include "host-broker/image/manifest.h"

/* 64 digits in lower case. UV_ECANCELED once *cancelled is set; what pread(2) says. fd's flags may
 * get O_DIRECT. */
int sum_of_file(int fd, const atomic_bool *cancelled, char ret[SUM_SIZE]);

#endif
