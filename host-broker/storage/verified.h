/*
 * Which files were read whole, and what their sums were, so that a file of hundreds of megabytes is
 * read when it has changed and not at each start:
 *
 *   {"version": 1, "files": {"PATH": {"sum": "...", "device": N, "inode": N, "size": N,
 *    "changed": "SECONDS.NANOSECONDS", "modified": "..."}}}
 *
 * Whoever changes a file's bytes changes its ctime, which nobody but root can set. The file is
 * believed when it is ours, and nobody else can write to it.
 */
#ifndef VMSILO_BROKER_STORAGE_VERIFIED_H
#define VMSILO_BROKER_STORAGE_VERIFIED_H

#include <stdbool.h>
#include <sys/stat.h>

#include "host-broker/image/manifest.h"

#define VERIFIED_MAX 256 /* files that are remembered */

/* Whether the file at path, which is as status says, had this sum. */
bool verified_has(const char *list, const char *path, const struct stat *status, const char *sum);
/* Remembers it, and forgets files that are gone. 0 or a negative UV_E*: then it is read again. */
int verified_add(const char *list, const char *path, const struct stat *status, const char *sum);

#endif
