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
#include "proto/limits.h"
#include "tray/link/broker-request.h"
#include "tray/notices/question.h"

#define USB_NOTICES_MAX 32 /* at once */
#define USB_NOTICE_PATH_SIZE 64
#define USB_NOTICE_NAME_SIZE 128

struct host_usb;

struct usb_notice {
	struct host_usb *usb;
	char vm[VM_NAME_MAX + 1]; /* "": this place is free */
	char path[USB_NOTICE_PATH_SIZE];
	char name[USB_NOTICE_NAME_SIZE]; /* never empty */
	struct host_question question;
	struct broker_request *lend;
};

struct host_usb {
	uv_loop_t *loop;
	const char *path; /* of the broker's socket */
	struct usb_notice list[USB_NOTICES_MAX];
};

void host_usb_init(
	struct host_usb *usb, uv_loop_t *loop, struct host_service *service, const char *path);
void host_usb_finish(struct host_usb *usb);
void host_usb_event(struct host_usb *usb, const Vmsilo__Broker__Event *event);
/* The broker is gone, and its questions with it. */
void host_usb_lost(struct host_usb *usb);
/* Every signal of the bus. */
void host_usb_signal(struct host_usb *usb, DBusMessage *signal);

#endif
