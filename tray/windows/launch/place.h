/*
 * The one place that a VM's vmsilo-windows has in a user's session: a lock, and a socket for
 * vmsilo's commands beside it, in a folder of the user's own runtime directory. No VM has a name
 * like the folder's.
 */
#ifndef VMSILO_TRAY_WINDOWS_LAUNCH_PLACE_H
#define VMSILO_TRAY_WINDOWS_LAUNCH_PLACE_H

#include <stdbool.h>

#include "proto/base/error.h"
#include "proto/host/paths.h"

#define PLACE_WAIT_MS 3000 /* for one that is about to end */

struct place {
	char socket[PATH_SIZE], lock[PATH_SIZE];
	int lock_fd;   /* -1: it is another's */
	int socket_fd; /* listens; taken by whoever accepts */
};

/* Takes it. 0; UV_EEXIST: another one serves there; or an error and a sentence. */
int place_take(const char *vm, bool system, struct place *ret, struct error *error);
void place_leave(struct place *place);

#endif
