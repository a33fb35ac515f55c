/*
 * Messages of the vhost-user protocol, as QEMU's docs/interop/vhost-user.rst has them: a header of
 * request, flags and size, a payload, and descriptors beside it; numbers are in the machine's byte
 * order. Only what a vsock device is asked is here.
 */
#ifndef VMSILO_BROKER_VSOCK_DEVICE_VHOST_USER_H
#define VMSILO_BROKER_VSOCK_DEVICE_VHOST_USER_H

#include <stddef.h>
#include <stdint.h>

#include "host-broker/vsock-device/memory.h"

enum vhost_user_request {
	VHOST_USER_GET_FEATURES = 1,
	VHOST_USER_SET_FEATURES = 2,
	VHOST_USER_SET_OWNER = 3,
	VHOST_USER_RESET_OWNER = 4,
	VHOST_USER_SET_MEM_TABLE = 5,
	VHOST_USER_SET_VRING_NUM = 8,
	VHOST_USER_SET_VRING_ADDR = 9,
	VHOST_USER_SET_VRING_BASE = 10,
	VHOST_USER_GET_VRING_BASE = 11,
	VHOST_USER_SET_VRING_KICK = 12,
	VHOST_USER_SET_VRING_CALL = 13,
	VHOST_USER_SET_VRING_ERR = 14,
	VHOST_USER_GET_PROTOCOL_FEATURES = 15,
	VHOST_USER_SET_PROTOCOL_FEATURES = 16,
	VHOST_USER_GET_QUEUE_NUM = 17,
	VHOST_USER_SET_VRING_ENABLE = 18,
	VHOST_USER_GET_CONFIG = 24,
	VHOST_USER_SET_CONFIG = 25,
	VHOST_USER_REQUESTS, /* one more than the highest that is known here */
};

#define VHOST_USER_F_PROTOCOL_FEATURES 30 /* bit of the virtio features */
#define VHOST_USER_PROTOCOL_F_REPLY_ACK 3 /* bits of the protocol features */
#define VHOST_USER_PROTOCOL_F_CONFIG 9

#define VHOST_USER_VERSION 0x1u
#define VHOST_USER_VERSION_MASK 0x3u
#define VHOST_USER_REPLY 0x4u
#define VHOST_USER_NEED_REPLY 0x8u

#define VHOST_USER_VRING_INDEX_MASK 0xffu /* in the payload of KICK, CALL and ERR */
#define VHOST_USER_VRING_NO_FD 0x100u

#define VHOST_USER_CONFIG_MAX 256
#define VHOST_USER_FDS_MAX GUEST_MEMORY_REGIONS_MAX
#define VHOST_USER_HEADER_SIZE 12

struct vhost_user_vring_state {
	uint32_t index;
	uint32_t number;
};

struct vhost_user_vring_address {
	uint32_t index;
	uint32_t flags;
	uint64_t descriptors;
	uint64_t used;
	uint64_t available;
	uint64_t log;
};

struct vhost_user_region {
	uint64_t guest;
	uint64_t size;
	uint64_t user;
	uint64_t offset;
};

struct vhost_user_memory {
	uint32_t count;
	uint32_t padding;
	struct vhost_user_region regions[GUEST_MEMORY_REGIONS_MAX];
};

struct vhost_user_config {
	uint32_t offset;
	uint32_t size;
	uint32_t flags;
	uint8_t bytes[VHOST_USER_CONFIG_MAX];
};

struct vhost_user_message {
	uint32_t request;
	uint32_t flags;
	uint32_t size; /* of the payload, at most its union's */
	union {
		uint64_t number;
		struct vhost_user_vring_state state;
		struct vhost_user_vring_address address;
		struct vhost_user_memory memory;
		struct vhost_user_config config;
	} payload;
	/* Came with it. Close-on-exec. A handler that keeps one puts -1 in its place. */
	int fds[VHOST_USER_FDS_MAX];
	unsigned int fds_count;
};

/* Reads on with what arrives; bytes and descriptors of a message may come in pieces. */
struct vhost_user_reader {
	struct vhost_user_message message;
	size_t length; /* of header and payload, so far */
};

/* 1: reader->message is whole, to be dealt with and then released; 0: more is to come; UV_EOF;
 * UV_EPROTO for a version, size or number of descriptors that cannot be. */
int vhost_user_read(struct vhost_user_reader *reader, int socket);
/* Closes the descriptors that were not kept and begins anew. */
void vhost_user_release(struct vhost_user_reader *reader);
/* Answers message with the first size bytes of its payload. */
int vhost_user_reply(int socket, const struct vhost_user_message *message, uint32_t size);

#endif
