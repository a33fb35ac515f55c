/*
 * Questions to the user: whether to attach a device for which a rule says `ask`. One is open
 * until the device goes to some VM, is unplugged, its rule goes, or the VM starts. The answer yes
 * is the ordinary request to attach it.
 */
#ifndef VMSILO_BROKER_USB_QUESTION_H
#define VMSILO_BROKER_USB_QUESTION_H

#include <stdbool.h>

#include "host-broker/usb/device-list.h"
#include "host-broker/usb/watch.h"

#define USB_QUESTIONS_MAX 64 /* open at once; more are not asked */

struct usb_question {
	struct vm *vm;
	struct usb_info info;
};

struct usb_questions {
	const struct usb_watchers *watchers;
	struct usb_question *list[USB_QUESTIONS_MAX];
	size_t count;
};

/* watchers: hear ASK and ASK_END; borrowed for life. */
void usb_questions_init(struct usb_questions *questions, const struct usb_watchers *watchers);
void usb_questions_finish(struct usb_questions *questions);

/* Nothing happens when it is open already. */
void usb_questions_open(
	struct usb_questions *questions, struct vm *vm, const struct usb_info *info);
/* Ends those that still_open says no to. */
void usb_questions_prune(struct usb_questions *questions,
	bool (*still_open)(const void *data, const struct usb_question *question),
	const void *data);
/* Ends all those of one VM. */
void usb_questions_end(struct usb_questions *questions, const struct vm *vm);

#endif
