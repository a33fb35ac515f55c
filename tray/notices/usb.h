/*
 * Asks the user whether to attach a device that was plugged in to a VM, where a rule of that VM
 * says so:
 *
 *   event USB, ASK --> shown --the button--> USB_LEND --done--> closed
 *                        |                      `--failed--> shown: why
 *                        `--event USB, ASK_END; the broker goes; the user's hand--> closed
 *
 * One notification for each VM and device. The name is the device's own.
 */
#ifndef VMSILO_TRAY_NOTICES_USB_H
#define VMSILO_TRAY_NOTICES_USB_H

#include "proto/broker.pb-c.h"
#include "tray/notices/questions.h"

extern const struct host_question_ops usb_question_ops;

void usb_questions_event(struct questions *questions, const Vmsilo__Broker__Event *event);

#endif
