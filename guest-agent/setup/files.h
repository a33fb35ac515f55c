/*
 * The guest's files below a root folder, which is "/" but in tests. A file is written beside itself
 * and put in place at once, with the mode and the owner of the one before, so that nobody reads
 * half of it; and not at all when it says the same already.
 */
#ifndef VMSILO_AGENT_SETUP_FILES_H
#define VMSILO_AGENT_SETUP_FILES_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#define FILES_SIZE_MAX (16 * 1024 * 1024) /* of one that is read */

/* ROOT/path; false: too long. */
bool files_path(const char *root, const char *path, char ret[PATH_MAX]);
/* "" when there is no such file; NULL: memory is short, or it is too large. The caller's. */
char *files_read(const char *root, const char *path);
/* mode: of a new one. 0 or -errno. */
int files_write(const char *root, const char *path, const char *text, mode_t mode);
/* A symbolic link likewise. */
int files_link(const char *root, const char *path, const char *target);
/* A folder, and those above it, which anybody may pass. Nothing happens to one that is there. */
int files_folder(const char *root, const char *path, mode_t mode);
bool files_has(const char *root, const char *path);

#endif
