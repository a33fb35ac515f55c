/* The frame codec, on both sides of each limit. */
#include <stdbool.h>
#include <string.h>
#include <uv.h>

#include "proto/wire/frame.h"
#include "tests/lib/test.h"

static uint8_t bytes[FRAME_HEADER_SIZE + FRAME_LIST_MAX + 1];

static int64_t decode(
	uint16_t type, uint16_t stream, uint32_t length, size_t given, struct frame *ret)
{
	frame_encode_header(bytes, type, stream, length);
	return frame_decode(bytes, given, ret);
}

static void test_header(void **state)
{
	uint8_t header[FRAME_HEADER_SIZE];
	static const uint8_t expected[] = {0x04, 0x03, 0x02, 0x01, 0x23, 0x00, 0x02, 0x00};

	(void)state;
	frame_encode_header(header, FRAME_DATA, 2, 0x01020304);
	assert_memory_equal(header, expected, sizeof(expected));
}

static void test_limits(void **state)
{
	static const uint16_t types[] = {FRAME_HELLO, FRAME_REJECT, FRAME_GRANT, FRAME_OPEN,
		FRAME_DATA, FRAME_END, FRAME_CREDIT, FRAME_STOP, FRAME_STATUS, FRAME_SESSION,
		FRAME_FAILURE, FRAME_VM_LIST};
	struct frame frame;

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		uint32_t max = (uint32_t)frame_length_max(types[i]);
		int64_t size = decode(types[i], 0, max, sizeof(bytes), &frame);
		assert_int_equal(size, FRAME_HEADER_SIZE + max);
		assert_int_equal(frame.type, types[i]);
		assert_int_equal(frame.length, max);
		assert_ptr_equal(frame.payload, bytes + FRAME_HEADER_SIZE);
		/* Refused as soon as the header is there. */
		assert_int_equal(
			decode(types[i], 0, max + 1, FRAME_HEADER_SIZE, &frame), UV_EMSGSIZE);
	}
	assert_int_equal(decode(FRAME_DATA, 0, UINT32_MAX, FRAME_HEADER_SIZE, &frame), UV_EMSGSIZE);
}

static void test_pieces(void **state)
{
	struct frame frame = {.type = 99};

	(void)state;
	for (size_t given = 0; given < FRAME_HEADER_SIZE + 10; given++)
		assert_int_equal(decode(FRAME_DATA, 1, 10, given, &frame), 0);
	assert_int_equal(frame.type, 99);
	assert_int_equal(
		decode(FRAME_DATA, 1, 10, FRAME_HEADER_SIZE + 10, &frame), FRAME_HEADER_SIZE + 10);
	assert_int_equal(frame.stream, 1);
}

static void test_streams(void **state)
{
	struct frame frame;

	(void)state;
	for (uint16_t stream = 0; stream < 3; stream++)
		assert_true(decode(FRAME_END, stream, 0, FRAME_HEADER_SIZE, &frame) > 0);
	assert_int_equal(decode(FRAME_END, 3, 0, FRAME_HEADER_SIZE, &frame), UV_EPROTO);
	assert_int_equal(decode(FRAME_STATUS, 1, 0, FRAME_HEADER_SIZE, &frame), UV_EPROTO);
}

static void test_types(void **state)
{
	struct frame frame;

	(void)state;
	for (uint32_t type = 0; type <= UINT16_MAX; type++) {
		bool known = strcmp(frame_type_name((uint16_t)type), "?") != 0;
		assert_int_equal(known, frame_length_max((uint16_t)type) >= 0);
		assert_int_equal(
			decode((uint16_t)type, 0, 0, FRAME_HEADER_SIZE, &frame) == UV_EPROTO,
			!known);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
