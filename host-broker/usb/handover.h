/*
 * A device on its way to a VM, as one transaction: from the host, or from the VM that has it.
 *
 *   (start) --nobody has it--> ATTACHING --attached--> (done)
 *      `--another VM has it--> RELEASING --released--> ATTACHING --failed--> RETURNING --> (failed)
 *
 * A transaction that has begun is carried out whether or not anybody still waits for it. Its steps
 * are bounded: see attachment.h.
 */
#ifndef VMSILO_BROKER_USB_HANDOVER_H
#define VMSILO_BROKER_USB_HANDOVER_H

#include <stdbool.h>

#include "host-broker/usb/usb.h"

struct handover;

struct handover_options {
	struct usb *usb;
	struct vm *vm;    /* runs */
	const char *path; /* the device's */
	bool move, force;
	/* error.code 0: the VM has it. Not called from inside handover_start(). */
	void (*on_done)(void *data, const struct error *error);
	void *data;
};

/* A sentence in error when it may not be, or cannot begin: nothing has changed then. */
int handover_start(
	const struct handover_options *options, struct handover **ret, struct error *error);
/* It goes on; nobody is told. */
void handover_forget(struct handover *handover);

#endif
