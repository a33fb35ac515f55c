/*
 * The whole server over a device that exists in memory only: requests as a guest may send them, and
 * transfers that end, fail or are lost in between. The first byte of each record says what happens.
 *
 * Covers: usb/server.c usb/transfer.c usb/device.c usb/urb-table.c usb/usbip-wire.c usb/outbox.c
 * Leaves out: the stream (target usb-stream)
 */
#include <stdlib.h>
#include <string.h>

#include "tests/lib/fake-usb.h"
#include "usb/server.h"
#include "usb/urb-table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEVID 0x10002

static void on_nothing(void *data)
{
	(void)data;
}

static const struct server_ops ops = {
	.on_output = on_nothing, .on_device_lost = on_nothing, .on_idle = on_nothing};

/* Reads as much as the byte says of what the server has to say; every byte is touched. */
static void take(struct server *server, size_t most)
{
	struct iovec iov[16];
	size_t count = server_output(server, iov, 16), taken = 0;
	volatile uint8_t sum = 0;

	for (size_t i = 0; i < count && taken < most; i++)
		for (size_t j = 0; j < iov[i].iov_len && taken < most; j++, taken++)
			sum = (uint8_t)(sum + ((uint8_t *)iov[i].iov_base)[j]);
	server_sent(server, taken);
}

/* In as many turns as it needs. What is not taken, since too many answers wait, is lost. */
static int receive(struct server *server, const uint8_t *bytes, size_t length)
{
	ssize_t taken = 1;

	for (size_t at = 0; at < length && taken > 0; at += (size_t)taken) {
		server_turn(server);
		taken = server_receive(server, bytes + at, length - at);
		if (taken < 0)
			return (int)taken;
		if ((size_t)taken < length - at && !server_turn_over(server) &&
			server_wants_input(server))
			abort();
	}
	return 0;
}

/* A header whose rarer fields are right, so that the fuzzer's bytes get beyond them. */
static int request(struct server *server, const uint8_t *bytes)
{
	uint8_t header[48] = {0};

	header[3] = bytes[0] & 1 ? 2 : 1;
	header[7] = bytes[1];
	header[9] = DEVID >> 16;
	header[11] = DEVID & 0xff;
	header[15] = bytes[0] >> 1 & 1;
	header[19] = bytes[0] >> 4;
	memcpy(header + 20, bytes + 2, 4);
	header[26] = bytes[6];
	header[27] = bytes[7];
	header[35] = bytes[8];
	memcpy(header + 40, bytes + 9, 8);
	return receive(server, header, sizeof(header));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct device device;
	struct server *server;
	int code = 0;

	fake_usb_init();
	if (device_init(&device, &fake_usb_calls, NULL, fake_usb_descriptors,
		    fake_usb_descriptors_size, 1) < 0 ||
		server_create(&device, DEVID, &ops, NULL, &server) < 0)
		abort();
	for (size_t at = 0; code == 0 && at + 1 < size;) {
		uint8_t what = data[at], amount = data[at + 1];
		size_t left = size - at - 2;
		at += 2;
		switch (what % 6) {
		case 0:
			if (amount > left)
				amount = (uint8_t)left;
			code = receive(server, data + at, amount);
			at += amount;
			break;
		case 1:
			if (left < 17)
				left = at = size;
			else
				code = request(server, data + at);
			at += left < 17 ? 0 : 17;
			break;
		case 2:
			if (fake_usb.count > 0)
				fake_usb_complete(amount % fake_usb.count,
					(enum libusb_transfer_status)(what / 6 % 7), amount * 16);
			break;
		case 3:
			fake_usb_settle();
			break;
		case 4:
			take(server, (size_t)amount * 64);
			break;
		default:
			fake_usb.submit_code = -(amount % 13);
			fake_usb.call_code = -(what / 6 % 13);
			break;
		}
		if (fake_usb.count > URB_TABLE_MAX)
			abort();
	}
	server_stop(server);
	while (fake_usb.count > 0)
		fake_usb_complete(0, LIBUSB_TRANSFER_CANCELLED, 0);
	if (!server_idle(server))
		abort();
	server_destroy(server);
	device_finish(&device);
	return 0;
}
