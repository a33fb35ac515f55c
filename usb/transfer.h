/*
 * One request as a libusb transfer, and the transfer's outcome as the request's result. Does not
 * submit anything.
 */
#ifndef VMSILO_USB_TRANSFER_H
#define VMSILO_USB_TRANSFER_H

#include <libusb.h>

#include "usb/device.h"
#include "usb/usbip-wire.h"

/* What a request needs in memory while it is held: data, setup, packets. */
size_t transfer_memory(const struct usbip_request *request, const struct endpoint *endpoint);

/*
 * Makes the transfer with room for the request's data, at transfer_data(). The request's packets
 * are filled in by transfer_packets_set(). UV_ENOMEM.
 */
int transfer_create(struct device *device, const struct usbip_request *request,
	const struct endpoint *endpoint, libusb_transfer_cb_fn on_done, void *data,
	struct libusb_transfer **ret);
void transfer_destroy(struct device *device, struct libusb_transfer *transfer);

/* Where the request's data lies: request->length bytes. */
uint8_t *transfer_data(const struct libusb_transfer *transfer);

/* The packets' lengths for libusb; data that goes out is put where libusb looks for it, one packet
 * after the other. UV_EPROTO when the packets together are longer than the data. packets are
 * request->packets wire descriptors. */
int transfer_packets_set(struct libusb_transfer *transfer, const struct usbip_request *request,
	const uint8_t *packets);

/*
 * What came of it. For isochronous transfers the received data is moved together, as the wire wants
 * it, and each packet's outcome is written into packets. ret->seqnum and the rest are set;
 * actual_length is never more than the request's length.
 */
void transfer_result(struct libusb_transfer *transfer, const struct usbip_request *request,
	uint8_t *packets, struct usbip_result *ret);

#endif
