/*
 * Whom the files of a template belong to on the disk: the guest's user, whoever has them here.
 * mke2fs takes over the host's numbers, which mean nothing in the guest.
 */
#ifndef VMSILO_BROKER_MKFS_OWNER_H
#define VMSILO_BROKER_MKFS_OWNER_H

#include <stdint.h>
#include <stdio.h>

#define OWNER_FILES_MAX (1024 * 1024)

/* Files, folders and links below folder. A negative errno; -E2BIG for more than OWNER_FILES_MAX. */
int64_t owner_count(const char *folder);
/* debugfs's commands that give the count first files of a new ext4 to owner. */
void owner_script(FILE *out, int64_t count, uint32_t owner);

#endif
