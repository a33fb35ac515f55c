/*
 * What is published of all VMs. The sockets of the host are here, so that a port stays taken
 * whatever becomes of who serves it: for each VM a process of its own, the forwarder, which is in
 * the namespace of VMs and carries what comes.
 *
 *   (nothing) --set--> BOUND, forwarder runs --another set--> bound anew, another forwarder
 *                        `-- it ends: it is started again     `-- set of nothing --> (nothing)
 */
#ifndef VMSILO_BROKER_NET_PUBLISH_PORTS_H
#define VMSILO_BROKER_NET_PUBLISH_PORTS_H

#include <stdint.h>
#include <sys/types.h>

#include "host-broker/net/publish/want.h"
#include "proto/base/error.h"

struct ports;

/* Both borrowed: the namespaces of VMs. user_namespace -1: it is our own. */
int ports_create(int user_namespace, int network_namespace, struct ports **ret);
/* All ports are closed, and all forwarders ended. */
void ports_destroy(struct ports *ports);

/* What of that VM is published from now on. 0, or a negative UV_E* and a sentence: it stays as it
 * was. What is wanted already goes on untouched. */
int ports_set(struct ports *ports, const struct publish_want *want, struct error *error);

/* Readable when somebody has asked for a VM: then ports_knocked() gives its place, or -1. */
int ports_fd(const struct ports *ports);
int ports_knocked(struct ports *ports);

/* As keep() and keep_ended(), of all forwarders. */
int ports_keep(struct ports *ports, uint64_t now_ms);
void ports_ended(struct ports *ports, pid_t pid, int status, uint64_t now_ms);

#endif
