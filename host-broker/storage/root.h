/*
 * The guest's root, read-only and shared by all VMs of an image, as a part of a start: root.erofs
 * of the image's generation. Before it is used its sum is the manifest's; it is read whole for that
 * when it has changed since the last time (verified.h), in a thread.
 *
 * The generation stays as long as a VM runs on it: a shared lock on its manifest.json, by a
 * descriptor that the monitor holds.
 */
#ifndef VMSILO_BROKER_STORAGE_ROOT_H
#define VMSILO_BROKER_STORAGE_ROOT_H

#include "host-broker/vm/launch.h"

/* UV_ENOMEM. environment: borrowed for the part's life. */
int root_add(const struct vm_environment *environment, const struct run_context *context);

#endif
