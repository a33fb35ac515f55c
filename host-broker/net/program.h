/* The half of vmsilo-net that is in the namespace: it takes the broker's requests, alone has
 * CAP_NET_ADMIN there, and can do nothing else. */
#ifndef VMSILO_BROKER_NET_PROGRAM_H
#define VMSILO_BROKER_NET_PROGRAM_H

#include <stdbool.h>

#define PROGRAM_LOOK_MS 2000 /* whether anybody needs it, while no broker is there */
#define PROGRAM_ALONE_MAX 5  /* looks in a row at which nobody does */

/* listen_fd: for brokers. outside_fd: the other half. as_root: no user namespace is made, since
 * the host's own may not be without root. Returns an exit code. */
int program_run(int listen_fd, int outside_fd, bool as_root);

#endif
