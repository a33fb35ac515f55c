/*
 * The header of a vsock packet: the virtual I/O specification 1.2, section 5.10.6 (struct
 * virtio_vsock_hdr), in the host's byte order. Pure.
 */
#ifndef VMSILO_BROKER_VSOCK_DEVICE_PACKET_H
#define VMSILO_BROKER_VSOCK_DEVICE_PACKET_H

#include <stdint.h>

#define PACKET_HEADER_SIZE 44
#define PACKET_PAYLOAD_MAX 65536 /* what Linux sends at most, and so what we take */

struct packet {
	uint64_t source_cid;
	uint64_t destination_cid;
	uint32_t source_port;
	uint32_t destination_port;
	uint32_t length; /* of the payload */
	uint16_t type;   /* enum virtio_vsock_type */
	uint16_t op;     /* enum virtio_vsock_op */
	uint32_t flags;
	uint32_t buffer_size;     /* buf_alloc: what the sender can keep for its reader */
	uint32_t forwarded_count; /* fwd_cnt: what its reader has taken so far, modulo 2^32 */
};

void packet_encode(const struct packet *packet, uint8_t out[PACKET_HEADER_SIZE]);
void packet_decode(const uint8_t bytes[PACKET_HEADER_SIZE], struct packet *ret);

#endif
