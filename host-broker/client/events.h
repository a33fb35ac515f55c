/*
 * What happens to VMs, told to the clients that follow it and written into the VMs' journals. A
 * client that does not read is dropped.
 */
#ifndef VMSILO_BROKER_CLIENT_EVENTS_H
#define VMSILO_BROKER_CLIENT_EVENTS_H

#include "host-broker/journal/journal.h"
#include "host-broker/vm/watch.h"

struct client;
struct events;
struct usb;

#define FOLLOWER_QUEUE_MAX (256 * 1024) /* bytes that one has not read: a thousand events */
#define FOLLOWERS_OF_USER_MAX 16        /* of one user whose broker it is not */

/* Watches; both are borrowed for life. */
int events_create(struct journal *journal, struct vm_watchers *watchers, struct events **ret);
/* Its clients are gone, and the VMs have ended. */
void events_destroy(struct events *events);
/* What comes and goes there is told and written down as well. */
void events_watch_usb(struct events *events, struct usb *usb);
/* The VM's coming end was announced, or withdrawn. */
void events_tell_idle(struct events *events, struct vm *vm);

/* Tells the client what there is, and from now on what happens, to only (NULL: to all). It is the
 * answer to its request. A user who may use no VM has nothing to follow, and is told so. */
void events_follow(struct events *events, struct client *client, struct vm *only);

#endif
