/* The host's sockets of published ports. */
#ifndef VMSILO_BROKER_NET_PUBLISH_SOCKETS_H
#define VMSILO_BROKER_NET_PUBLISH_SOCKETS_H

#include "host-broker/address/publish.h"
#include "proto/base/error.h"

/* Bound, and listening if it is TCP's. Returns the descriptor, or a negative UV_E* and a sentence
 * that says what of the host's is in the way. */
int publish_socket_open(const struct net_publish *publish, struct error *error);

#endif
