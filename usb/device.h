/*
 * The device as the server holds it: which configuration and alternate settings are active, so
 * which endpoints there are, and the changes to that, which only libusb's own calls may make, since
 * the host's kernel has to know of them. Calls go through a table, so that tests need no device.
 */
#ifndef VMSILO_USB_DEVICE_H
#define VMSILO_USB_DEVICE_H

#include <libusb.h>
#include <stdbool.h>

#include "usb/buffer-pool.h"
#include "usb/descriptors.h"
#include "usb/usbip-wire.h"

/* What is used of libusb, under its own names. */
struct device_calls {
	int (*submit_transfer)(struct libusb_transfer *transfer);
	int (*cancel_transfer)(struct libusb_transfer *transfer);
	int (*set_configuration)(libusb_device_handle *handle, int configuration);
	int (*claim_interface)(libusb_device_handle *handle, int interface);
	int (*release_interface)(libusb_device_handle *handle, int interface);
	int (*set_interface_alt_setting)(
		libusb_device_handle *handle, int interface, int alternate);
	int (*clear_halt)(libusb_device_handle *handle, unsigned char endpoint);
	int (*reset_device)(libusb_device_handle *handle);
	unsigned char *(*dev_mem_alloc)(libusb_device_handle *handle, size_t length);
	int (*dev_mem_free)(libusb_device_handle *handle, unsigned char *buffer, size_t length);
};

extern const struct device_calls device_libusb;

struct device {
	const struct device_calls *calls;
	libusb_device_handle *handle;
	struct descriptors descriptors;
	uint8_t configuration; /* active; 0: none */
	uint8_t alternates[DESCRIPTORS_INTERFACES_MAX];
	uint32_t claimed; /* a bit for each interface */
	struct buffer_pool pool;
	/* Of the active settings, by number and direction; NULL where there is none. */
	const struct endpoint *endpoints[2][USBIP_ENDPOINT_MAX + 1];
};

/* Fills device from descriptors as they were read. UV_EINVAL when they are none. */
int device_init(struct device *device, const struct device_calls *calls,
	libusb_device_handle *handle, const uint8_t *descriptors, size_t length,
	uint8_t configuration);
/* Takes every interface of the active configuration from the host's drivers. Returns 0, or libusb's
 * error and the interface that could not be had. */
int device_claim(struct device *device, uint8_t *ret_interface);
/* Gives them back. */
void device_release(struct device *device);
/* The same, and the memory that was had from it. No transfer is left. */
void device_finish(struct device *device);

/* NULL when no active setting has it. Number 0 is always there. */
const struct endpoint *device_endpoint(const struct device *device, uint8_t number, bool in);

/*
 * Carries out the control request when it is one that must not reach the device as it is. True
 * then, with a Linux errno for the guest: SET_CONFIGURATION, SET_INTERFACE,
 * CLEAR_FEATURE(ENDPOINT_HALT), a port's reset; SET_ADDRESS is refused.
 */
bool device_control(struct device *device, const uint8_t setup[USBIP_SETUP_SIZE], int *ret_status);

/* libusb's error as the negative errno that a guest's driver expects. */
int device_errno(int libusb_code);

#endif
