/*
 * A USB device that exists in memory only: libusb's calls as usb/device.h lists them. What was
 * submitted waits until a test completes it. One a process, since libusb's calls carry no context.
 */
#ifndef VMSILO_TESTS_LIB_FAKE_USB_H
#define VMSILO_TESTS_LIB_FAKE_USB_H

#include "usb/device.h"

#define FAKE_USB_PENDING_MAX (2 * 1024)

struct fake_usb {
	struct libusb_transfer *pending[FAKE_USB_PENDING_MAX];
	bool cancelled[FAKE_USB_PENDING_MAX];
	size_t count;
	int submit_code;     /* what submitting answers */
	int call_code;       /* what the other calls answer */
	unsigned int called; /* how often those were */
	char calls[256];     /* "config 1, claim 0, ..." since it was emptied */
};

extern struct fake_usb fake_usb;
extern const struct device_calls fake_usb_calls;
/* A device with two configurations; the first has interface 0 (bulk IN 1, bulk OUT 2, interrupt IN
 * 3) and interface 1 (alternate 0 empty, alternate 1 with isochronous IN 4 and OUT 5). */
extern const uint8_t fake_usb_descriptors[];
extern const size_t fake_usb_descriptors_size;

/* Nothing pending, everything succeeds. */
void fake_usb_init(void);
/* The pending transfer at index ends so; actual bytes, each 0xAB, for one that reads. Packets get
 * all they asked for, up to actual in sum. */
void fake_usb_complete(size_t index, enum libusb_transfer_status status, int actual);
/* Every cancelled one ends. */
void fake_usb_settle(void);

#endif
