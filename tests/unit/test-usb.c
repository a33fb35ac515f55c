#include <errno.h>
#include <string.h>
#include <uv.h>

#include "tests/lib/test.h"
#include "tests/lib/usb-rig.h"
#include "usb/urb-table.h"

/* ---- descriptors ---- */

static void test_descriptors(void **state)
{
	struct rig *rig = *state;
	struct descriptors cut;

	assert_int_equal(device_endpoint(&rig->device, 1, true)->type, ENDPOINT_BULK);
	assert_int_equal(device_endpoint(&rig->device, 3, true)->type, ENDPOINT_INTERRUPT);
	assert_null(device_endpoint(&rig->device, 1, false));
	assert_null(device_endpoint(&rig->device, 4, true));
	assert_non_null(device_endpoint(&rig->device, 0, true));
	assert_true(descriptors_has_configuration(&rig->device.descriptors, 2));
	assert_false(descriptors_has_configuration(&rig->device.descriptors, 3));
	for (size_t length = 0; length < fake_usb_descriptors_size; length++)
		assert_int_equal(descriptors_parse(fake_usb_descriptors, length, &cut),
			length < 18 ? UV_EINVAL : 0);
}

/* ---- transfers ---- */

static void test_bulk_in(void **state)
{
	struct rig *rig = *state;
	uint8_t data[512];

	assert_int_equal(
		submit(rig, (struct submit){.seqnum = 7, .in = true, .endpoint = 1, .length = 512}),
		0);
	assert_int_equal(fake_usb.count, 1);
	assert_int_equal(fake_usb.pending[0]->endpoint, 0x81);
	expect_nothing(rig);
	fake_usb_complete(0, LIBUSB_TRANSFER_COMPLETED, 100);
	expect(rig, USBIP_RET_SUBMIT, 7, 0, 100);
	take(rig, data, 100);
	assert_int_equal(data[99], 0xAB);
	expect_nothing(rig);
}

static void test_bulk_out_in_pieces(void **state)
{
	struct rig *rig = *state;
	uint8_t bytes[48 + 300];

	submit_header(bytes, (struct submit){.seqnum = 9, .endpoint = 2, .length = 300});
	for (size_t i = 0; i < 300; i++)
		bytes[48 + i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(bytes); i++) {
		assert_int_equal(fake_usb.count, 0);
		assert_int_equal(receive(rig, bytes + i, 1), 0);
	}
	assert_int_equal(fake_usb.count, 1);
	assert_memory_equal(fake_usb.pending[0]->buffer, bytes + 48, 300);
	fake_usb_complete(0, LIBUSB_TRANSFER_COMPLETED, 300);
	expect(rig, USBIP_RET_SUBMIT, 9, 0, 300);
	expect_nothing(rig);
}

static void test_statuses(void **state)
{
	struct rig *rig = *state;
	static const struct {
		enum libusb_transfer_status status;
		uint32_t flags;
		int expected;
	} cases[] = {
		{LIBUSB_TRANSFER_COMPLETED, 0, 0},
		{LIBUSB_TRANSFER_COMPLETED, USBIP_FLAG_SHORT_NOT_OK, -EREMOTEIO},
		{LIBUSB_TRANSFER_STALL, 0, -EPIPE},
		{LIBUSB_TRANSFER_OVERFLOW, 0, -EOVERFLOW},
		{LIBUSB_TRANSFER_TIMED_OUT, 0, -ETIMEDOUT},
		{LIBUSB_TRANSFER_ERROR, 0, -EPROTO},
		{LIBUSB_TRANSFER_CANCELLED, 0, -ECONNRESET},
	};

	for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		submit(rig, (struct submit){.seqnum = i,
				    .in = true,
				    .endpoint = 3,
				    .length = 8,
				    .flags = cases[i].flags});
		fake_usb_complete(0, cases[i].status, 0);
		expect(rig, USBIP_RET_SUBMIT, i, cases[i].expected, 0);
	}
	assert_int_equal(rig->lost, 0);
	submit(rig, (struct submit){.seqnum = 99, .in = true, .endpoint = 3, .length = 8});
	fake_usb_complete(0, LIBUSB_TRANSFER_NO_DEVICE, 0);
	expect(rig, USBIP_RET_SUBMIT, 99, -ENODEV, 0);
	assert_int_equal(rig->lost, 1);
	fake_usb.submit_code = LIBUSB_ERROR_NO_MEM;
	submit(rig, (struct submit){.seqnum = 100, .in = true, .endpoint = 3, .length = 8});
	expect(rig, USBIP_RET_SUBMIT, 100, -ENOMEM, 0);
}

static void test_zero_packet(void **state)
{
	struct rig *rig = *state;

	submit(rig, (struct submit){.seqnum = 1, .endpoint = 2, .flags = USBIP_FLAG_ZERO_PACKET});
	assert_int_equal(fake_usb.pending[0]->flags, LIBUSB_TRANSFER_ADD_ZERO_PACKET);
}

static void test_endpoint_missing(void **state)
{
	struct rig *rig = *state;
	uint8_t bytes[10 + 32] = {0};

	/* Its data and packets are taken off the stream, and the packets' places come back. */
	assert_int_equal(
		submit(rig,
			(struct submit){.seqnum = 1, .endpoint = 9, .length = 10, .packets = 2}),
		0);
	put(bytes, 10 + 16, 5);
	put(bytes, 10 + 20, 4);
	assert_int_equal(receive(rig, bytes, sizeof(bytes)), 0);
	struct answer answer = answer_take(rig);
	assert_int_equal(answer.status, -ENOENT);
	assert_int_equal(answer.packets, 2);
	take(rig, bytes, 32);
	assert_int_equal(get(bytes, 16), 5);
	assert_int_equal(get(bytes, 20), 4);
	assert_int_equal(get(bytes, 24), 0);
	assert_int_equal((int32_t)get(bytes, 28), -ENOENT);
	assert_int_equal(fake_usb.count, 0);
	assert_int_equal(unlink_urb(rig, 2, 1), 0);
	expect(rig, USBIP_RET_UNLINK, 2, 0, 0);
}

/* ---- limits ---- */

static void test_too_many(void **state)
{
	struct rig *rig = *state;

	for (uint32_t i = 0; i < URB_TABLE_MAX; i++)
		submit(rig, (struct submit){.seqnum = i, .in = true, .endpoint = 3, .length = 8});
	assert_int_equal(fake_usb.count, URB_TABLE_MAX);
	submit(rig, (struct submit){.seqnum = 5000, .in = true, .endpoint = 3, .length = 8});
	assert_int_equal(fake_usb.count, URB_TABLE_MAX);
	expect(rig, USBIP_RET_SUBMIT, 5000, -ENOMEM, 0);
}

static void test_too_much(void **state)
{
	struct rig *rig = *state;

	for (uint32_t i = 0; i < 7; i++)
		submit(rig, (struct submit){.seqnum = i,
				    .in = true,
				    .endpoint = 1,
				    .length = USBIP_LENGTH_MAX});
	assert_int_equal(fake_usb.count, 7);
	submit(rig, (struct submit){
			    .seqnum = 8, .in = true, .endpoint = 1, .length = USBIP_LENGTH_MAX});
	assert_int_equal(fake_usb.count, 7);
	expect(rig, USBIP_RET_SUBMIT, 8, -ENOMEM, 0);
	/* An answer that is not read counts until it is. */
	fake_usb_complete(0, LIBUSB_TRANSFER_STALL, 0);
	submit(rig, (struct submit){
			    .seqnum = 9, .in = true, .endpoint = 1, .length = USBIP_LENGTH_MAX});
	assert_int_equal(fake_usb.count, 6);
	expect(rig, USBIP_RET_SUBMIT, 0, -EPIPE, 0);
	submit(rig, (struct submit){
			    .seqnum = 10, .in = true, .endpoint = 1, .length = USBIP_LENGTH_MAX});
	assert_int_equal(fake_usb.count, 7);
}

static void test_pool(void **state)
{
	struct rig *rig = *state;
	const struct submit large = {.in = true, .endpoint = 1, .length = BUFFER_POOL_SIZE};
	struct submit next = large;

	for (next.seqnum = 0; next.seqnum <= BUFFER_POOL_COUNT; next.seqnum++)
		submit(rig, next);
	for (size_t i = 0; i < BUFFER_POOL_COUNT; i++)
		assert_ptr_equal(fake_usb.pending[i]->buffer, rig->device.pool.buffers[i].memory);
	/* The last found none free. The first's is free when its answer is read. */
	assert_false(buffer_pool_give_back(
		&rig->device.pool, fake_usb.pending[BUFFER_POOL_COUNT]->buffer, BUFFER_POOL_SIZE));
	fake_usb_complete(0, LIBUSB_TRANSFER_STALL, 0);
	assert_true(rig->device.pool.buffers[0].used);
	expect(rig, USBIP_RET_SUBMIT, 0, -EPIPE, 0);
	assert_false(rig->device.pool.buffers[0].used);
	next.seqnum = 100;
	next.length = BUFFER_POOL_SIZE + 1;
	submit(rig, next);
	next.seqnum = 101;
	next.length = BUFFER_POOL_LEAST - 1;
	submit(rig, next);
	assert_false(rig->device.pool.buffers[0].used);
	next.seqnum = 102;
	next.length = BUFFER_POOL_LEAST;
	submit(rig, next);
	assert_true(rig->device.pool.buffers[0].used);
}

static void test_pool_slots(void **state)
{
	struct rig *rig = *state;
	struct submit next = {.in = true, .endpoint = 1, .length = BUFFER_POOL_SLOT_SIZE};
	const uint8_t *start;

	for (; next.seqnum < BUFFER_POOL_SLOTS; next.seqnum++)
		submit(rig, next);
	start = rig->device.pool.buffers[0].memory;
	for (size_t i = 0; i < BUFFER_POOL_SLOTS; i++)
		assert_ptr_equal(fake_usb.pending[i]->buffer, start + i * BUFFER_POOL_SLOT_SIZE);
	assert_null(rig->device.pool.buffers[1].memory);
	submit(rig, next);
	assert_ptr_equal(
		fake_usb.pending[BUFFER_POOL_SLOTS]->buffer, rig->device.pool.buffers[1].memory);
	/* Two slots that are free, but not side by side, have no room for what needs both. */
	for (uint32_t freed = 3; freed <= 5; freed += 2) {
		fake_usb_complete(freed - (freed == 5), LIBUSB_TRANSFER_STALL, 0);
		expect(rig, USBIP_RET_SUBMIT, freed, -EPIPE, 0);
	}
	next.length = BUFFER_POOL_SLOT_SIZE + 1;
	next.seqnum = 50;
	submit(rig, next);
	assert_ptr_equal(fake_usb.pending[fake_usb.count - 1]->buffer,
		rig->device.pool.buffers[1].memory + BUFFER_POOL_SLOT_SIZE);
	fake_usb_complete(3, LIBUSB_TRANSFER_STALL, 0);
	expect(rig, USBIP_RET_SUBMIT, 4, -EPIPE, 0);
	next.seqnum = 51;
	submit(rig, next);
	assert_ptr_equal(
		fake_usb.pending[fake_usb.count - 1]->buffer, start + 3 * BUFFER_POOL_SLOT_SIZE);
}

static void test_answers_bounded(void **state)
{
	struct rig *rig = *state;

	for (uint32_t i = 0; i < SERVER_ANSWERS_MAX; i++) {
		assert_true(server_wants_input(rig->server));
		unlink_urb(rig, i, 12345);
	}
	assert_false(server_wants_input(rig->server));
	expect(rig, USBIP_RET_UNLINK, 0, 0, 0);
	assert_true(server_wants_input(rig->server));
}

static void test_violations(void **state)
{
	struct rig *rig = *state;

	submit(rig, (struct submit){.seqnum = 1, .in = true, .endpoint = 1, .length = 8});
	assert_int_equal(
		submit(rig, (struct submit){.seqnum = 1, .in = true, .endpoint = 1}), UV_EPROTO);
}

static void test_rubbish(void **state)
{
	struct rig *rig = *state;
	uint8_t rubbish[48];

	memset(rubbish, 0xff, sizeof(rubbish));
	assert_int_equal(receive(rig, rubbish, 47), 0);
	assert_int_equal(receive(rig, rubbish, 1), UV_EPROTO);
}

/* ---- unlinking ---- */

static void test_unlink(void **state)
{
	struct rig *rig = *state;
	uint8_t data[5];

	/* Nothing of it was done: RET_UNLINK alone. */
	submit(rig, (struct submit){.seqnum = 1, .in = true, .endpoint = 1, .length = 512});
	unlink_urb(rig, 2, 1);
	expect_nothing(rig);
	fake_usb_settle();
	expect(rig, USBIP_RET_UNLINK, 2, -ECONNRESET, 0);
	expect_nothing(rig);

	/* It was done all the same, or in part: its data comes first. */
	submit(rig, (struct submit){.seqnum = 3, .in = true, .endpoint = 1, .length = 512});
	unlink_urb(rig, 4, 3);
	fake_usb_complete(0, LIBUSB_TRANSFER_COMPLETED, 5);
	expect(rig, USBIP_RET_SUBMIT, 3, 0, 5);
	take(rig, data, 5);
	expect(rig, USBIP_RET_UNLINK, 4, 0, 0);
	submit(rig, (struct submit){.seqnum = 5, .in = true, .endpoint = 1, .length = 512});
	unlink_urb(rig, 6, 5);
	fake_usb_complete(0, LIBUSB_TRANSFER_CANCELLED, 5);
	expect(rig, USBIP_RET_SUBMIT, 5, -ECONNRESET, 5);
	take(rig, data, 5);
	expect(rig, USBIP_RET_UNLINK, 6, 0, 0);

	/* Answered already, sent or not. */
	submit(rig, (struct submit){.seqnum = 7, .in = true, .endpoint = 3, .length = 8});
	fake_usb_complete(0, LIBUSB_TRANSFER_STALL, 0);
	unlink_urb(rig, 8, 7);
	expect(rig, USBIP_RET_SUBMIT, 7, -EPIPE, 0);
	expect(rig, USBIP_RET_UNLINK, 8, 0, 0);
	unlink_urb(rig, 9, 7);
	expect(rig, USBIP_RET_UNLINK, 9, 0, 0);
	expect_nothing(rig);
}

static void test_stop_in_flight(void **state)
{
	struct rig *rig = *state;

	submit(rig, (struct submit){.seqnum = 1, .in = true, .endpoint = 1, .length = 512});
	submit(rig, (struct submit){.seqnum = 2, .in = true, .endpoint = 3, .length = 8});
	submit(rig, (struct submit){.seqnum = 3, .endpoint = 2, .length = 8});
	fake_usb_complete(0, LIBUSB_TRANSFER_COMPLETED, 512);
	server_stop(rig->server);
	expect_nothing(rig);
	assert_false(server_idle(rig->server));
	fake_usb_settle();
	assert_int_equal(rig->idle, 1);
}

/* ---- isochronous ---- */

static void packet_put(uint8_t *bytes, size_t index, uint32_t offset, uint32_t length)
{
	put(bytes, index * 16, offset);
	put(bytes, index * 16 + 4, length);
}

static void alternate_select(struct rig *rig)
{
	submit(rig, (struct submit){.seqnum = 1000, .setup = {0x01, 11, 1, 0, 1, 0, 0, 0}});
	expect(rig, USBIP_RET_SUBMIT, 1000, 0, 0);
	assert_string_equal(fake_usb.calls, "alternate 1 1, ");
}

static void test_isochronous_in(void **state)
{
	struct rig *rig = *state;
	uint8_t packets[3 * 16] = {0}, data[130];

	alternate_select(rig);
	submit(rig, (struct submit){
			    .seqnum = 1, .in = true, .endpoint = 4, .length = 300, .packets = 3});
	packet_put(packets, 0, 0, 100);
	packet_put(packets, 1, 100, 100);
	packet_put(packets, 2, 200, 100);
	assert_int_equal(receive(rig, packets, sizeof(packets)), 0);
	assert_int_equal(fake_usb.pending[0]->num_iso_packets, 3);
	fake_usb_complete(0, LIBUSB_TRANSFER_COMPLETED, 130);
	struct answer answer = answer_take(rig);
	assert_int_equal(answer.actual, 130);
	assert_int_equal(answer.packets, 3);
	assert_int_equal(answer.errors, 0);
	take(rig, data, 130);
	take(rig, packets, 48);
	assert_int_equal(get(packets, 8), 100);
	assert_int_equal(get(packets, 16 + 8), 30);
	assert_int_equal(get(packets, 32 + 0), 200);
	assert_int_equal(get(packets, 32 + 8), 0);
	expect_nothing(rig);
}

static void test_isochronous_out_gaps(void **state)
{
	struct rig *rig = *state;
	uint8_t bytes[20 + 32] = "0123456789abcdefghij";

	alternate_select(rig);
	submit(rig, (struct submit){.seqnum = 1, .endpoint = 5, .length = 20, .packets = 2});
	memset(bytes + 20, 0, 32);
	packet_put(bytes + 20, 0, 10, 3);
	packet_put(bytes + 20, 1, 0, 4);
	assert_int_equal(receive(rig, bytes, sizeof(bytes)), 0);
	assert_memory_equal(fake_usb.pending[0]->buffer, "abc0123", 7);
	assert_int_equal(fake_usb.pending[0]->length, 7);
}

static void test_isochronous_overlong(void **state)
{
	struct rig *rig = *state;
	uint8_t packets[2 * 16] = {0};

	/* Each within the data, but more than that together. */
	alternate_select(rig);
	submit(rig, (struct submit){
			    .seqnum = 1, .in = true, .endpoint = 4, .length = 100, .packets = 2});
	packet_put(packets, 0, 0, 60);
	packet_put(packets, 1, 0, 60);
	assert_int_equal(receive(rig, packets, sizeof(packets)), UV_EPROTO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(test_descriptors),
		RIGGED(test_bulk_in),
		RIGGED(test_bulk_out_in_pieces),
		RIGGED(test_statuses),
		RIGGED(test_zero_packet),
		RIGGED(test_endpoint_missing),
		RIGGED(test_too_many),
		RIGGED(test_too_much),
		RIGGED(test_pool),
		RIGGED(test_pool_slots),
		RIGGED(test_answers_bounded),
		RIGGED(test_violations),
		RIGGED(test_rubbish),
		RIGGED(test_unlink),
		RIGGED(test_stop_in_flight),
		RIGGED(test_isochronous_in),
		RIGGED(test_isochronous_out_gaps),
		RIGGED(test_isochronous_overlong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
