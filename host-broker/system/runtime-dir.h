/* The folder of a VM's runtime files: RUNTIME/VM/ and RUNTIME/VM/vsock/, and where a monitor binds
 * sockets itself RUNTIME/VM/monitor/. */
#ifndef VMSILO_BROKER_SYSTEM_RUNTIME_DIR_H
#define VMSILO_BROKER_SYSTEM_RUNTIME_DIR_H

#include "host-broker/users/identity.h"
#include "proto/base/error.h"
#include "proto/host/paths.h"

/* Makes both, 0700; of the machine's broker 0755, since its clients come from everywhere: what lies
 * in them is guarded by its own mode. */
int runtime_dir_make(const struct paths *paths, const char *vm, struct error *error);
#define RUNTIME_DIR_MONITOR "monitor"
/* Makes that one, likewise. */
int runtime_dir_make_monitor(const struct paths *paths, const char *vm, struct error *error);
/* A file there, made by us and nobody else, becomes identity's: a socket that its processes connect
 * to, or a folder where the monitor makes its own. Whatever stands there in its stead is
 * refused: the folder may be that of a process which was taken over. */
int runtime_dir_give(const struct paths *paths, const char *vm, const char *name,
	const struct identity *identity);
/* Removes what a VM's run left there: its sockets, its state, the folders. command.socket, which is
 * there whether the VM runs or not, stays. */
void runtime_dir_clean(const struct paths *paths, const char *vm);
/* Removes the folder itself, with command.socket; it stays when something else is in it. */
void runtime_dir_remove(const struct paths *paths, const char *vm);

#endif
