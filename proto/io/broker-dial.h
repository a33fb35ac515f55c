/*
 * Connecting to a broker, or to what shows a VM's windows (proto/host/desk-socket.h), and to nobody
 * else: in /tmp, or where an environment points to another's folder, anybody can have made the
 * folder and the socket first. A client's first words are a command line, and its stdin follows, or
 * the user's clipboard.
 */
#ifndef VMSILO_PROTO_IO_BROKER_DIAL_H
#define VMSILO_PROTO_IO_BROKER_DIAL_H

#include "proto/base/error.h"

/*
 * The folder of the socket must be ours or root's, or the machine's (paths_of_system()), and
 * nobody else's to write to; and who listens must be us, root, or for the machine's whoever has
 * its folder. Returns a blocking descriptor, close-on-exec; UV_ENOENT or UV_ECONNREFUSED when there
 * is no broker; UV_EPERM when it is another's. error has a sentence then.
 */
int broker_dial(const char *socket_path, struct error *error);

#endif
