#include "tests/lib/usb-rig.h"

#include <string.h>

#include "tests/lib/test.h"

static void on_output(void *data)
{
	struct rig *rig = data;

	rig->outputs++;
	if (rig->stream)
		stream_kick(rig->stream);
}

static void on_lost(void *data)
{
	((struct rig *)data)->lost++;
}

static void on_idle(void *data)
{
	((struct rig *)data)->idle++;
}

static const struct server_ops ops = {
	.on_output = on_output, .on_device_lost = on_lost, .on_idle = on_idle};

int rig_up(void **state)
{
	static struct rig rig;

	memset(&rig, 0, sizeof(rig));
	fake_usb_init();
	assert_int_equal(device_init(&rig.device, &fake_usb_calls, NULL, fake_usb_descriptors,
				 fake_usb_descriptors_size, 1),
		0);
	assert_int_equal(server_create(&rig.device, DEVID, &ops, &rig, &rig.server), 0);
	*state = &rig;
	return 0;
}

int rig_down(void **state)
{
	struct rig *rig = *state;

	server_stop(rig->server);
	while (fake_usb.count > 0)
		fake_usb_complete(0, LIBUSB_TRANSFER_CANCELLED, 0);
	assert_true(server_idle(rig->server));
	server_destroy(rig->server);
	device_finish(&rig->device);
	return 0;
}

void put(uint8_t *bytes, size_t at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		bytes[at + (size_t)i] = (uint8_t)(value >> (24 - 8 * i));
}

uint32_t get(const uint8_t *bytes, size_t at)
{
	uint32_t value = 0;

	for (int i = 0; i < 4; i++)
		value = value << 8 | bytes[at + (size_t)i];
	return value;
}

void submit_header(uint8_t header[48], struct submit submit)
{
	memset(header, 0, 48);
	put(header, 0, 1);
	put(header, 4, submit.seqnum);
	put(header, 8, DEVID);
	put(header, 12, submit.in);
	put(header, 16, submit.endpoint);
	put(header, 20, submit.flags);
	put(header, 24, submit.length);
	put(header, 32, submit.packets);
	memcpy(header + 40, submit.setup, 8);
}

int receive(struct rig *rig, const uint8_t *bytes, size_t length)
{
	while (length > 0) {
		server_turn(rig->server);
		ssize_t taken = server_receive(rig->server, bytes, length);
		if (taken < 0)
			return (int)taken;
		assert_true(taken > 0);
		bytes += taken;
		length -= (size_t)taken;
	}
	return 0;
}

int submit(struct rig *rig, struct submit submit)
{
	uint8_t header[48];

	submit_header(header, submit);
	return receive(rig, header, sizeof(header));
}

void unlink_header(uint8_t header[48], uint32_t seqnum, uint32_t victim)
{
	memset(header, 0, 48);
	put(header, 0, 2);
	put(header, 4, seqnum);
	put(header, 8, DEVID);
	put(header, 20, victim);
}

int unlink_urb(struct rig *rig, uint32_t seqnum, uint32_t victim)
{
	uint8_t header[48];

	unlink_header(header, seqnum, victim);
	return receive(rig, header, sizeof(header));
}

void take(struct rig *rig, uint8_t *out, size_t length)
{
	while (length > 0) {
		struct iovec iov[8];
		size_t count = server_output(rig->server, iov, 8);
		assert_true(count > 0);
		size_t now = iov[0].iov_len < length ? iov[0].iov_len : length;
		memcpy(out, iov[0].iov_base, now);
		server_sent(rig->server, now);
		out += now;
		length -= now;
	}
}

struct answer answer_take(struct rig *rig)
{
	uint8_t header[48];

	take(rig, header, sizeof(header));
	return (struct answer){.command = get(header, 0),
		.seqnum = get(header, 4),
		.status = (int32_t)get(header, 20),
		.actual = get(header, 24),
		.packets = get(header, 32),
		.errors = get(header, 36)};
}

void expect(struct rig *rig, uint32_t command, uint32_t seqnum, int status, uint32_t actual)
{
	struct answer answer = answer_take(rig);

	assert_int_equal(answer.command, command);
	assert_int_equal(answer.seqnum, seqnum);
	assert_int_equal(answer.status, status);
	assert_int_equal(answer.actual, actual);
}

void expect_nothing(struct rig *rig)
{
	struct iovec iov[8];

	assert_int_equal(server_output(rig->server, iov, 8), 0);
}
