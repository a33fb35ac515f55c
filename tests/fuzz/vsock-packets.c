/*
 * A guest and its host's programs at the device, in any order: packets of any op in any number of
 * pieces, buffers of any size and number, rings that wrap and rings that lie, drivers that begin
 * anew; local peers who dial, do not read, write a lot, end half of a stream, and go.
 *
 * The first byte sets the rings up. Each step after it is four bytes: what (see enum step), and
 * three that say how. The end looks whether anything is left.
 *
 * Covers: host-broker/vsock-device/device.c host-broker/vsock-device/connection.c
 * Covers: host-broker/vsock-device/table.c host-broker/vsock-device/packet.c
 * Leaves out: the monitor (target vhost-user)
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/virtio_ring.h>
#include <linux/virtio_vsock.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/vsock-device/device.h"
#include "host-broker/vsock-device/packet.h"
#include "proto/base/log.h"
#include "proto/io/socket.h"

#define RING 16
#define BUFFER 640
#define PEERS_MAX 16
#define CID 3
#define SERVICE_PORT 1
#define GUEST_PORT 5000 /* where local peers want to go */
#define STEP_SIZE 4
#define MANY 6 /* of the largest packets fill the socket of a peer that does not read */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct ring {
	struct vring_desc descriptors[RING];
	_Alignas(16) uint16_t available[2 + RING + 1];
	_Alignas(16) uint8_t used[4 + 8 * RING + 2];
};

/* In two regions, whose border lies in the middle of what a packet may fill. */
static _Alignas(4096) struct {
	struct ring receive;
	struct ring transmit;
	uint8_t buffers[RING][BUFFER];
	uint8_t packet[PACKET_HEADER_SIZE + PACKET_PAYLOAD_MAX];
} guest;

enum { RECEIVE, TRANSMIT };

enum step {
	STEP_PACKET,
	STEP_PACKET_OF_DIALLED, /* to a stream that a local peer asked for */
	STEP_GIVE,              /* receive buffers */
	STEP_DIAL,
	STEP_ACCEPT,
	STEP_PEER, /* reads, writes, ends half, goes */
	STEP_RESTART,
	STEP_RING, /* the driver writes into its rings what it likes */
	STEPS,
};

static char folder[] = "/tmp/vmsilo-fuzz-XXXXXX";
static char path[64], listen_path[64];
static int service = -1;
static int call = -1;
static uv_loop_t loop;
static struct device *device;
static struct guest_memory memory;

/* Of one run. */
static int peers[PEERS_MAX];
static size_t peers_count;
static uint32_t dialled[4]; /* host ports of the streams that the device asked for */
static size_t dialled_count;
static uint16_t seen; /* of the used ring */
static bool strayed;  /* a descriptor is as the input wrote it: the rings may be what it leads to */

static uint64_t address_of(const void *place)
{
	return (uint64_t)((const uint8_t *)place - (const uint8_t *)&guest);
}

/* ---- the house ---- */

static void quiet(enum log_level level, const char *vm, const char *text)
{
	(void)level;
	(void)vm;
	(void)text;
}

static void queues_stop(void)
{
	virtqueue_stop(device_queue(device, RECEIVE));
	virtqueue_stop(device_queue(device, TRANSMIT));
}

static void tear_down(void)
{
	char name[80];

	queues_stop();
	device_destroy(device);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	close(service);
	close(call);
	snprintf(name, sizeof(name), "%s_%d", path, SERVICE_PORT);
	unlink(name);
	unlink(listen_path);
	rmdir(folder);
}

static void set_up(void)
{
	const size_t half = 4096 * 3;
	char name[80];

	log_set_sink(quiet);
	if (!mkdtemp(folder))
		abort();
	snprintf(path, sizeof(path), "%s/s", folder);
	snprintf(listen_path, sizeof(listen_path), "%s/l", folder);
	snprintf(name, sizeof(name), "%s_%d", path, SERVICE_PORT);
	service = socket_listen(name, 128);
	const struct device_options options = {.name = "fuzz",
		.cid = CID,
		.listen_fd = socket_listen(listen_path, 128),
		.path = path};
	call = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (service < 0 || call < 0 || options.listen_fd < 0 || uv_loop_init(&loop) < 0 ||
		device_create(&loop, &options, &device) < 0)
		abort();
	device_set_call(device, RECEIVE, call);
	device_set_call(device, TRANSMIT, call);
	memory = (struct guest_memory){.regions = {{.size = half, .host = (uint8_t *)&guest},
					       {.guest = half,
						       .user = half,
						       .size = sizeof(guest) - half,
						       .host = (uint8_t *)&guest + half}},
		.count = 2};
	atexit(tear_down);
}

static void turn(void)
{
	uv_run(&loop, UV_RUN_NOWAIT);
}

/* ---- the driver ---- */

static void ring_start(unsigned int index, struct ring *ring, bool event_idx)
{
	const struct virtqueue_layout layout = {.size = RING,
		.descriptors = address_of(ring->descriptors),
		.available = address_of(ring->available),
		.used = address_of(ring->used)};

	memset(ring, 0, sizeof(*ring));
	if (virtqueue_start(device_queue(device, index), &memory, &layout, 0, event_idx) < 0)
		abort();
}

/* The size of a receive buffer: most hold much, some a header and a little, some nothing more. */
static uint32_t buffer_size(uint8_t kinds, unsigned int index)
{
	static const uint32_t sizes[] = {
		BUFFER, BUFFER, PACKET_HEADER_SIZE + 1, PACKET_HEADER_SIZE};

	return sizes[(kinds >> (index % 4)) & 1 ? 2 + (index & 1) : 0];
}

static void rings_start(uint8_t how)
{
	bool event_idx = how & 1;

	ring_start(RECEIVE, &guest.receive, event_idx);
	ring_start(TRANSMIT, &guest.transmit, event_idx);
	for (uint16_t i = 0; i < RING; i++) {
		bool split = (how & 2) && i % 4 == 3;
		uint32_t size = buffer_size(how >> 4, i);
		guest.receive.descriptors[i] =
			(struct vring_desc){.addr = address_of(guest.buffers[i]) + (split ? 10 : 0),
				.len = split ? size - 10 : size,
				.flags = VRING_DESC_F_WRITE};
		guest.receive.available[2 + i] = i;
	}
	guest.receive.available[1] = how & 4 ? 0 : RING;
	seen = 0;
	strayed = false;
}

static void restart(uint8_t how)
{
	queues_stop();
	if (how & 8)
		device_reset(device);
	rings_start(how);
	device_kicked(device);
}

/* What the device asks for, so that a stream of a local peer can be answered. */
static void look(void)
{
	uint16_t index;

	memcpy(&index, guest.receive.used + 2, sizeof(index));
	for (; seen != index; seen++) {
		uint32_t head;
		struct packet packet;
		memcpy(&head, guest.receive.used + 4 + (size_t)8 * (seen % RING), sizeof(head));
		bool odd = head >= RING || (uint16_t)(index - seen) > RING;
		if (odd && !strayed)
			abort();
		if (odd)
			continue;
		packet_decode(guest.buffers[head], &packet);
		if (packet.op == VIRTIO_VSOCK_OP_REQUEST)
			dialled[dialled_count++ % 4] = packet.source_port;
	}
}

/* In pieces: first so many bytes, and what is left in some of the same size. */
static void packet_offer(size_t length, uint8_t pieces)
{
	static const size_t firsts[] = {SIZE_MAX, PACKET_HEADER_SIZE, 7, PACKET_HEADER_SIZE + 1};
	size_t first = firsts[pieces & 3];
	size_t piece = pieces & 4 ? length / 8 + 1 : SIZE_MAX;
	uint16_t index = 0;

	for (size_t at = 0; at < length; index++) {
		size_t here = index == 0 ? first : piece;
		if (here > length - at)
			here = length - at;
		guest.transmit.descriptors[index] =
			(struct vring_desc){.addr = address_of(guest.packet) + at,
				.len = (uint32_t)here,
				.flags = at + here < length ? VRING_DESC_F_NEXT : 0,
				.next = (uint16_t)(index + 1)};
		at += here;
	}
	guest.transmit.available[2 + guest.transmit.available[1] % RING] = 0;
	guest.transmit.available[1]++;
	device_kicked(device);
}

static void packet_say(const uint8_t *how, bool is_dialled)
{
	static const uint32_t lengths[] = {0, 1, 100, 4096, 20000, PACKET_PAYLOAD_MAX};
	static const uint32_t credits[] = {UINT32_MAX, 65536, 100, 0};
	struct packet packet = {
		.source_cid = how[1] == 255 ? CID + 1 : CID,
		.destination_cid = how[1] == 254 ? 7 : 2,
		.source_port = is_dialled ? GUEST_PORT : how[1] & 3,
		.destination_port =
			is_dialled ? dialled[how[1] & 3] : SERVICE_PORT + (how[1] == 253),
		.type = how[1] == 252 ? 2 : VIRTIO_VSOCK_TYPE_STREAM,
		.op = how[2] & 15,
		.flags = how[2] >> 4 & 3,
		.buffer_size = credits[how[2] >> 6],
		.forwarded_count = how[3] & 8 ? how[3] : 0,
	};

	if (packet.op == VIRTIO_VSOCK_OP_RW)
		packet.length = lengths[(how[3] >> 5) % 6];
	size_t length = PACKET_HEADER_SIZE + packet.length;
	/* It may say more than there is. */
	if (how[3] == 24)
		packet.length++;
	packet_encode(&packet, guest.packet);
	for (int i = 0; i < (how[1] & 4 ? MANY : 1); i++)
		packet_offer(length, how[3] & 7);
}

static void ring_write(const uint8_t *how)
{
	struct ring *ring = how[1] & 1 ? &guest.transmit : &guest.receive;

	switch (how[1] >> 1 & 3) {
	case 0: /* the event, or the flags */
		ring->available[2 + RING] = how[2];
		ring->available[0] = how[3] & 1;
		break;
	case 1:
		ring->available[1] = (uint16_t)(how[2] << 8 | how[3]);
		break;
	case 2:
		ring->available[2 + how[2] % RING] = how[3];
		break;
	default:
		memcpy((uint8_t *)ring->descriptors + how[2], &how[3], 1);
		strayed = true;
		break;
	}
	device_kicked(device);
}

/* ---- local peers ---- */

static void peer_add(int fd)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
	peers[peers_count++] = fd;
}

static void peer_remove(size_t index)
{
	close(peers[index]);
	peers[index] = peers[--peers_count];
}

static void peer_dial(const uint8_t *how)
{
	static const char *const lines[] = {"CONNECT 5000\n", "CONNECT 5000\nearly", "CONN",
		"CONNECT 99999999999\n", "\n", "connect 5000\n"};
	int fd = peers_count < PEERS_MAX ? socket_connect(listen_path) : -1;

	if (fd < 0)
		return;
	const char *line = lines[how[1] % 6];
	if (how[1] < 240 && send(fd, line, strlen(line), MSG_NOSIGNAL) < 0)
		abort();
	peer_add(fd);
}

static void peers_accept(void)
{
	while (peers_count < PEERS_MAX) {
		int fd = accept4(service, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0)
			return;
		peer_add(fd);
	}
}

static void peer_act(const uint8_t *how)
{
	static uint8_t bytes[PACKET_PAYLOAD_MAX];

	if (peers_count == 0)
		return;
	size_t index = how[1] % peers_count;
	int fd = peers[index];
	if (how[2] & 1)
		(void)!recv(fd, bytes, (size_t)how[3] * 256 + 1, 0);
	if (how[2] & 2)
		(void)!send(fd, bytes, (size_t)how[3] * 16 + 1, MSG_NOSIGNAL);
	if (how[2] & 4)
		shutdown(fd, how[3] % 3);
	if (how[2] & 8)
		peer_remove(index);
}

/* ---- all of it ---- */

static void step(const uint8_t *how)
{
	switch ((enum step)(how[0] % STEPS)) {
	case STEP_PACKET:
		packet_say(how, false);
		break;
	case STEP_PACKET_OF_DIALLED:
		packet_say(how, true);
		break;
	case STEP_GIVE:
		guest.receive.available[1] =
			(uint16_t)(device_queue(device, RECEIVE)->next_available +
				   how[1] % (RING + 1));
		device_kicked(device);
		break;
	case STEP_DIAL:
		peer_dial(how);
		break;
	case STEP_ACCEPT:
		peers_accept();
		break;
	case STEP_PEER:
		peer_act(how);
		break;
	case STEP_RESTART:
		restart(how[1]);
		break;
	case STEP_RING:
		ring_write(how);
		break;
	case STEPS:
		break;
	}
	/* A driver is quick: some steps come together. */
	if (!(how[0] & STEPS))
		turn();
	look();
}

/* Nothing of this run may be left for the next. */
static void end(void)
{
	queues_stop();
	device_reset(device);
	while (peers_count > 0)
		peer_remove(peers_count - 1);
	turn();
	for (int fd; (fd = accept4(service, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;)
		close(fd);
	turn();
	device_reset(device);
	if (device_connections(device) > 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!device)
		set_up();
	if (size == 0)
		return 0;
	dialled_count = 0;
	rings_start(data[0]);
	for (size_t at = 1; at + STEP_SIZE <= size; at += STEP_SIZE)
		step(data + at);
	end();
	return 0;
}
