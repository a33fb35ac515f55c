/*
 * USB devices that the host lends to this guest. Each is a message on the control channel and a
 * stream, in either order; when both are there the stream goes to vhci_hcd, and the agent only
 * watches for its end.
 *
 *   (message) --stream--> ATTACHED --stream ends--> (told, freed)
 *   (stream) --message--^     `--USB_DETACH: the kernel ends the stream
 *
 * A half whose other does not come within USB_ATTACH_TIMEOUT_MS is given up.
 */
#ifndef VMSILO_AGENT_USB_USB_H
#define VMSILO_AGENT_USB_USB_H

#include <protobuf-c/protobuf-c.h>
#include <sys/queue.h>
#include <uv.h>

#include "guest-agent/access/grants.h"
#include "proto/control.pb-c.h"
#include "proto/io/channel.h"

struct usb_device;
TAILQ_HEAD(usb_device_list, usb_device);

struct usb_devices {
	uv_loop_t *loop;
	const char *vhci; /* VHCI_DIRECTORY */
	struct usb_device_list list;
	unsigned int count;
	/* Says a message to the broker. */
	void (*tell)(void *data, uint16_t type, const ProtobufCMessage *message);
	void *data;
};

void usb_devices_init(struct usb_devices *devices, uv_loop_t *loop, const char *vhci,
	void (*tell)(void *data, uint16_t type, const ProtobufCMessage *message), void *data);
/* A stream to PORT_USB was admitted. Takes channel. */
void usb_devices_add_stream(
	struct usb_devices *devices, struct channel *channel, const struct grant *grant);
/* UV_EPROTO for what a broker never says. */
int usb_devices_attach(struct usb_devices *devices, const Vmsilo__Control__UsbAttach *message);
int usb_devices_detach(struct usb_devices *devices, const Vmsilo__Control__UsbDetach *message);

#endif
