#include "usb/device.h"

#include <errno.h>
#include <string.h>

const struct device_calls device_libusb = {
	.submit_transfer = libusb_submit_transfer,
	.cancel_transfer = libusb_cancel_transfer,
	.set_configuration = libusb_set_configuration,
	.claim_interface = libusb_claim_interface,
	.release_interface = libusb_release_interface,
	.set_interface_alt_setting = libusb_set_interface_alt_setting,
	.clear_halt = libusb_clear_halt,
	.reset_device = libusb_reset_device,
	.dev_mem_alloc = libusb_dev_mem_alloc,
	.dev_mem_free = libusb_dev_mem_free,
};

static const struct endpoint endpoint_zero = {.type = ENDPOINT_CONTROL};

int device_errno(int libusb_code)
{
	switch (libusb_code) {
	case LIBUSB_SUCCESS:
		return 0;
	case LIBUSB_ERROR_INVALID_PARAM:
		return -EINVAL;
	case LIBUSB_ERROR_NO_DEVICE:
		return -ENODEV;
	case LIBUSB_ERROR_NOT_FOUND:
		return -ENOENT;
	case LIBUSB_ERROR_BUSY:
		return -EBUSY;
	case LIBUSB_ERROR_PIPE:
		return -EPIPE;
	case LIBUSB_ERROR_OVERFLOW:
		return -EOVERFLOW;
	case LIBUSB_ERROR_TIMEOUT:
		return -ETIMEDOUT;
	case LIBUSB_ERROR_NO_MEM:
		return -ENOMEM;
	default:
		return -EPROTO;
	}
}

/* ---- which endpoints there are ---- */

static void endpoints_find(struct device *device)
{
	memset(device->endpoints, 0, sizeof(device->endpoints));
	for (uint8_t interface = 0; interface < DESCRIPTORS_INTERFACES_MAX; interface++) {
		const struct descriptors_setting *setting = descriptors_find(&device->descriptors,
			device->configuration, interface, device->alternates[interface]);
		for (size_t i = 0; setting && i < setting->count; i++) {
			const struct endpoint *endpoint =
				&device->descriptors.endpoints[setting->first + i];
			bool in = endpoint->address & LIBUSB_ENDPOINT_IN;
			device->endpoints[in][endpoint->address & 0x0f] = endpoint;
			/* A control endpoint has both directions. */
			if (endpoint->type == ENDPOINT_CONTROL)
				device->endpoints[!in][endpoint->address & 0x0f] = endpoint;
		}
	}
}

const struct endpoint *device_endpoint(const struct device *device, uint8_t number, bool in)
{
	return number == 0 ? &endpoint_zero : device->endpoints[in][number];
}

static void configuration_set(struct device *device, uint8_t configuration)
{
	device->configuration = configuration;
	memset(device->alternates, 0, sizeof(device->alternates));
	endpoints_find(device);
}

int device_init(struct device *device, const struct device_calls *calls,
	libusb_device_handle *handle, const uint8_t *descriptors, size_t length,
	uint8_t configuration)
{
	memset(device, 0, sizeof(*device));
	device->calls = calls;
	device->handle = handle;
	int code = descriptors_parse(descriptors, length, &device->descriptors);
	configuration_set(device, configuration);
	return code;
}

/* ---- interfaces ---- */

static bool has_interface(const struct device *device, uint8_t interface)
{
	for (size_t i = 0; i < device->descriptors.settings_count; i++)
		if (device->descriptors.settings[i].configuration == device->configuration &&
			device->descriptors.settings[i].interface == interface)
			return true;
	return false;
}

int device_claim(struct device *device, uint8_t *ret_interface)
{
	for (uint8_t interface = 0; interface < DESCRIPTORS_INTERFACES_MAX; interface++) {
		if (!has_interface(device, interface))
			continue;
		int code = device->calls->claim_interface(device->handle, interface);
		if (code < 0) {
			*ret_interface = interface;
			return code;
		}
		device->claimed |= UINT32_C(1) << interface;
	}
	return 0;
}

void device_finish(struct device *device)
{
	device_release(device);
	buffer_pool_finish(&device->pool, device->handle, device->calls->dev_mem_free);
}

void device_release(struct device *device)
{
	for (uint8_t interface = 0; interface < DESCRIPTORS_INTERFACES_MAX; interface++)
		if (device->claimed >> interface & 1)
			device->calls->release_interface(device->handle, interface);
	device->claimed = 0;
}

/* ---- requests that change what the host's kernel knows ---- */

/* The active configuration set anew means that its interfaces go back to their first settings. Many
 * devices do not survive being told twice, so only what differs is told. */
static int interfaces_reset(struct device *device)
{
	int code = 0;

	for (uint8_t interface = 0; interface < DESCRIPTORS_INTERFACES_MAX; interface++) {
		if (device->alternates[interface] == 0)
			continue;
		code = device->calls->set_interface_alt_setting(device->handle, interface, 0);
		if (code < 0)
			break;
	}
	configuration_set(device, device->configuration);
	return code;
}

static int set_configuration(struct device *device, uint8_t value)
{
	uint8_t interface;

	if (value == device->configuration)
		return interfaces_reset(device);
	if (value != 0 && !descriptors_has_configuration(&device->descriptors, value))
		return LIBUSB_ERROR_PIPE;
	device_release(device);
	int code = device->calls->set_configuration(device->handle, value == 0 ? -1 : value);
	if (code == 0)
		configuration_set(device, value);
	int claimed = device_claim(device, &interface);
	return code < 0 ? code : claimed;
}

static int set_interface(struct device *device, uint16_t interface, uint16_t alternate)
{
	if (interface >= DESCRIPTORS_INTERFACES_MAX || alternate > UINT8_MAX ||
		!descriptors_find(&device->descriptors, device->configuration, (uint8_t)interface,
			(uint8_t)alternate))
		return LIBUSB_ERROR_PIPE;
	int code = device->calls->set_interface_alt_setting(device->handle, interface, alternate);
	if (code < 0)
		return code;
	device->alternates[interface] = (uint8_t)alternate;
	endpoints_find(device);
	return 0;
}

static int clear_halt(struct device *device, uint16_t address)
{
	bool in = address & LIBUSB_ENDPOINT_IN;

	if ((address & ~0x8f) != 0 || !device_endpoint(device, address & 0x0f, in))
		return LIBUSB_ERROR_PIPE;
	/* A stall of endpoint 0 clears itself; usbfs knows no such call. */
	if ((address & 0x0f) == 0)
		return 0;
	return device->calls->clear_halt(device->handle, (unsigned char)address);
}

/* The kernel puts configuration and alternate settings back afterwards. */
static int reset(struct device *device)
{
	int code = device->calls->reset_device(device->handle);

	/* It came back as another device: this one is gone. */
	return code == LIBUSB_ERROR_NOT_FOUND ? LIBUSB_ERROR_NO_DEVICE : code;
}

#define TYPE_DEVICE 0x00    /* standard, host to device, to the device */
#define TYPE_INTERFACE 0x01 /* to an interface */
#define TYPE_ENDPOINT 0x02  /* to an endpoint */
#define TYPE_PORT 0x23      /* class, to a port */
#define FEATURE_HALT 0
#define FEATURE_PORT_RESET 4

bool device_control(struct device *device, const uint8_t setup[USBIP_SETUP_SIZE], int *ret_status)
{
	unsigned int request = (unsigned int)setup[0] << 8 | setup[1];
	uint16_t value = (uint16_t)(setup[2] | setup[3] << 8);
	uint16_t index = (uint16_t)(setup[4] | setup[5] << 8);
	int code;

	switch (request) {
	case TYPE_DEVICE << 8 | LIBUSB_REQUEST_SET_CONFIGURATION:
		code = value > UINT8_MAX ? LIBUSB_ERROR_PIPE
					 : set_configuration(device, (uint8_t)value);
		break;
	case TYPE_INTERFACE << 8 | LIBUSB_REQUEST_SET_INTERFACE:
		code = set_interface(device, index, value);
		break;
	case TYPE_ENDPOINT << 8 | LIBUSB_REQUEST_CLEAR_FEATURE:
		if (value != FEATURE_HALT)
			return false;
		code = clear_halt(device, index);
		break;
	case TYPE_PORT << 8 | LIBUSB_REQUEST_SET_FEATURE:
		if (value != FEATURE_PORT_RESET)
			return false;
		code = reset(device);
		break;
	case TYPE_DEVICE << 8 | LIBUSB_REQUEST_SET_ADDRESS:
		/* The host's kernel alone gives addresses. */
		code = LIBUSB_ERROR_PIPE;
		break;
	default:
		return false;
	}
	*ret_status = device_errno(code);
	return true;
}
