/*
 * Word from the kernel, and from udev when it has done its part, that devices came or went. What
 * the messages say is not read: sysfs is, by whoever is told.
 */
#ifndef VMSILO_BROKER_USB_UEVENT_H
#define VMSILO_BROKER_USB_UEVENT_H

#include <uv.h>

struct uevent;

/* Calls on_event a moment after something happened, once for much of it. */
int uevent_create(uv_loop_t *loop, void (*on_event)(void *data), void *data, struct uevent **ret);
void uevent_destroy(struct uevent *uevent);

#endif
