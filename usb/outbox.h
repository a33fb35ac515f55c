/*
 * Answers on their way to the stream, in order: each a header, and up to two stretches of memory
 * that stay their owner's until all of the answer is sent. Pure; the stream's side takes what there
 * is as an iovec.
 */
#ifndef VMSILO_USB_OUTBOX_H
#define VMSILO_USB_OUTBOX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/uio.h>

#include "usb/usbip-wire.h"

struct parcel {
	STAILQ_ENTRY(parcel) link; /* the outbox's list */
	uint8_t header[USBIP_HEADER_SIZE];
	struct iovec parts[2];                              /* an empty one is left out */
	void (*on_sent)(void *data, struct parcel *parcel); /* may free it */
	void *data;
};

struct outbox {
	STAILQ_HEAD(parcel_list, parcel) parcels;
	size_t count;
	size_t sent; /* of the first */
};

void outbox_init(struct outbox *outbox);
void outbox_add(struct outbox *outbox, struct parcel *parcel);
/* Fills at most max elements with what is to be sent next; returns how many. */
size_t outbox_iovec(const struct outbox *outbox, struct iovec *iov, size_t max);
/* count bytes of it went. */
void outbox_sent(struct outbox *outbox, size_t count);
/* Nothing more is sent: each parcel goes back to its owner. */
void outbox_drop(struct outbox *outbox);

#endif
