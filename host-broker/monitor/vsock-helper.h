/* The vsock device (vmsilo-vsock-device) as a helper of monitors that speak vhost-user. */
#ifndef VMSILO_BROKER_MONITOR_VSOCK_HELPER_H
#define VMSILO_BROKER_MONITOR_VSOCK_HELPER_H

#include "host-broker/monitor/launch.h"

/* Binds its sockets, RUNTIME/VM/vsock/s and (ret_socket) the one that the monitor connects to, and
 * describes the process; vm, paths and identity are those of launch. command_finish() is the
 * caller's, also on failure. */
int vsock_helper_prepare(const struct monitor_launch *launch, const char *program,
	struct monitor_helper *ret, char ret_socket[PATH_SIZE], struct error *error);

#endif
