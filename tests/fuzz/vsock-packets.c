/* What a guest may send on a sound queue: packets of any kind in any order, with a local peer on
 * port 1 that answers everything with what it got. Each record: a byte for the payload's length,
 * the header, the payload. */
#include <errno.h>
#include <linux/virtio_ring.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/vsock-device/device.h"
#include "host-broker/vsock-device/packet.h"
#include "proto/socket.h"

#define RECEIVE_SIZE 64
#define TRANSMIT_SIZE 2
#define BUFFER 512
#define CID 3

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Alignas(4096) struct {
	struct vring_desc receive_descriptors[RECEIVE_SIZE];
	struct vring_desc transmit_descriptors[TRANSMIT_SIZE];
	_Alignas(16) uint16_t receive_available[2 + RECEIVE_SIZE + 1];
	_Alignas(16) uint16_t transmit_available[2 + TRANSMIT_SIZE + 1];
	_Alignas(16) uint8_t receive_used[4 + 8 * RECEIVE_SIZE + 2];
	_Alignas(16) uint8_t transmit_used[4 + 8 * TRANSMIT_SIZE + 2];
	uint8_t packet[PACKET_HEADER_SIZE + 256];
	uint8_t buffers[RECEIVE_SIZE][BUFFER];
} guest;

static char folder[] = "/tmp/vmsilo-fuzz-XXXXXX";
static char path[64];
static int peer;
static uv_loop_t loop;
static struct device *device;
static struct guest_memory memory;

static uint64_t address_of(const void *place)
{
	return (uint64_t)((const uint8_t *)place - (const uint8_t *)&guest);
}

static void folder_remove(void)
{
	char name[80];

	device_queue(device, 0)->memory = device_queue(device, 1)->memory = NULL;
	device_destroy(device);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	close(peer);
	snprintf(name, sizeof(name), "%s_1", path);
	unlink(name);
	rmdir(folder);
}

static void set_up(void)
{
	char name[80];
	int pair[2];

	if (!mkdtemp(folder) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) < 0)
		abort();
	close(pair[1]);
	snprintf(path, sizeof(path), "%s/s", folder);
	snprintf(name, sizeof(name), "%s_1", path);
	peer = socket_listen(name, 128);
	const struct device_options options = {
		.name = "fuzz", .cid = CID, .listen_fd = pair[0], .path = path};
	if (peer < 0 || uv_loop_init(&loop) < 0 || device_create(&loop, &options, &device) < 0)
		abort();
	memory = (struct guest_memory){
		.regions = {{.size = sizeof(guest), .host = (uint8_t *)&guest}}, .count = 1};
	atexit(folder_remove);
}

static void queues_start(void)
{
	const struct virtqueue_layout receive = {.size = RECEIVE_SIZE,
		.descriptors = address_of(guest.receive_descriptors),
		.available = address_of(guest.receive_available),
		.used = address_of(guest.receive_used)};
	const struct virtqueue_layout transmit = {.size = TRANSMIT_SIZE,
		.descriptors = address_of(guest.transmit_descriptors),
		.available = address_of(guest.transmit_available),
		.used = address_of(guest.transmit_used)};

	memset(&guest, 0, sizeof(guest));
	for (uint16_t i = 0; i < RECEIVE_SIZE; i++) {
		guest.receive_descriptors[i] =
			(struct vring_desc){.addr = address_of(guest.buffers[i]),
				.len = BUFFER,
				.flags = VRING_DESC_F_WRITE};
		guest.receive_available[2 + i] = i;
	}
	if (virtqueue_start(device_queue(device, 0), &memory, &receive, 0, false) < 0 ||
		virtqueue_start(device_queue(device, 1), &memory, &transmit, 0, false) < 0)
		abort();
}

static void send_packet(const uint8_t *bytes, size_t length)
{
	struct packet packet;
	uint8_t header[PACKET_HEADER_SIZE];

	memcpy(header, bytes, sizeof(header));
	packet_decode(header, &packet);
	/* So that most of what is tried gets beyond the first checks. */
	if (packet.source_cid % 8 != 7)
		packet.source_cid = CID;
	if (packet.destination_cid % 8 != 7)
		packet.destination_cid = 2;
	packet.source_port %= 4;
	packet.destination_port %= 4;
	packet.type = packet.type % 8 == 7 ? 2 : 1;
	packet.op %= 10;
	if (packet.length > length - PACKET_HEADER_SIZE)
		packet.length = (uint32_t)(length - PACKET_HEADER_SIZE);
	packet_encode(&packet, guest.packet);
	memcpy(guest.packet + PACKET_HEADER_SIZE, bytes + PACKET_HEADER_SIZE,
		length - PACKET_HEADER_SIZE);
	guest.transmit_descriptors[0] =
		(struct vring_desc){.addr = address_of(guest.packet), .len = (uint32_t)length};
	guest.transmit_available[1]++;
	guest.receive_available[1] =
		(uint16_t)(device_queue(device, 0)->next_available + RECEIVE_SIZE);
	device_kicked(device);
}

static void peers_serve(int *fds, size_t *count, size_t most)
{
	uint8_t bytes[1024];

	while (*count < most) {
		int fd = accept4(peer, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			break;
		fds[(*count)++] = fd;
	}
	for (size_t i = 0; i < *count; i++) {
		ssize_t length = recv(fds[i], bytes, sizeof(bytes), 0);
		if (length > 0 && send(fds[i], bytes, (size_t)length, MSG_NOSIGNAL) < 0)
			continue;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fds[32];
	size_t count = 0;

	if (!device)
		set_up();
	queues_start();
	for (size_t at = 0; at + 1 + PACKET_HEADER_SIZE <= size;) {
		size_t length = PACKET_HEADER_SIZE + data[at++];
		if (length > size - at)
			length = size - at;
		send_packet(data + at, length);
		at += length;
		peers_serve(fds, &count, 32);
		uv_run(&loop, UV_RUN_NOWAIT);
		if (device_queue(device, 1)->broken)
			abort(); /* the queue itself was sound */
	}
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
	device_reset(device);
	uv_run(&loop, UV_RUN_NOWAIT);
	return 0;
}
