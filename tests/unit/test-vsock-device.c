/* The vsock device's parts: the guest's memory, its queues, packets and streams. */
#include <endian.h>
#include <linux/virtio_ring.h>
#include <linux/virtio_vsock.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host-broker/vsock-device/connection.h"
#include "host-broker/vsock-device/memory.h"
#include "host-broker/vsock-device/packet.h"
#include "host-broker/vsock-device/virtqueue.h"
#include "tests/lib/test.h"

/* ---- a guest of two regions that touch, above 4 GiB ---- */

#define SIZE 128
#define REGION 0x8000u
#define GUEST UINT64_C(0x100000000)
#define USER UINT64_C(0x7f0000000000)
#define AVAILABLE 0x1000
#define USED 0x2000
#define BUFFERS 0x4000

static _Alignas(4096) uint8_t first[REGION];
static _Alignas(4096) uint8_t second[REGION];
static const struct guest_memory memory = {
	.regions = {{GUEST, USER, REGION, first},
		{GUEST + REGION, USER + 0x100000, REGION, second}},
	.count = 2};
static const struct virtqueue_layout layout = {
	.size = SIZE, .descriptors = USER, .available = USER + AVAILABLE, .used = USER + USED};
static struct virtqueue queue;
static struct virtqueue_chain chain;

static void describe(
	uint16_t index, uint64_t address, uint32_t length, uint16_t flags, uint16_t next)
{
	((struct vring_desc *)first)[index] = (struct vring_desc){
		htole64(address), htole32(length), htole16(flags), htole16(next)};
}

static uint16_t *available(void)
{
	return (uint16_t *)(first + AVAILABLE);
}

static uint16_t *used(void)
{
	return (uint16_t *)(first + USED);
}

static void offer(uint16_t head)
{
	available()[2 + available()[1] % SIZE] = head;
	available()[1]++;
}

static void start(bool event_idx)
{
	memset(first, 0, sizeof(first));
	assert_int_equal(virtqueue_start(&queue, &memory, &layout, 0, event_idx), 0);
}

static void assert_broken(const char *reason)
{
	assert_int_equal(virtqueue_pop(&queue, &chain), UV_EPROTO);
	assert_non_null(strstr(queue.reason, reason));
	assert_int_equal(virtqueue_pop(&queue, &chain), UV_EPROTO);
	assert_false(virtqueue_want_kick(&queue));
}

static void test_memory(void **state)
{
	struct guest_memory mapped = {0};
	int fd = memfd_create("guest", MFD_CLOEXEC);
	uint64_t length = 100;

	(void)state;
	assert_int_equal(ftruncate(fd, 3 * 4096), 0);
	assert_int_equal(guest_memory_map(&mapped, 0, 0, 0, 0, fd), UV_EINVAL);
	assert_int_equal(guest_memory_map(&mapped, 0, 0, 4096, 1, fd), UV_EINVAL);
	assert_int_equal(guest_memory_map(&mapped, 0, 0, 3 * 4096, 4096, fd), UV_EINVAL);
	assert_int_equal(guest_memory_map(&mapped, UINT64_MAX - 10, 0, 4096, 0, fd), UV_EINVAL);
	assert_int_equal(guest_memory_map(&mapped, 0, UINT64_MAX - 10, 4096, 0, fd), UV_EINVAL);
	assert_int_equal(guest_memory_map(&mapped, 0, 0, UINT64_MAX, 0, fd), UV_EINVAL);
	assert_int_equal(mapped.count, 0);
	for (unsigned int i = 0; i < GUEST_MEMORY_REGIONS_MAX; i++)
		assert_int_equal(guest_memory_map(&mapped, i * 4096, 4096 * i, 4096, 4096, fd), 0);
	assert_int_equal(guest_memory_map(&mapped, 1 << 20, 1 << 20, 4096, 0, fd), UV_ENOSPC);
	assert_int_equal(pwrite(fd, "x", 1, 4096 + 4000), 1);
	assert_int_equal(*guest_memory_at(&mapped, 4000, &length), 'x');
	assert_int_equal(length, 96);
	guest_memory_unmap(&mapped);
	assert_null(guest_memory_at(&mapped, 0, &length));
	close(fd);

	assert_ptr_equal(guest_memory_at_user(&memory, USER + 8, REGION - 8), first + 8);
	assert_null(guest_memory_at_user(&memory, USER + 8, REGION));
	assert_null(guest_memory_at_user(&memory, USER - 1, 1));
}

static void test_layout(void **state)
{
	static const struct virtqueue_layout wrong[] = {
		{0, USER, USER + AVAILABLE, USER + USED},
		{3, USER, USER + AVAILABLE, USER + USED},
		{2 * VIRTQUEUE_SIZE_MAX, USER, USER + AVAILABLE, USER + USED},
		{SIZE, USER + 8, USER + AVAILABLE, USER + USED},
		{SIZE, USER, USER + AVAILABLE + 1, USER + USED},
		{SIZE, USER, USER + AVAILABLE, USER + USED + 2},
		{SIZE, USER - 4096, USER + AVAILABLE, USER + USED},
		{SIZE, USER, USER + REGION - SIZE, USER + USED},
		{SIZE, USER, USER + AVAILABLE, USER + REGION - SIZE},
		{SIZE, UINT64_MAX - 15, USER + AVAILABLE, USER + USED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(virtqueue_start(&queue, &memory, &wrong[i], 0, true), UV_EINVAL);
	start(true);
	assert_int_equal(virtqueue_pop(&queue, &chain), 0);
	virtqueue_stop(&queue);
	offer(0);
	assert_int_equal(virtqueue_pop(&queue, &chain), 0);
}

static void test_chains(void **state)
{
	(void)state;
	start(true);
	describe(5, GUEST + BUFFERS, 44, VRING_DESC_F_NEXT, 9);
	describe(9, GUEST + REGION - 10, 30, VRING_DESC_F_NEXT, 2);
	describe(2, GUEST + REGION + 100, 7, VRING_DESC_F_WRITE, 0);
	offer(5);
	assert_int_equal(virtqueue_pop(&queue, &chain), 1);
	assert_int_equal(chain.head, 5);
	assert_int_equal(chain.readable_count, 3);
	assert_int_equal(chain.readable_length, 74);
	assert_int_equal(chain.writable_count, 1);
	assert_int_equal(chain.writable_length, 7);
	assert_ptr_equal(chain.parts[0].iov_base, first + BUFFERS);
	assert_ptr_equal(chain.parts[1].iov_base, first + REGION - 10);
	assert_int_equal(chain.parts[1].iov_len, 10);
	assert_ptr_equal(chain.parts[2].iov_base, second);
	assert_int_equal(chain.parts[2].iov_len, 20);
	assert_ptr_equal(chain.parts[3].iov_base, second + 100);

	virtqueue_unpop(&queue);
	assert_int_equal(virtqueue_pop(&queue, &chain), 1);
	virtqueue_push(&queue, &chain, 3);
	assert_int_equal(used()[1], 1);
	assert_int_equal(((uint32_t *)(first + USED))[1], 5);
	assert_int_equal(((uint32_t *)(first + USED))[2], 3);
	assert_int_equal(virtqueue_pop(&queue, &chain), 0);
}

static void test_broken_chains(void **state)
{
	(void)state;
	start(true);
	describe(0, GUEST + BUFFERS, 1, VRING_DESC_F_NEXT, 1);
	describe(1, GUEST + BUFFERS, 0, VRING_DESC_F_NEXT, 1);
	offer(0);
	assert_broken("loops");
	start(true);
	describe(0, GUEST + BUFFERS, 1, VRING_DESC_F_NEXT, SIZE);
	offer(0);
	assert_broken("next points outside");
	start(true);
	offer(SIZE);
	assert_broken("starts outside");
	start(true);
	available()[1] = SIZE + 1;
	assert_broken("more chains");
	start(true);
	describe(0, GUEST + BUFFERS, 16, VRING_DESC_F_INDIRECT, 0);
	offer(0);
	assert_broken("indirect");
	start(true);
	describe(0, GUEST + BUFFERS, 1, VRING_DESC_F_WRITE | VRING_DESC_F_NEXT, 1);
	describe(1, GUEST + BUFFERS, 1, 0, 0);
	offer(0);
	assert_broken("readable descriptor follows");
	start(true);
	describe(0, GUEST - 1, 1, 0, 0);
	offer(0);
	assert_broken("outside of the guest");
	start(true);
	describe(0, GUEST + 2 * REGION - 4, 5, 0, 0);
	offer(0);
	assert_broken("outside of the guest");
	start(true);
	describe(0, UINT64_MAX - 1, 4, 0, 0);
	offer(0);
	assert_broken("wraps");
	start(true);
	for (uint16_t i = 0; i <= VIRTQUEUE_PARTS_MAX; i++)
		describe(i, GUEST + BUFFERS, 1, i < VIRTQUEUE_PARTS_MAX ? VRING_DESC_F_NEXT : 0,
			(uint16_t)(i + 1));
	offer(0);
	assert_broken("too many parts");
}

static void take_one(void)
{
	assert_int_equal(virtqueue_pop(&queue, &chain), 1);
	virtqueue_push(&queue, &chain, 0);
}

static void test_notifications(void **state)
{
	(void)state;
	start(true);
	describe(0, GUEST + BUFFERS, 1, 0, 0);
	/* Asked for at entry 1: one kick, when the second chain comes. */
	offer(0);
	take_one();
	assert_false(virtqueue_want_kick(&queue));
	assert_int_equal(used()[2 + 4 * SIZE], 1);
	offer(0);
	assert_true(virtqueue_want_kick(&queue));
	/* The guest wants an interrupt when entry 3 is used. */
	assert_true(virtqueue_wants_call(&queue));
	available()[2 + SIZE] = 3;
	offer(0);
	take_one();
	take_one();
	assert_false(virtqueue_wants_call(&queue));
	offer(0);
	take_one();
	assert_true(virtqueue_wants_call(&queue));
	assert_false(virtqueue_wants_call(&queue));

	start(false);
	describe(0, GUEST + BUFFERS, 1, 0, 0);
	assert_int_equal(used()[0], VRING_USED_F_NO_NOTIFY);
	assert_false(virtqueue_want_kick(&queue));
	assert_int_equal(used()[0], 0);
	offer(0);
	take_one();
	assert_true(virtqueue_wants_call(&queue));
	available()[0] = VRING_AVAIL_F_NO_INTERRUPT;
	offer(0);
	take_one();
	assert_false(virtqueue_wants_call(&queue));
}

static void test_packet(void **state)
{
	const struct packet packet = {.source_cid = 2,
		.destination_cid = 3,
		.source_port = 0x01020304,
		.destination_port = 5,
		.length = 6,
		.type = 1,
		.op = 7,
		.flags = 8,
		.buffer_size = 9,
		.forwarded_count = 10};
	struct packet again;
	uint8_t bytes[PACKET_HEADER_SIZE];
	uint8_t bytes_again[PACKET_HEADER_SIZE];

	(void)state;
	packet_encode(&packet, bytes);
	assert_int_equal(bytes[0], 2);
	assert_int_equal(bytes[8], 3);
	assert_int_equal(bytes[16], 4);
	assert_int_equal(bytes[19], 1);
	assert_int_equal(bytes[24], 6);
	assert_int_equal(bytes[30], 7);
	assert_int_equal(bytes[40], 10);
	packet_decode(bytes, &again);
	packet_encode(&again, bytes_again);
	assert_memory_equal(bytes, bytes_again, sizeof(bytes));
}

/* ---- streams ---- */

static uv_loop_t loop;
static struct connection *stream;
static int peer; /* the local one */
static uint32_t asked;

static void on_line(void *data, struct connection *connection, uint32_t port)
{
	(void)data;
	asked = port;
	connection_request(connection, port, 0x40000001);
}

static void on_change(void *data, struct connection *connection)
{
	(void)data;
	(void)connection;
}

static void on_settle(void *data, struct connection *connection)
{
	(void)data;
	connection_watch(connection);
}

static const struct connection_callbacks callbacks = {on_line, on_change, on_settle};

static void turn(void)
{
	uv_run(&loop, UV_RUN_NOWAIT);
	uv_run(&loop, UV_RUN_NOWAIT);
}

static void guest_says(
	uint16_t op, uint32_t flags, const void *bytes, size_t length, uint32_t credit)
{
	const struct packet packet = {.type = 1,
		.op = op,
		.flags = flags,
		.length = (uint32_t)length,
		.buffer_size = credit,
		.forwarded_count = stream->guest_forwarded};
	const struct iovec part = {(void *)bytes, length};

	connection_take(stream, &packet, &part, 1);
}

/* The next packet's op; its payload in text. 0: there is none. */
static unsigned int next(char text[64], struct packet *packet)
{
	char place[64] = "";
	const struct iovec part = {place, sizeof(place) - 1};
	bool made = connection_next(stream, &part, 1, packet);

	connection_watch(stream);
	if (text)
		memcpy(text, place, sizeof(place));
	return made ? packet->op : 0;
}

static void open_stream(uint32_t credit)
{
	const struct packet request = {
		.source_port = 7, .destination_port = 4999, .buffer_size = credit};
	struct packet packet;
	int pair[2];

	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	peer = pair[1];
	assert_int_equal(connection_answer(&loop, pair[0], &request, &callbacks, NULL, &stream), 0);
	assert_int_equal(next(NULL, &packet), VIRTIO_VSOCK_OP_RESPONSE);
	assert_int_equal(packet.source_port, 4999);
	assert_int_equal(packet.destination_port, 7);
	assert_int_equal(packet.buffer_size, CONNECTION_BUFFER_SIZE);
}

static void end_stream(void)
{
	connection_free(stream);
	if (peer >= 0)
		close(peer);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void test_line(void **state)
{
	struct packet packet;
	char text[64];
	int pair[2];

	(void)state;
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
	peer = pair[1];
	assert_int_equal(connection_accept(&loop, pair[0], &callbacks, NULL, &stream), 0);
	assert_int_equal(write(peer, "CONN", 4), 4);
	turn();
	assert_int_equal(stream->state, CONNECTION_LINE);
	assert_int_equal(write(peer, "ECT 5000\nearly", 14), 14);
	turn();
	assert_int_equal(asked, 5000);
	assert_int_equal(next(NULL, &packet), VIRTIO_VSOCK_OP_REQUEST);
	assert_int_equal(packet.destination_port, 5000);
	assert_int_equal(next(NULL, &packet), 0);
	guest_says(VIRTIO_VSOCK_OP_RESPONSE, 0, NULL, 0, 4096);
	assert_int_equal(read(peer, text, sizeof(text)), 14);
	assert_memory_equal(text, "OK 1073741825\n", 14);
	turn();
	assert_int_equal(next(text, &packet), VIRTIO_VSOCK_OP_RW);
	assert_string_equal(text, "early");
	end_stream();
}

static void test_small_writes_merge(void **state)
{
	struct packet packet;
	char text[64];

	(void)state;
	open_stream(4096);
	for (int i = 0; i < 5; i++)
		assert_int_equal(write(peer, "ab", 2), 2);
	turn();
	assert_int_equal(next(text, &packet), VIRTIO_VSOCK_OP_RW);
	assert_int_equal(packet.length, 10);
	assert_int_equal(next(NULL, &packet), 0);
	end_stream();
}

static void test_credit_of_the_guest(void **state)
{
	struct packet packet;
	char text[64];

	(void)state;
	open_stream(3);
	assert_int_equal(write(peer, "abcdef", 6), 6);
	turn();
	assert_int_equal(next(text, &packet), VIRTIO_VSOCK_OP_RW);
	assert_string_equal(text, "abc");
	assert_int_equal(next(NULL, &packet), VIRTIO_VSOCK_OP_CREDIT_REQUEST);
	assert_int_equal(next(NULL, &packet), 0);
	assert_false(connection_has_next(stream));
	/* A guest that took more than it was sent has no room. */
	stream->guest_forwarded = 9;
	guest_says(VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0, NULL, 0, 3);
	assert_int_equal(next(NULL, &packet), VIRTIO_VSOCK_OP_CREDIT_REQUEST);
	stream->guest_forwarded = 2;
	guest_says(VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0, NULL, 0, 3);
	assert_int_equal(next(text, &packet), VIRTIO_VSOCK_OP_RW);
	assert_string_equal(text, "de");
	end_stream();
}

/* A local peer that does not read: the guest may fill our buffer and no more, and hears of room. */
static void test_credit_of_ours(void **state)
{
	static char bytes[65536];
	struct packet packet;

	(void)state;
	open_stream(4096);
	while (bytes_length(&stream->buffer) + sizeof(bytes) <= CONNECTION_BUFFER_SIZE)
		guest_says(VIRTIO_VSOCK_OP_RW, 0, bytes, sizeof(bytes), 4096);
	assert_int_equal(stream->state, CONNECTION_OPEN);
	while (next(NULL, &packet))
		;
	size_t taken = 0;
	while (stream->forwarded - stream->told < CONNECTION_BUFFER_SIZE / 2) {
		ssize_t length = read(peer, bytes, sizeof(bytes));
		if (length > 0)
			taken += (size_t)length;
		turn();
	}
	assert_true(taken > 0);
	assert_int_equal(next(NULL, &packet), VIRTIO_VSOCK_OP_CREDIT_UPDATE);
	assert_int_equal(packet.forwarded_count, stream->forwarded);
	guest_says(VIRTIO_VSOCK_OP_CREDIT_REQUEST, 0, NULL, 0, 4096);
	assert_int_equal(next(NULL, &packet), VIRTIO_VSOCK_OP_CREDIT_UPDATE);
	for (int i = 0; i < 100 && stream->state == CONNECTION_OPEN; i++)
		guest_says(VIRTIO_VSOCK_OP_RW, 0, bytes, sizeof(bytes), 4096);
	assert_int_equal(next(NULL, &packet), VIRTIO_VSOCK_OP_RST);
	assert_int_equal(stream->state, CONNECTION_OVER);
	end_stream();
}

static void test_local_half_close(void **state)
{
	struct packet packet;
	char text[64];

	(void)state;
	open_stream(4096);
	assert_int_equal(write(peer, "last", 4), 4);
	shutdown(peer, SHUT_WR);
	turn();
	assert_int_equal(next(text, &packet), VIRTIO_VSOCK_OP_RW);
	turn();
	assert_int_equal(next(NULL, &packet), VIRTIO_VSOCK_OP_SHUTDOWN);
	assert_int_equal(packet.flags, VIRTIO_VSOCK_SHUTDOWN_SEND);
	guest_says(VIRTIO_VSOCK_OP_RW, 0, "answer", 6, 4096);
	assert_int_equal(read(peer, text, sizeof(text)), 6);
	close(peer);
	peer = -1;
	turn();
	assert_int_equal(next(NULL, &packet), VIRTIO_VSOCK_OP_SHUTDOWN);
	assert_int_equal(packet.flags, 3);
	assert_int_equal(stream->state, CONNECTION_CLOSING);
	guest_says(VIRTIO_VSOCK_OP_RST, 0, NULL, 0, 4096);
	assert_int_equal(stream->state, CONNECTION_OVER);
	end_stream();
}

static void test_guest_ends(void **state)
{
	struct packet packet;
	char text[64];

	(void)state;
	open_stream(4096);
	guest_says(VIRTIO_VSOCK_OP_RW, 0, "bye", 3, 4096);
	guest_says(VIRTIO_VSOCK_OP_SHUTDOWN, VIRTIO_VSOCK_SHUTDOWN_SEND, NULL, 0, 4096);
	assert_int_equal(read(peer, text, sizeof(text)), 3);
	assert_int_equal(read(peer, text, sizeof(text)), 0);
	assert_int_equal(write(peer, "still", 5), 5);
	turn();
	assert_int_equal(next(text, &packet), VIRTIO_VSOCK_OP_RW);
	guest_says(VIRTIO_VSOCK_OP_SHUTDOWN, VIRTIO_VSOCK_SHUTDOWN_RCV, NULL, 0, 4096);
	assert_int_equal(next(NULL, &packet), VIRTIO_VSOCK_OP_RST);
	assert_int_equal(stream->state, CONNECTION_OVER);
	end_stream();
}

/* The guest closes and forgets while the local peer has yet to read: nothing is lost. */
static void test_draining(void **state)
{
	static char bytes[65536];
	size_t sent = 0;
	size_t got = 0;

	(void)state;
	open_stream(4096);
	while (bytes_length(&stream->buffer) == 0) {
		guest_says(VIRTIO_VSOCK_OP_RW, 0, bytes, sizeof(bytes), 4096);
		sent += sizeof(bytes);
	}
	guest_says(VIRTIO_VSOCK_OP_RST, 0, NULL, 0, 4096);
	assert_int_equal(stream->state, CONNECTION_DRAINING);
	for (;;) {
		ssize_t length = read(peer, bytes, sizeof(bytes));
		if (length == 0)
			break;
		if (length > 0)
			got += (size_t)length;
		turn();
	}
	assert_int_equal(got, sent);
	assert_int_equal(stream->state, CONNECTION_OVER);
	end_stream();
}

static void test_wrong_order(void **state)
{
	static const uint16_t ops[] = {VIRTIO_VSOCK_OP_INVALID, VIRTIO_VSOCK_OP_REQUEST,
		VIRTIO_VSOCK_OP_RESPONSE, 8, 0xffff};
	struct packet packet;
	char text[64];

	(void)state;
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		open_stream(4096);
		guest_says(ops[i], 0, NULL, 0, 4096);
		assert_int_equal(next(NULL, &packet), VIRTIO_VSOCK_OP_RST);
		assert_int_equal(read(peer, text, sizeof(text)), 0);
		end_stream();
	}
	open_stream(4096);
	guest_says(VIRTIO_VSOCK_OP_SHUTDOWN, VIRTIO_VSOCK_SHUTDOWN_SEND, NULL, 0, 4096);
	guest_says(VIRTIO_VSOCK_OP_RW, 0, "more", 4, 4096);
	assert_int_equal(next(NULL, &packet), VIRTIO_VSOCK_OP_RST);
	end_stream();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_chains),
		cmocka_unit_test(test_broken_chains),
		cmocka_unit_test(test_notifications),
		cmocka_unit_test(test_packet),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_small_writes_merge),
		cmocka_unit_test(test_credit_of_the_guest),
		cmocka_unit_test(test_credit_of_ours),
		cmocka_unit_test(test_local_half_close),
		cmocka_unit_test(test_guest_ends),
		cmocka_unit_test(test_draining),
		cmocka_unit_test(test_wrong_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
