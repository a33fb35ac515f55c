/* The folder of a share, looked at and opened. */
#ifndef VMSILO_BROKER_SHARES_FOLDER_H
#define VMSILO_BROKER_SHARES_FOLDER_H

#include <limits.h>
#include <stdbool.h>

#include "host-broker/config/config.h"
#include "host-broker/shares/protected.h"
#include "host-broker/users/identity.h"
#include "proto/base/error.h"

struct share_folder {
	int fd; /* O_PATH */
	char path[PATH_MAX];
	/* Of the machine's broker: as whom it is served, the folder's owner or run_as. */
	struct identity identity;
};

/* Where the share's line is, "FILE:LINE", for messages. */
void share_place_format(
	const struct vm_config *vm, const struct share_config *share, char *out, size_t size);
/* The share's path on this host. */
int share_path_expand(
	const struct paths *paths, const char *text, char ret[PATH_MAX], struct error *error);
/* UV_EPERM and a sentence: the folder, resolved, is one that no VM may have. */
int share_protected_check(const struct protected_places *places, const char *path, bool read_only,
	struct error *error);
/*
 * Refuses, with a sentence that names the share's line, what is no folder, what cannot be read, a
 * symbolic link (of the machine's broker also on the way to it, since whoever could make one would
 * choose whose folder is served) and what is protected. ret->fd is the caller's.
 */
int share_folder_open(const struct protected_places *places, const struct vm_config *vm,
	const struct share_config *share, struct share_folder *ret, struct error *error);

#endif
