/* The folder of a VM's runtime files: RUNTIME/VM/ and RUNTIME/VM/vsock/. */
#ifndef VMSILO_BROKER_RUNTIME_DIR_H
#define VMSILO_BROKER_RUNTIME_DIR_H

#include "host-broker/paths.h"
#include "proto/error.h"

/* Makes both, 0700. */
int runtime_dir_make(const struct paths *paths, const char *vm, struct error *error);
/* Removes what a VM's run left there: its sockets, its state, the vsock folder. command.socket,
 * which is there whether the VM runs or not, stays. */
void runtime_dir_clean(const struct paths *paths, const char *vm);
/* Removes the folder itself, with command.socket; it stays when something else is in it. */
void runtime_dir_remove(const struct paths *paths, const char *vm);

#endif
