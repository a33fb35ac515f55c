/*
 * One mount that the broker wishes, decided here and done by others (ops): a unit test has its own.
 *
 *   disk: find --> is it mounted? --no--> check --> mount --> grow
 *                        `------yes------------------------> grow
 *
 * All are mounted without set-uid programs and device nodes (MS_NOSUID, MS_NODEV): what is on a
 * disk or in a share was written elsewhere, and gives nobody rights in this guest.
 */
#ifndef VMSILO_AGENT_SETUP_MOUNT_H
#define VMSILO_AGENT_SETUP_MOUNT_H

#include <stdbool.h>

#include "guest-agent/setup/problems.h"
#include "proto/control.pb-c.h"

#define MOUNT_DEVICE_SIZE 64
#define MOUNT_NO_CHECKER (-1)

struct mount_ops {
	/* The device of the disk with this serial; waits for a moment. 0 or UV_ENODEV. */
	int (*find)(const char *serial, char ret[MOUNT_DEVICE_SIZE]);
	/* path NULL: anywhere. */
	bool (*is_mounted)(const char *source, const char *path);
	/* The exit code of e2fsck(8) -p, or what it would be; MOUNT_NO_CHECKER. */
	int (*check)(const char *device);
	/* 0 or -errno; likewise grow, of a file system to its disk's size. */
	int (*mount)(const char *source, const char *path, const char *type, bool read_only);
	int (*grow)(const char *device, const char *path);
};

extern const struct mount_ops mount_system_ops;

/* path: where; the wish may leave it open. Returns whether it is mounted now. */
bool mount_make(const struct mount_ops *ops, const Vmsilo__Control__Mount *wish, const char *path,
	struct problems *problems);

#endif
