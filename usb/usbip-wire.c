#include "usb/usbip-wire.h"

#include <string.h>
#include <uv.h>

/* Where the fields are. All have four bytes but the setup. */
enum field {
	FIELD_COMMAND = 0,
	FIELD_SEQNUM = 4,
	FIELD_DEVID = 8,
	FIELD_DIRECTION = 12,
	FIELD_ENDPOINT = 16,

	SUBMIT_FLAGS = 20,
	SUBMIT_LENGTH = 24,
	SUBMIT_START_FRAME = 28,
	SUBMIT_PACKETS = 32,
	SUBMIT_SETUP = 40,

	UNLINK_SEQNUM = 20,

	RESULT_STATUS = 20,
	RESULT_LENGTH = 24,
	RESULT_START_FRAME = 28,
	RESULT_PACKETS = 32,
	RESULT_ERRORS = 36,
};

#define PACKETS_NONE UINT32_MAX /* what newer kernels say where there are none */

static uint32_t get(const uint8_t *bytes, size_t at)
{
	return (uint32_t)bytes[at] << 24 | (uint32_t)bytes[at + 1] << 16 |
	       (uint32_t)bytes[at + 2] << 8 | bytes[at + 3];
}

static void put(uint8_t *bytes, size_t at, uint32_t value)
{
	bytes[at] = (uint8_t)(value >> 24);
	bytes[at + 1] = (uint8_t)(value >> 16);
	bytes[at + 2] = (uint8_t)(value >> 8);
	bytes[at + 3] = (uint8_t)value;
}

static int submit_decode(const uint8_t *bytes, struct usbip_request *ret)
{
	uint32_t untrusted_length = get(bytes, SUBMIT_LENGTH);
	uint32_t untrusted_packets = get(bytes, SUBMIT_PACKETS);

	if (untrusted_packets == PACKETS_NONE)
		untrusted_packets = 0;
	if (untrusted_length > USBIP_LENGTH_MAX || untrusted_packets > USBIP_PACKETS_MAX)
		return UV_EPROTO;
	ret->length = untrusted_length;
	ret->packets = untrusted_packets;
	ret->flags = get(bytes, SUBMIT_FLAGS);
	ret->start_frame = get(bytes, SUBMIT_START_FRAME);
	memcpy(ret->setup, bytes + SUBMIT_SETUP, USBIP_SETUP_SIZE);
	return 0;
}

int usbip_request_decode(
	const uint8_t bytes[USBIP_HEADER_SIZE], uint32_t devid, struct usbip_request *ret)
{
	uint32_t untrusted_command = get(bytes, FIELD_COMMAND);
	uint32_t untrusted_direction = get(bytes, FIELD_DIRECTION);
	uint32_t untrusted_endpoint = get(bytes, FIELD_ENDPOINT);

	if (get(bytes, FIELD_DEVID) != devid || untrusted_direction > 1 ||
		untrusted_endpoint > USBIP_ENDPOINT_MAX)
		return UV_EPROTO;
	*ret = (struct usbip_request){
		.seqnum = get(bytes, FIELD_SEQNUM),
		.in = untrusted_direction == 1,
		.endpoint = (uint8_t)untrusted_endpoint,
	};
	switch (untrusted_command) {
	case USBIP_CMD_SUBMIT:
		ret->command = USBIP_CMD_SUBMIT;
		return submit_decode(bytes, ret);
	case USBIP_CMD_UNLINK:
		ret->command = USBIP_CMD_UNLINK;
		ret->unlink_seqnum = get(bytes, UNLINK_SEQNUM);
		return 0;
	default:
		return UV_EPROTO;
	}
}

int usbip_packet_decode(
	const uint8_t bytes[USBIP_PACKET_SIZE], uint32_t length, struct usbip_packet *ret)
{
	uint32_t untrusted_offset = get(bytes, 0);
	uint32_t untrusted_length = get(bytes, 4);

	if (untrusted_offset > length || untrusted_length > length - untrusted_offset)
		return UV_EPROTO;
	*ret = (struct usbip_packet){.offset = untrusted_offset, .length = untrusted_length};
	return 0;
}

/* The other fields of the common part are 0 in what the device's side sends. */
static void header_begin(uint8_t *bytes, enum usbip_command command, uint32_t seqnum)
{
	memset(bytes, 0, USBIP_HEADER_SIZE);
	put(bytes, FIELD_COMMAND, command);
	put(bytes, FIELD_SEQNUM, seqnum);
}

void usbip_ret_submit_encode(uint8_t bytes[USBIP_HEADER_SIZE], const struct usbip_result *result)
{
	header_begin(bytes, USBIP_RET_SUBMIT, result->seqnum);
	put(bytes, RESULT_STATUS, (uint32_t)result->status);
	put(bytes, RESULT_LENGTH, result->actual_length);
	put(bytes, RESULT_START_FRAME, result->start_frame);
	put(bytes, RESULT_PACKETS, result->packets);
	put(bytes, RESULT_ERRORS, result->error_count);
}

void usbip_ret_unlink_encode(uint8_t bytes[USBIP_HEADER_SIZE], uint32_t seqnum, int32_t status)
{
	header_begin(bytes, USBIP_RET_UNLINK, seqnum);
	put(bytes, RESULT_STATUS, (uint32_t)status);
}

void usbip_packet_encode(uint8_t bytes[USBIP_PACKET_SIZE], const struct usbip_packet *packet)
{
	put(bytes, 0, packet->offset);
	put(bytes, 4, packet->length);
	put(bytes, 8, packet->actual_length);
	put(bytes, 12, (uint32_t)packet->status);
}
