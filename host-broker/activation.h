/* The broker's socket, when a service manager made it and starts the broker for the first who comes
 * (sd_listen_fds(3), whose protocol is two variables and descriptor 3). */
#ifndef VMSILO_BROKER_ACTIVATION_H
#define VMSILO_BROKER_ACTIVATION_H

#include "proto/base/error.h"

/* *ret_fd: a listening unix stream socket, non-blocking and close-on-exec, the caller's; -1 when
 * the broker was started otherwise. UV_EINVAL when what came is something else. Children do not see
 * it. */
int activation_take(int *ret_fd, struct error *error);

#endif
