/*
 * Devices that go to a VM by themselves: those that a rule says so of, when they are plugged in and
 * when their VM starts; and those that went away for a moment and came back to the same port, as
 * phones and bootloaders do. What was detached by hand, or could not be attached, is left alone
 * until it is plugged in again or its VM starts again. Where a rule says so the user is asked
 * instead: see question.h.
 */
#ifndef VMSILO_BROKER_USB_AUTO_H
#define VMSILO_BROKER_USB_AUTO_H

#include "host-broker/usb/question.h"
#include "host-broker/usb/usb.h"

#define USB_COMEBACK_MS 6000 /* from the loss to the device that takes its place */

struct usb_auto;

/* Pointers are borrowed for life. */
int usb_auto_create(struct usb *usb, struct vm_watchers *vm_watchers, struct usb_auto **ret);
void usb_auto_destroy(struct usb_auto *automatic);
/* This one is detached by hand. */
void usb_auto_leave(struct usb_auto *automatic, const struct usb_info *info);
/* The questions that are open. */
size_t usb_auto_questions_count(const struct usb_auto *automatic);
const struct usb_question *usb_auto_question_at(const struct usb_auto *automatic, size_t index);

#endif
