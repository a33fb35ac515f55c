/*
 * All that a share's server sees of the file system:
 *
 *   /share            the folder, with what is mounted in it
 *   /usr, /lib...     the host's programs, read-only, and the server's own folder
 *   /proc/self        its own, read-only, and /proc/sys/fs's limits
 *
 * The server enters the folder by chroot(2) before it meets the guest; the rest is for its start.
 * In the folder no device is one, no program gains rights, and no symbolic link is followed, so
 * that nothing that a guest or another user of the host puts there leads out of it.
 */
#ifndef VMSILO_BROKER_SHARE_SANDBOX_MOUNTS_H
#define VMSILO_BROKER_SHARE_SANDBOX_MOUNTS_H

#include <stdbool.h>

#include "proto/base/error.h"

#define MOUNTS_FOLDER "/share"

/* In a mount namespace of our own. folder_fd: the folder, as the broker opened it. program: an
 * absolute path without symbolic links. */
int mounts_enter(int folder_fd, bool read_only, const char *program, struct error *error);

#endif
