/*
 * The USB/IP wire format after the import (Documentation/usb/usbip_protocol.rst of the kernel):
 * headers of 48 bytes, big-endian, each followed by data and isochronous packet descriptors.
 *
 *   CMD_SUBMIT   header, data (OUT only), packets (isochronous only)
 *   CMD_UNLINK   header
 *   RET_SUBMIT   header, data (IN only: actual_length bytes), packets (isochronous only)
 *   RET_UNLINK   header
 *
 * Pure. What a decoder lets by is well-formed; whether it fits the device is for others to say.
 */
#ifndef VMSILO_USB_USBIP_WIRE_H
#define VMSILO_USB_USBIP_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define USBIP_HEADER_SIZE 48
#define USBIP_PACKET_SIZE 16 /* of an isochronous packet's descriptor */
#define USBIP_SETUP_SIZE 8

#define USBIP_ENDPOINT_MAX 15
#define USBIP_LENGTH_MAX (4 * 1024 * 1024) /* of a request's data; drivers stay below 1 MiB */
#define USBIP_PACKETS_MAX 1024             /* of a request; vhci's own limit */

enum usbip_command {
	USBIP_CMD_SUBMIT = 1,
	USBIP_CMD_UNLINK = 2,
	USBIP_RET_SUBMIT = 3,
	USBIP_RET_UNLINK = 4,
};

/* The flags of a URB that mean something to the device's side (include/linux/usb.h). */
#define USBIP_FLAG_SHORT_NOT_OK 0x0001
#define USBIP_FLAG_ZERO_PACKET 0x0040

struct usbip_request {
	enum usbip_command command; /* CMD_SUBMIT or CMD_UNLINK */
	uint32_t seqnum;
	bool in;
	uint8_t endpoint; /* number, without the direction's bit */

	/* CMD_SUBMIT */
	uint32_t flags;
	uint32_t length; /* of the data */
	uint32_t start_frame;
	uint32_t packets; /* 0: none, also where the field says that it means nothing */
	uint8_t setup[USBIP_SETUP_SIZE];

	/* CMD_UNLINK */
	uint32_t unlink_seqnum;
};

struct usbip_packet {
	uint32_t offset; /* into the request's data */
	uint32_t length;
	uint32_t actual_length;
	int32_t status;
};

/* bus number and device number, as the kernel makes them into one. */
static inline uint32_t usbip_devid(uint32_t bus, uint32_t device)
{
	return bus << 16 | device;
}

/* UV_EPROTO for a command, device, direction, endpoint, length or number of packets that cannot be.
 */
int usbip_request_decode(
	const uint8_t bytes[USBIP_HEADER_SIZE], uint32_t devid, struct usbip_request *ret);
/* UV_EPROTO when the packet is not within length bytes. What came as actual_length and status means
 * nothing in a request. */
int usbip_packet_decode(
	const uint8_t bytes[USBIP_PACKET_SIZE], uint32_t length, struct usbip_packet *ret);

struct usbip_result {
	uint32_t seqnum;
	int32_t status; /* 0 or a negative errno of Linux */
	uint32_t actual_length;
	uint32_t start_frame;
	uint32_t packets;
	uint32_t error_count;
};
void usbip_ret_submit_encode(uint8_t bytes[USBIP_HEADER_SIZE], const struct usbip_result *result);
void usbip_ret_unlink_encode(uint8_t bytes[USBIP_HEADER_SIZE], uint32_t seqnum, int32_t status);
void usbip_packet_encode(uint8_t bytes[USBIP_PACKET_SIZE], const struct usbip_packet *packet);

#endif
