/*
 * What a share's server cannot do by system calls, in addition to its own filter, whatever it was
 * made to want. That filter lets it do what a server needs; this one takes out of it what a guest
 * must not have:
 *
 *   refused      set-user-ID and set-group-ID bits, with which a guest and another user of the host
 *                could act as the folder's owner; FIFOs, sockets and devices, at which programs of
 *                the host would wait or worse
 *   without      becoming the guest's user: in its namespace there is one user alone, whose are all
 *   effect       files (the server is told that it has)
 *   impossible   further namespaces and mounts, tracing, keys, BPF...
 */
#ifndef VMSILO_BROKER_SHARE_SANDBOX_CALLS_H
#define VMSILO_BROKER_SHARE_SANDBOX_CALLS_H

#include "proto/base/error.h"

/* For good, also after exec. With no_new_privs. */
int calls_filter(struct error *error);

#endif
