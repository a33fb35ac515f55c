#include "tests/lib/fake-usb.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake_usb fake_usb;

/* clang-format off */
const uint8_t fake_usb_descriptors[] = {
	18, 1, 0, 2, 0, 0, 0, 64, 0x51, 0x09, 0x66, 0x16, 0, 1, 1, 2, 3, 2,
	9, 2, 71, 0, 2, 1, 0, 0x80, 50,
	9, 4, 0, 0, 3, 8, 6, 80, 0,
	7, 5, 0x81, 2, 0, 2, 0,
	7, 5, 0x02, 2, 0, 2, 0,
	7, 5, 0x83, 3, 8, 0, 10,
	9, 4, 1, 0, 0, 1, 2, 0, 0,
	9, 4, 1, 1, 2, 1, 2, 0, 0,
	7, 5, 0x84, 1, 64, 0, 1,
	7, 5, 0x05, 13, 64, 0, 1,
	9, 2, 25, 0, 1, 2, 0, 0x80, 50,
	9, 4, 0, 0, 1, 8, 6, 80, 0,
	7, 5, 0x86, 2, 0, 2, 0,
};
/* clang-format on */
const size_t fake_usb_descriptors_size = sizeof(fake_usb_descriptors);

void fake_usb_init(void)
{
	memset(&fake_usb, 0, sizeof(fake_usb));
}

static int note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int note(const char *format, ...)
{
	size_t length = strlen(fake_usb.calls);
	va_list arguments;

	fake_usb.called++;
	va_start(arguments, format);
	vsnprintf(fake_usb.calls + length, sizeof(fake_usb.calls) - length, format, arguments);
	va_end(arguments);
	return fake_usb.call_code;
}

static int submit(struct libusb_transfer *transfer)
{
	if (fake_usb.submit_code < 0)
		return fake_usb.submit_code;
	if (fake_usb.count == FAKE_USB_PENDING_MAX)
		return LIBUSB_ERROR_NO_MEM;
	fake_usb.cancelled[fake_usb.count] = false;
	fake_usb.pending[fake_usb.count++] = transfer;
	return 0;
}

static int cancel(struct libusb_transfer *transfer)
{
	for (size_t i = 0; i < fake_usb.count; i++) {
		if (fake_usb.pending[i] != transfer)
			continue;
		fake_usb.cancelled[i] = true;
		return 0;
	}
	return LIBUSB_ERROR_NOT_FOUND;
}

static void packets_complete(struct libusb_transfer *transfer, int actual)
{
	for (int i = 0; i < transfer->num_iso_packets; i++) {
		struct libusb_iso_packet_descriptor *packet = &transfer->iso_packet_desc[i];
		packet->status = LIBUSB_TRANSFER_COMPLETED;
		packet->actual_length = (unsigned int)actual < packet->length ? (unsigned int)actual
									      : packet->length;
		actual -= (int)packet->actual_length;
	}
}

void fake_usb_complete(size_t index, enum libusb_transfer_status status, int actual)
{
	struct libusb_transfer *transfer = fake_usb.pending[index];
	bool control = transfer->type == LIBUSB_TRANSFER_TYPE_CONTROL;
	bool in = control ? transfer->buffer[0] & LIBUSB_ENDPOINT_IN
			  : transfer->endpoint & LIBUSB_ENDPOINT_IN;
	int before = control ? LIBUSB_CONTROL_SETUP_SIZE : 0;
	int room = transfer->length - before;

	fake_usb.count--;
	memmove(&fake_usb.pending[index], &fake_usb.pending[index + 1],
		(fake_usb.count - index) * sizeof(fake_usb.pending[0]));
	memmove(&fake_usb.cancelled[index], &fake_usb.cancelled[index + 1],
		(fake_usb.count - index) * sizeof(fake_usb.cancelled[0]));
	transfer->status = status;
	transfer->actual_length = actual < room ? actual : room;
	if (in && transfer->actual_length > 0)
		memset(transfer->buffer + before, 0xAB, (size_t)transfer->actual_length);
	packets_complete(transfer, transfer->actual_length);
	transfer->callback(transfer);
}

void fake_usb_settle(void)
{
	for (size_t i = fake_usb.count; i > 0; i--)
		if (i <= fake_usb.count && fake_usb.cancelled[i - 1])
			fake_usb_complete(i - 1, LIBUSB_TRANSFER_CANCELLED, 0);
}

static int set_configuration(libusb_device_handle *handle, int configuration)
{
	(void)handle;
	return note("config %d, ", configuration);
}

static int claim(libusb_device_handle *handle, int interface)
{
	(void)handle;
	return note("claim %d, ", interface);
}

static int release(libusb_device_handle *handle, int interface)
{
	(void)handle;
	return note("release %d, ", interface);
}

static int set_alternate(libusb_device_handle *handle, int interface, int alternate)
{
	(void)handle;
	return note("alternate %d %d, ", interface, alternate);
}

static int clear_halt(libusb_device_handle *handle, unsigned char endpoint)
{
	(void)handle;
	return note("clear %02x, ", endpoint);
}

static int reset(libusb_device_handle *handle)
{
	(void)handle;
	return note("reset, ");
}

/* Fails while submitting does, so that both kinds of memory are met. */
static unsigned char *mem_alloc(libusb_device_handle *handle, size_t length)
{
	(void)handle;
	return fake_usb.submit_code < 0 ? NULL : malloc(length);
}

static int mem_free(libusb_device_handle *handle, unsigned char *memory, size_t length)
{
	(void)handle;
	(void)length;
	free(memory);
	return 0;
}

const struct device_calls fake_usb_calls = {
	.submit_transfer = submit,
	.cancel_transfer = cancel,
	.set_configuration = set_configuration,
	.claim_interface = claim,
	.release_interface = release,
	.set_interface_alt_setting = set_alternate,
	.clear_halt = clear_halt,
	.reset_device = reset,
	.dev_mem_alloc = mem_alloc,
	.dev_mem_free = mem_free,
};
