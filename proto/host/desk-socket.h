/* Where a VM's vmsilo-windows listens for vmsilo's commands: below the user's own runtime
 * directory, also for a VM of the machine's broker. Pure. */
#ifndef VMSILO_PROTO_HOST_DESK_SOCKET_H
#define VMSILO_PROTO_HOST_DESK_SOCKET_H

#include <stdbool.h>

#include "proto/host/paths.h"

#define DESK_FOLDER "windows.d" /* no VM can be called so */

/* user: the user's paths; system: the VM is the machine's. what: "socket", "lock". False when it
 * does not fit. */
bool desk_path(const struct paths *user, const char *vm, bool system, const char *what,
	char ret[PATH_SIZE]);

#endif
