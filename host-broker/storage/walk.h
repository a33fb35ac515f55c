/*
 * Opens a path that an administrator named, on the way to which others may stand: on the machine's
 * broker, which is root. Control never passes from a user to another, or back to root: behind a
 * folder or a symbolic link that is a user's there is only what is his own. So no user's link makes
 * root's files somebody's disk.
 */
#ifndef VMSILO_BROKER_STORAGE_WALK_H
#define VMSILO_BROKER_STORAGE_WALK_H

#include <stddef.h>
#include <sys/types.h>

#define WALK_LINKS_MAX 20

/*
 * path: absolute. Returns an O_PATH descriptor of what stands there; UV_ELOOP, UV_EPERM, or what
 * openat(2) says. When its last component alone is missing (UV_ENOENT) and every folder is root's
 * own, *ret_folder is that folder, and ret_name the component; else -1.
 */
int walk_open(const char *path, int *ret_folder, char *ret_name, size_t name_size);

#endif
