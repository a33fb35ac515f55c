#include "guest-agent/usb/usb.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guest-agent/usb/vhci.h"
#include "proto/base/log.h"
#include "proto/io/closer.h"
#include "proto/io/vsock-buffer.h"

struct usb_device {
	TAILQ_ENTRY(usb_device) link; /* in usb_devices.list */
	struct usb_devices *devices;
	struct token token;

	uint32_t id; /* 0: its message has not come */
	uint32_t devid, speed;

	int fd; /* -1: its stream has not come. The kernel's too once it is attached. */
	bool attached;
	unsigned int port;

	struct closer closer;
	uv_timer_t timer;
	uv_poll_t poll; /* with fd */
	bool polled;
};

static void device_free(void *data)
{
	struct usb_device *device = data;

	if (device->fd >= 0)
		close(device->fd);
	free(device);
}

static void device_destroy(struct usb_device *device)
{
	TAILQ_REMOVE(&device->devices->list, device, link);
	device->devices->count--;
	closer_close(&device->closer, (uv_handle_t *)&device->timer);
	if (device->polled)
		closer_close(&device->closer, (uv_handle_t *)&device->poll);
	closer_finish(&device->closer);
}

/* ---- what the broker is told ---- */

static void attached_tell(const struct usb_device *device, const char *error)
{
	Vmsilo__Control__UsbAttached message = VMSILO__CONTROL__USB_ATTACHED__INIT;
	char text[USB_ERROR_MAX];

	snprintf(text, sizeof(text), "%s", error);
	message.id = device->id;
	message.port = device->port;
	message.error = text;
	device->devices->tell(device->devices->data, FRAME_USB_ATTACHED, &message.base);
}

static void detached_tell(const struct usb_devices *devices, uint32_t id)
{
	Vmsilo__Control__UsbDetached message = VMSILO__CONTROL__USB_DETACHED__INIT;

	message.id = id;
	devices->tell(devices->data, FRAME_USB_DETACHED, &message.base);
}

/* ---- the stream's end ---- */

static void on_stream_end(uv_poll_t *poll, int status, int events)
{
	struct usb_device *device = poll->data;

	(void)status;
	(void)events;
	log_info(NULL, "usb device %u is detached from port %u", device->id, device->port);
	detached_tell(device->devices, device->id);
	device_destroy(device);
}

static void on_timeout(uv_timer_t *timer)
{
	struct usb_device *device = timer->data;

	if (device->id)
		attached_tell(device, "the device's stream did not reach the agent");
	device_destroy(device);
}

/* Both halves are there. */
static void device_join(struct usb_device *device)
{
	struct usb_devices *devices = device->devices;
	struct error error = {0};

	uv_timer_stop(&device->timer);
	vsock_buffer_set(device->fd, USB_STREAM_BUFFER);
	int code = vhci_attach(
		devices->vhci, device->fd, device->devid, device->speed, &device->port, &error);
	if (code == 0) {
		code = uv_poll_init(devices->loop, &device->poll, device->fd);
		device->polled = code == 0;
		if (code < 0) {
			vhci_detach(devices->vhci, device->port);
			error_set(&error, code, "the agent: %s", uv_strerror(code));
		}
	}
	if (code < 0) {
		log_error(NULL, "usb device %u: %s", device->id, error.text);
		attached_tell(device, error.text);
		device_destroy(device);
		return;
	}
	device->attached = true;
	device->poll.data = device;
	closer_add(&device->closer);
	uv_poll_start(&device->poll, UV_DISCONNECT, on_stream_end);
	log_info(NULL, "usb device %u is attached to port %u", device->id, device->port);
	attached_tell(device, "");
}

/* ---- halves ---- */

static struct usb_device *find_token(struct usb_devices *devices, const struct token *token)
{
	struct usb_device *device;

	TAILQ_FOREACH (device, &devices->list, link)
		if (!device->attached && token_equal(&device->token, token))
			return device;
	return NULL;
}

static struct usb_device *find_id(struct usb_devices *devices, uint32_t id)
{
	struct usb_device *device;

	TAILQ_FOREACH (device, &devices->list, link)
		if (device->id == id)
			return device;
	return NULL;
}

/* The half that is there already, or a new one; NULL when there are too many. */
static struct usb_device *half_get(struct usb_devices *devices, const struct token *token)
{
	struct usb_device *device = find_token(devices, token);

	if (device || devices->count >= USB_DEVICES_MAX)
		return device;
	device = calloc(1, sizeof(*device));
	if (!device)
		return NULL;
	device->devices = devices;
	device->token = *token;
	device->fd = -1;
	closer_init(&device->closer, device_free, device);
	uv_timer_init(devices->loop, &device->timer);
	device->timer.data = device;
	closer_add(&device->closer);
	uv_timer_start(&device->timer, on_timeout, USB_ATTACH_TIMEOUT_MS, 0);
	TAILQ_INSERT_TAIL(&devices->list, device, link);
	devices->count++;
	return device;
}

void usb_devices_add_stream(
	struct usb_devices *devices, struct channel *channel, const struct grant *grant)
{
	int fd;
	int code = channel_detach(channel, &fd);

	if (code < 0) {
		log_warning(NULL, "closed a USB device's stream that sent more than a hello");
		return;
	}
	struct usb_device *device = half_get(devices, &grant->token);
	if (!device || device->fd >= 0) {
		close(fd);
		return;
	}
	device->fd = fd;
	if (device->id)
		device_join(device);
}

static bool is_speed(uint32_t speed)
{
	return speed == VHCI_SPEED_LOW || speed == VHCI_SPEED_FULL || speed == VHCI_SPEED_HIGH ||
	       speed == VHCI_SPEED_SUPER;
}

int usb_devices_attach(struct usb_devices *devices, const Vmsilo__Control__UsbAttach *message)
{
	struct token token;

	if (message->token.len != TOKEN_SIZE || message->id == 0 || message->devid == 0 ||
		!is_speed(message->speed) || find_id(devices, message->id))
		return UV_EPROTO;
	memcpy(token.bytes, message->token.data, TOKEN_SIZE);
	struct usb_device *device = half_get(devices, &token);
	if (!device) {
		const struct usb_device none = {.devices = devices, .id = message->id};
		attached_tell(&none, "the agent has as many USB devices as it can hold");
		return 0;
	}
	if (device->id)
		return UV_EPROTO;
	device->id = message->id;
	device->devid = message->devid;
	device->speed = message->speed;
	if (device->fd >= 0)
		device_join(device);
	return 0;
}

int usb_devices_detach(struct usb_devices *devices, const Vmsilo__Control__UsbDetach *message)
{
	struct usb_device *device = find_id(devices, message->id);

	/* It went meanwhile. */
	if (!device) {
		detached_tell(devices, message->id);
		return 0;
	}
	if (!device->attached) {
		detached_tell(devices, message->id);
		device_destroy(device);
		return 0;
	}
	int code = vhci_detach(devices->vhci, device->port);
	if (code < 0)
		log_error(NULL, "usb device %u: cannot detach port %u: %s", device->id,
			device->port, uv_strerror(code));
	return 0;
}

void usb_devices_init(struct usb_devices *devices, uv_loop_t *loop, const char *vhci,
	void (*tell)(void *data, uint16_t type, const ProtobufCMessage *message), void *data)
{
	*devices = (struct usb_devices){.loop = loop, .vhci = vhci, .tell = tell, .data = data};
	TAILQ_INIT(&devices->list);
}
