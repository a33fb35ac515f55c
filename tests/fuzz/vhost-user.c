/*
 * What a monitor in its guest's hands says to the back end: any request with any payload, with
 * descriptors of any kind, in pieces, and the guest's memory written meanwhile.
 *
 * The first byte chooses the features. Each step after it is four bytes: the message (or what is
 * done between two), and three that say how.
 *
 * Covers: host-broker/vsock-device/backend.c host-broker/vsock-device/vhost-user.c
 * Covers: host-broker/vsock-device/memory.c
 * Leaves out: packets (target vsock-packets)
 */
#include "host-broker/vsock-device/vhost-user.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/vsock-device/backend.h"
#include "proto/base/log.h"
#include "proto/io/socket.h"

#define MEMORY (64 * 1024)
#define USER 0x10000 /* the front end's address of it */
#define RING 16
#define STEP_SIZE 4
#define FDS 6

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/vmsilo-fuzz-XXXXXX";
static char path[64], vhost_path[64];
static uv_loop_t loop;
static struct device *device;
static struct backend *backend;

/* What a monitor can hand over; and the guest's memory, mapped. */
enum { FD_MEMORY, FD_EVENT, FD_FULL, FD_PIPE_READ, FD_PIPE_WRITE, FD_CLOSED_PIPE };
static int fds[FDS];
static uint8_t *memory;

/* ---- the house ---- */

static void quiet(enum log_level level, const char *vm, const char *text)
{
	(void)level;
	(void)vm;
	(void)text;
}

static void on_alone(void *data)
{
	(void)data;
}

static void tear_down(void)
{
	backend_destroy(backend);
	device_destroy(device);
	uv_run(&loop, UV_RUN_DEFAULT);
	uv_loop_close(&loop);
	for (int i = 0; i < FDS; i++)
		close(fds[i]);
	munmap(memory, MEMORY);
	unlink(path);
	unlink(vhost_path);
	rmdir(folder);
}

static void fds_open(void)
{
	int ends[2], closed[2];

	fds[FD_MEMORY] = memfd_create("guest", MFD_CLOEXEC);
	fds[FD_EVENT] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	fds[FD_FULL] = eventfd(0, EFD_CLOEXEC);
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0 || pipe2(closed, O_CLOEXEC) < 0 ||
		fds[FD_MEMORY] < 0 || fds[FD_EVENT] < 0 || fds[FD_FULL] < 0 ||
		ftruncate(fds[FD_MEMORY], MEMORY) < 0 ||
		eventfd_write(fds[FD_FULL], UINT64_MAX - 1) < 0)
		abort();
	fds[FD_PIPE_READ] = ends[0];
	fds[FD_PIPE_WRITE] = ends[1];
	fds[FD_CLOSED_PIPE] = closed[0];
	close(closed[1]);
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_SHARED, fds[FD_MEMORY], 0);
	if (memory == MAP_FAILED)
		abort();
}

static void set_up(void)
{
	log_set_sink(quiet);
	if (!mkdtemp(folder) || uv_loop_init(&loop) < 0)
		abort();
	snprintf(path, sizeof(path), "%s/s", folder);
	snprintf(vhost_path, sizeof(vhost_path), "%s/v", folder);
	fds_open();
	const struct device_options of_device = {
		.name = "fuzz", .cid = 3, .listen_fd = socket_listen(path, 16), .path = path};
	if (of_device.listen_fd < 0 || device_create(&loop, &of_device, &device) < 0)
		abort();
	const struct backend_options of_backend = {.name = "fuzz",
		.cid = 3,
		.listen_fd = socket_listen(vhost_path, 16),
		.device = device,
		.on_alone = on_alone};
	if (of_backend.listen_fd < 0 || backend_create(&loop, &of_backend, &backend) < 0)
		abort();
	atexit(tear_down);
}

static void turn(void)
{
	uv_run(&loop, UV_RUN_NOWAIT);
}

/* ---- messages ---- */

/* Some of the bytes of header and payload, and descriptors. */
static void message_send(int socket, const struct vhost_user_message *message, size_t from,
	size_t to, const int *sent, size_t count)
{
	uint8_t bytes[VHOST_USER_HEADER_SIZE + sizeof(message->payload)];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE((VHOST_USER_FDS_MAX + 1) * sizeof(int))];
	} control = {0};
	struct iovec iov = {.iov_base = bytes + from, .iov_len = to - from};
	struct msghdr header = {.msg_iov = &iov, .msg_iovlen = 1};

	memcpy(bytes, message, VHOST_USER_HEADER_SIZE);
	memcpy(bytes + VHOST_USER_HEADER_SIZE, &message->payload, sizeof(message->payload));
	if (count > 0) {
		header.msg_control = control.bytes;
		header.msg_controllen = CMSG_SPACE(count * sizeof(int));
		struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(rights), sent, count * sizeof(int));
	}
	(void)!sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* A table of some regions, sound or nearly so; how many descriptors go with it. */
static size_t table_fill(struct vhost_user_message *message, const uint8_t *how, int *sent)
{
	struct vhost_user_memory *table = &message->payload.memory;
	uint32_t count = how[1] % (GUEST_MEMORY_REGIONS_MAX + 2);
	uint32_t filled = count < GUEST_MEMORY_REGIONS_MAX ? count : GUEST_MEMORY_REGIONS_MAX;
	uint64_t each = MEMORY / (filled ? filled : 1) / 4096 * 4096;

	table->count = count;
	for (uint32_t i = 0; i < filled; i++) {
		table->regions[i] = (struct vhost_user_region){.guest = i * each + (how[2] & 1),
			.size = each + (how[2] & 2 ? 1 : 0),
			.user = USER + i * each + (how[2] & 4),
			.offset = i * each + (how[2] & 8 ? 4096u * how[3] : 0)};
		sent[i] = fds[how[2] & 16 && i == 0 ? how[3] % FDS : FD_MEMORY];
	}
	message->size = 8 + filled * (uint32_t)sizeof(table->regions[0]);
	return how[2] & 32 && filled > 0 ? filled - 1 : filled;
}

static void address_fill(struct vhost_user_message *message, const uint8_t *how)
{
	uint64_t base = USER + (uint64_t)(how[2] & 7) * 0x800;

	message->payload.address =
		(struct vhost_user_vring_address){.index = how[1] & 3 ? how[1] & 1 : how[1] >> 2,
			.descriptors = base,
			.available = base + 0x400 + (how[3] & 1),
			.used = base + 0x600 + (how[3] & 2)};
	if (how[3] & 128)
		message->payload.address.descriptors = UINT64_MAX - how[2];
	message->size = sizeof(message->payload.address);
}

static size_t payload_fill(struct vhost_user_message *message, const uint8_t *how, int *sent)
{
	static const uint32_t sizes[] = {RING, 1, 1024, 3, 0, 2048};
	struct vhost_user_vring_state state = {
		.index = how[1] & 3 ? how[1] & 1 : how[1] >> 2, .number = how[2]};
	size_t count = 0;

	message->size = 8;
	switch (message->request) {
	case VHOST_USER_SET_MEM_TABLE:
		return table_fill(message, how, sent);
	case VHOST_USER_SET_VRING_ADDR:
		address_fill(message, how);
		break;
	case VHOST_USER_SET_VRING_NUM:
		state.number = sizes[how[2] % 6];
		message->payload.state = state;
		break;
	case VHOST_USER_SET_VRING_KICK:
	case VHOST_USER_SET_VRING_CALL:
	case VHOST_USER_SET_VRING_ERR:
		message->payload.number = (how[1] & 1) |
					  (how[2] == 1 ? VHOST_USER_VRING_NO_FD : 0) |
					  (how[2] == 2 ? UINT64_C(1) << 40 : 0);
		count = how[2] == 1 ? 0 : 1;
		sent[0] = fds[how[3] & 64 ? how[3] % FDS : FD_EVENT];
		break;
	case VHOST_USER_GET_CONFIG:
		message->payload.config =
			(struct vhost_user_config){.offset = how[1], .size = how[2]};
		message->size = 12 + how[2];
		break;
	case VHOST_USER_SET_VRING_ENABLE:
		state.number = how[2] % 3;
		message->payload.state = state;
		break;
	default:
		message->payload.state = state;
		break;
	}
	return count;
}

static void message_say(int socket, const uint8_t *how)
{
	static const uint32_t requests[] = {VHOST_USER_GET_FEATURES, VHOST_USER_SET_FEATURES,
		VHOST_USER_SET_OWNER, VHOST_USER_RESET_OWNER, VHOST_USER_SET_MEM_TABLE,
		VHOST_USER_SET_MEM_TABLE, VHOST_USER_SET_VRING_NUM, VHOST_USER_SET_VRING_ADDR,
		VHOST_USER_SET_VRING_ADDR, VHOST_USER_SET_VRING_BASE, VHOST_USER_GET_VRING_BASE,
		VHOST_USER_SET_VRING_KICK, VHOST_USER_SET_VRING_KICK, VHOST_USER_SET_VRING_CALL,
		VHOST_USER_SET_VRING_ERR, VHOST_USER_GET_PROTOCOL_FEATURES,
		VHOST_USER_SET_PROTOCOL_FEATURES, VHOST_USER_GET_QUEUE_NUM,
		VHOST_USER_SET_VRING_ENABLE, VHOST_USER_SET_VRING_ENABLE, VHOST_USER_GET_CONFIG,
		VHOST_USER_SET_CONFIG, 0, 6, 99};
	struct vhost_user_message message = {
		.request = requests[how[0] % (sizeof(requests) / sizeof(requests[0]))],
		.flags = VHOST_USER_VERSION | (how[3] & 32 ? VHOST_USER_NEED_REPLY : 0)};
	int sent[VHOST_USER_FDS_MAX + 1] = {0};
	size_t count = payload_fill(&message, how, sent);
	size_t length = VHOST_USER_HEADER_SIZE + (size_t)message.size;

	if (length > VHOST_USER_HEADER_SIZE + sizeof(message.payload))
		length = VHOST_USER_HEADER_SIZE + sizeof(message.payload);
	if (how[3] == 31)
		message.flags = VHOST_USER_VERSION + 1;
	if (how[3] == 30)
		message.size = UINT32_MAX;
	if (how[3] == 29)
		count = VHOST_USER_FDS_MAX + 1;
	for (size_t i = 0; i < count; i++)
		if (sent[i] <= 0)
			sent[i] = fds[FD_MEMORY];
	if (how[3] != 28) {
		message_send(socket, &message, 0, length, sent, count);
		return;
	}
	message_send(socket, &message, 0, 5, sent, count);
	turn();
	message_send(socket, &message, 5, length, NULL, 0);
}

/* ---- between messages ---- */

/* What a driver does: a packet is offered, or any two bytes are written. */
static void guest_act(const uint8_t *how)
{
	size_t base = (size_t)(how[1] & 7) * 0x800;

	if (how[2] & 128) {
		const uint64_t address = 0x4000;
		const uint32_t length = how[2] & 64 ? 44 : 600;
		const uint16_t flags = how[2] & 32 ? 2 : 0, one = 1;
		memcpy(memory + base, &address, sizeof(address));
		memcpy(memory + base + 8, &length, sizeof(length));
		memcpy(memory + base + 12, &flags, sizeof(flags));
		memcpy(memory + base + 0x402, &one, sizeof(one));
		memory[0x4000 + 30] = how[3] & 7;
	} else {
		memcpy(memory + (base + how[2] * 16u) % (MEMORY - 2), how + 3, 1);
	}
	eventfd_write(fds[FD_EVENT], 1);
}

static void step(int socket, const uint8_t *how)
{
	uint8_t answer[1024];

	if (how[0] >= 200)
		guest_act(how);
	else
		message_say(socket, how);
	turn();
	(void)!recv(socket, answer, sizeof(answer), MSG_DONTWAIT);
}

/* The features and a memory that most monitors begin with. */
static void greet(int socket, uint8_t how)
{
	struct vhost_user_message message = {
		.request = VHOST_USER_SET_FEATURES, .flags = VHOST_USER_VERSION, .size = 8};

	message.payload.number =
		UINT64_C(1) << 32 | (how & 1 ? 1u << 29 : 0) | (how & 2 ? 1u << 30 : 0);
	message_send(socket, &message, 0, 20, NULL, 0);
	message.request = VHOST_USER_SET_PROTOCOL_FEATURES;
	message.payload.number = how & 4 ? 0 : 1u << 3 | 1u << 9;
	message_send(socket, &message, 0, 20, NULL, 0);
	turn();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	eventfd_t count;

	if (!backend)
		set_up();
	if (size == 0)
		return 0;
	int socket = socket_connect(vhost_path);
	if (socket < 0)
		abort();
	turn();
	greet(socket, data[0]);
	for (size_t at = 1; at + STEP_SIZE <= size; at += STEP_SIZE)
		step(socket, data + at);
	close(socket);
	turn();
	turn();
	eventfd_read(fds[FD_EVENT], &count);
	memset(memory, 0, MEMORY);
	if (device_connections(device) > 0 || virtqueue_running(device_queue(device, 0)) ||
		virtqueue_running(device_queue(device, 1)))
		abort();
	return 0;
}
