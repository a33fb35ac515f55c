/*
 * The file of a disk: found or made, locked, and as large as it is to be.
 *
 *   NAME.new --an empty file system is made on it--> NAME      (disk_file_finish())
 *
 * The lock is the open file's (flock(2)): it lasts as long as anybody has the descriptor, so that
 * it goes over to the monitor with it, and two runs never have one disk, whichever brokers start
 * them.
 */
#ifndef VMSILO_BROKER_STORAGE_DISK_FILE_H
#define VMSILO_BROKER_STORAGE_DISK_FILE_H

#include <stdbool.h>

#include "host-broker/storage/plan.h"
#include "proto/host/paths.h"

struct disk_file {
	int fd;        /* locked; -1: none */
	int folder_fd; /* of one that is new; else -1 */
	char name[PLAN_FILE_SIZE];
	bool fresh;  /* without a file system */
	bool direct; /* O_DIRECT is possible */
};

/* paths: whose VM it is; vm: its name. The error does not name the disk. */
int disk_file_open(const struct paths *paths, const char *vm, const struct disk_plan *plan,
	struct disk_file *ret, struct error *error);
/* A file system was made on it: it gets its name. */
int disk_file_finish(struct disk_file *file, struct error *error);
/* Without finish, nothing of a new one is left. */
void disk_file_close(struct disk_file *file);

/* Whether it can be read and written past the page cache (O_DIRECT); some file systems cannot. */
bool disk_fd_direct(int fd);
#endif
