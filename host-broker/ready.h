/* Tells whoever started the broker that clients can come: a client by a pipe, systemd by its socket
 * (sd_notify(3), whose protocol is one datagram). */
#ifndef VMSILO_BROKER_READY_H
#define VMSILO_BROKER_READY_H

/* fd: of --ready-fd, closed then; -1: none. */
void ready_tell(int fd);

#endif
