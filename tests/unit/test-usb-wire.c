#include <string.h>
#include <uv.h>

#include "tests/lib/test.h"
#include "usb/urb-table.h"
#include "usb/usbip-wire.h"

#define DEVID 0x10002

static void put(uint8_t *bytes, size_t at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		bytes[at + (size_t)i] = (uint8_t)(value >> (24 - 8 * i));
}

/* ---- the wire ---- */

static void test_wire_checks(void **state)
{
	struct usbip_request request;
	uint8_t header[48];
	static const struct {
		size_t at;
		uint32_t value;
		int code;
	} cases[] = {
		{0, 0, UV_EPROTO},
		{0, 3, UV_EPROTO},
		{0, 4, UV_EPROTO},
		{8, DEVID + 1, UV_EPROTO},
		{12, 2, UV_EPROTO},
		{16, 15, 0},
		{16, 16, UV_EPROTO},
		{24, USBIP_LENGTH_MAX, 0},
		{24, USBIP_LENGTH_MAX + 1, UV_EPROTO},
		{24, UINT32_MAX, UV_EPROTO},
		{32, USBIP_PACKETS_MAX, 0},
		{32, USBIP_PACKETS_MAX + 1, UV_EPROTO},
		{32, UINT32_MAX, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(header, 0, sizeof(header));
		put(header, 0, USBIP_CMD_SUBMIT);
		put(header, 8, DEVID);
		put(header, cases[i].at, cases[i].value);
		assert_int_equal(usbip_request_decode(header, DEVID, &request), cases[i].code);
	}
	assert_int_equal(request.packets, 0);
	assert_int_equal(usbip_devid(1, 2), DEVID);
}

static void test_packet_bounds(void **state)
{
	struct usbip_packet packet;
	uint8_t bytes[16] = {0};

	(void)state;
	put(bytes, 0, 60);
	put(bytes, 4, 40);
	assert_int_equal(usbip_packet_decode(bytes, 100, &packet), 0);
	assert_int_equal(usbip_packet_decode(bytes, 99, &packet), UV_EPROTO);
	put(bytes, 4, UINT32_MAX);
	assert_int_equal(usbip_packet_decode(bytes, 100, &packet), UV_EPROTO);
	put(bytes, 0, 101);
	put(bytes, 4, 0);
	assert_int_equal(usbip_packet_decode(bytes, 100, &packet), UV_EPROTO);
}

/* ---- the table ---- */

static void test_table_limits(void **state)
{
	static struct urb_entry entries[URB_TABLE_MAX + 1];
	struct urb_table table;

	(void)state;
	urb_table_init(&table);
	for (uint32_t i = 0; i < URB_TABLE_MAX; i++) {
		entries[i] = (struct urb_entry){.seqnum = i * 7, .memory = 1};
		assert_int_equal(urb_table_add(&table, &entries[i]), 0);
	}
	entries[URB_TABLE_MAX] = (struct urb_entry){.seqnum = 1};
	assert_int_equal(urb_table_add(&table, &entries[URB_TABLE_MAX]), UV_ENOBUFS);
	assert_ptr_equal(urb_table_find(&table, 7 * 300), &entries[300]);
	urb_table_remove(&table, &entries[300]);
	assert_null(urb_table_find(&table, 7 * 300));
	assert_int_equal(urb_table_admits(&table, URB_TABLE_MEMORY_MAX - table.memory), 0);
	assert_int_equal(
		urb_table_admits(&table, URB_TABLE_MEMORY_MAX - table.memory + 1), UV_ENOBUFS);
	entries[300] = (struct urb_entry){.seqnum = 7, .memory = 1};
	assert_int_equal(urb_table_add(&table, &entries[300]), UV_EEXIST);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wire_checks),
		cmocka_unit_test(test_packet_bounds),
		cmocka_unit_test(test_table_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
