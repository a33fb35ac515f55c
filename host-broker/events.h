/*
 * What happens to VMs, told to the clients that follow it and written into the VMs' journals. A
 * client that does not read is dropped.
 */
#ifndef VMSILO_BROKER_EVENTS_H
#define VMSILO_BROKER_EVENTS_H

#include "host-broker/journal.h"
#include "host-broker/vm-watch.h"

struct broker;
struct client;
struct events;

/* Attaches to watchers; both are borrowed for life. */
int events_create(struct journal *journal, struct vm_watchers *watchers, struct events **ret);
/* Its clients are gone. */
void events_destroy(struct events *events);

/* Tells the client what there is, and from now on what happens, to only (NULL: to all). It is the
 * answer to its request. */
void events_follow(struct events *events, struct client *client, struct vm *only);

#endif
