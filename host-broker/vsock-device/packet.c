#include "host-broker/vsock-device/packet.h"

#include <assert.h>
#include <endian.h>
#include <linux/virtio_vsock.h>
#include <string.h>

static_assert(sizeof(struct virtio_vsock_hdr) == PACKET_HEADER_SIZE, "the header has no padding");

void packet_encode(const struct packet *packet, uint8_t out[PACKET_HEADER_SIZE])
{
	const struct virtio_vsock_hdr header = {
		.src_cid = htole64(packet->source_cid),
		.dst_cid = htole64(packet->destination_cid),
		.src_port = htole32(packet->source_port),
		.dst_port = htole32(packet->destination_port),
		.len = htole32(packet->length),
		.type = htole16(packet->type),
		.op = htole16(packet->op),
		.flags = htole32(packet->flags),
		.buf_alloc = htole32(packet->buffer_size),
		.fwd_cnt = htole32(packet->forwarded_count),
	};

	memcpy(out, &header, sizeof(header));
}

void packet_decode(const uint8_t bytes[PACKET_HEADER_SIZE], struct packet *ret)
{
	struct virtio_vsock_hdr header;

	memcpy(&header, bytes, sizeof(header));
	*ret = (struct packet){
		.source_cid = le64toh(header.src_cid),
		.destination_cid = le64toh(header.dst_cid),
		.source_port = le32toh(header.src_port),
		.destination_port = le32toh(header.dst_port),
		.length = le32toh(header.len),
		.type = le16toh(header.type),
		.op = le16toh(header.op),
		.flags = le32toh(header.flags),
		.buffer_size = le32toh(header.buf_alloc),
		.forwarded_count = le32toh(header.fwd_cnt),
	};
}
