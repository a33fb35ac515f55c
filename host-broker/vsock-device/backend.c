#include "host-broker/vsock-device/backend.h"

#include <errno.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "host-broker/vsock-device/complaint.h"
#include "host-broker/vsock-device/memory.h"
#include "host-broker/vsock-device/vhost-user.h"
#include "host-broker/vsock-device/watch.h"
#include "proto/io/acceptor.h"
#include "proto/io/closer.h"

#define BIT(n) (UINT64_C(1) << (n))
#define FEATURES \
	(BIT(VIRTIO_F_VERSION_1) | BIT(VIRTIO_RING_F_EVENT_IDX) | \
		BIT(VHOST_USER_F_PROTOCOL_FEATURES))
#define PROTOCOL_FEATURES (BIT(VHOST_USER_PROTOCOL_F_REPLY_ACK) | BIT(VHOST_USER_PROTOCOL_F_CONFIG))

#define FIRST_MS 60000 /* until the first monitor comes */
#define AGAIN_MS 5000  /* until one comes back */

/* A monitor in the guest's hands. */
#define MESSAGES_PER_TURN 16
#define FAILURES_MAX 64 /* of one connection's requests; a sound monitor's do not fail */

struct ring {
	struct backend *backend;
	struct virtqueue_layout layout;
	bool has_layout;
	bool enabled;
	uint16_t base;      /* where the queue begins when it is started */
	uint16_t left_at;   /* where it stood when it was stopped */
	struct watch *kick; /* NULL: none came yet */
	int call;
};

struct backend {
	uint64_t cid;
	uv_loop_t *loop;
	struct device *device;
	void (*on_alone)(void *data);
	void *data;
	struct closer closer;
	uv_timer_t timer;
	struct acceptor *listening;
	struct watch *monitor; /* NULL: none is connected */
	struct vhost_user_reader reader;
	unsigned int failures; /* of this monitor's requests */
	struct complaints complaints;
	struct guest_memory memory;
	uint64_t features;
	uint64_t protocol_features;
	struct ring rings[DEVICE_QUEUES];
};

/* ---- rings ---- */

static struct virtqueue *queue_of(struct ring *ring)
{
	return device_queue(ring->backend->device, (unsigned int)(ring - ring->backend->rings));
}

static void ring_stop(struct ring *ring)
{
	struct virtqueue *queue = queue_of(ring);

	if (!virtqueue_running(queue))
		return;
	ring->base = ring->left_at = queue->next_available;
	virtqueue_stop(queue);
}

/* Starts it when all that it needs is known. */
static int ring_update(struct ring *ring)
{
	struct backend *backend = ring->backend;
	struct virtqueue *queue = queue_of(ring);

	if (virtqueue_running(queue) || !ring->enabled || !ring->kick || !ring->has_layout)
		return 0;
	/* A driver that goes on finds its streams; a new one knows of none. */
	if (ring->base != ring->left_at)
		device_reset(backend->device);
	ring->left_at = ring->base;
	int code = virtqueue_start(queue, &backend->memory, &ring->layout, ring->base,
		backend->features & BIT(VIRTIO_RING_F_EVENT_IDX));
	if (code == 0)
		device_kicked(backend->device);
	return code;
}

static void on_kick(void *data, int events)
{
	struct ring *ring = data;
	uint64_t count;

	(void)events;
	ssize_t length = read(watch_fd(ring->kick), &count, sizeof(count));
	if (length < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	/* Whatever else it is might be readable for ever. */
	if (length != sizeof(count)) {
		complain(&ring->backend->complaints, "a kick descriptor is not an eventfd");
		watch_set(ring->kick, 0);
		return;
	}
	device_kicked(ring->backend->device);
}

static void kick_drop(struct ring *ring)
{
	if (ring->kick)
		watch_destroy(ring->kick);
	ring->kick = NULL;
}

static void call_set(struct ring *ring, int fd)
{
	device_set_call(ring->backend->device, (unsigned int)(ring - ring->backend->rings), fd);
	if (ring->call >= 0)
		close(ring->call);
	ring->call = fd;
}

static void ring_reset(struct ring *ring)
{
	ring_stop(ring);
	kick_drop(ring);
	call_set(ring, -1);
	ring->has_layout = ring->enabled = false;
	ring->layout = (struct virtqueue_layout){0};
	ring->base = ring->left_at = 0;
}

static struct ring *ring_find(struct backend *backend, uint32_t index)
{
	return index < DEVICE_QUEUES ? &backend->rings[index] : NULL;
}

/* ---- requests; each returns 0, or a negative UV_E* when it could not be done ---- */

static int take_number(struct vhost_user_message *message, uint64_t number)
{
	message->payload.number = number;
	return 0;
}

static int get_features(struct backend *backend, struct vhost_user_message *message)
{
	(void)backend;
	return take_number(message, FEATURES);
}

static int set_features(struct backend *backend, struct vhost_user_message *message)
{
	uint64_t features = message->payload.number;

	if (features & ~FEATURES)
		return UV_EINVAL;
	backend->features = features;
	/* Without the protocol features rings are enabled from the beginning. */
	for (unsigned int i = 0; i < DEVICE_QUEUES; i++)
		if (!(features & BIT(VHOST_USER_F_PROTOCOL_FEATURES)))
			backend->rings[i].enabled = true;
	return 0;
}

static int get_protocol_features(struct backend *backend, struct vhost_user_message *message)
{
	(void)backend;
	return take_number(message, PROTOCOL_FEATURES);
}

static int set_protocol_features(struct backend *backend, struct vhost_user_message *message)
{
	if (message->payload.number & ~PROTOCOL_FEATURES)
		return UV_EINVAL;
	backend->protocol_features = message->payload.number;
	return 0;
}

static int get_queue_num(struct backend *backend, struct vhost_user_message *message)
{
	(void)backend;
	return take_number(message, DEVICE_QUEUES);
}

static int set_owner(struct backend *backend, struct vhost_user_message *message)
{
	(void)backend;
	(void)message;
	return 0;
}

static int reset_owner(struct backend *backend, struct vhost_user_message *message)
{
	(void)message;
	for (unsigned int i = 0; i < DEVICE_QUEUES; i++)
		ring_reset(&backend->rings[i]);
	device_reset(backend->device);
	return 0;
}

/* Queues that run are moved to the new mapping, or stand still. */
static int memory_replace(struct backend *backend, const struct guest_memory *memory)
{
	bool running[DEVICE_QUEUES];
	int code = 0;

	for (unsigned int i = 0; i < DEVICE_QUEUES; i++) {
		running[i] = virtqueue_running(device_queue(backend->device, i));
		ring_stop(&backend->rings[i]);
	}
	guest_memory_unmap(&backend->memory);
	backend->memory = *memory;
	for (unsigned int i = 0; i < DEVICE_QUEUES && code == 0; i++)
		if (running[i])
			code = ring_update(&backend->rings[i]);
	return code;
}

static int set_mem_table(struct backend *backend, struct vhost_user_message *message)
{
	const struct vhost_user_memory *table = &message->payload.memory;
	struct guest_memory memory = {0};

	if (table->count > GUEST_MEMORY_REGIONS_MAX || table->count != message->fds_count ||
		message->size < 8 + table->count * sizeof(table->regions[0]))
		return UV_EINVAL;
	for (uint32_t i = 0; i < table->count; i++) {
		const struct vhost_user_region *region = &table->regions[i];
		int code = guest_memory_map(&memory, region->guest, region->user, region->size,
			region->offset, message->fds[i]);
		if (code < 0) {
			guest_memory_unmap(&memory);
			return code;
		}
	}
	return memory_replace(backend, &memory);
}

static int set_vring_num(struct backend *backend, struct vhost_user_message *message)
{
	struct ring *ring = ring_find(backend, message->payload.state.index);

	if (!ring)
		return UV_EINVAL;
	ring->layout.size = message->payload.state.number;
	return 0;
}

static int set_vring_addr(struct backend *backend, struct vhost_user_message *message)
{
	const struct vhost_user_vring_address *address = &message->payload.address;
	struct ring *ring = ring_find(backend, address->index);

	if (!ring)
		return UV_EINVAL;
	ring->layout.descriptors = address->descriptors;
	ring->layout.available = address->available;
	ring->layout.used = address->used;
	ring->has_layout = true;
	return ring_update(ring);
}

static int set_vring_base(struct backend *backend, struct vhost_user_message *message)
{
	struct ring *ring = ring_find(backend, message->payload.state.index);

	if (!ring || message->payload.state.number > UINT16_MAX ||
		virtqueue_running(queue_of(ring)))
		return UV_EINVAL;
	ring->base = (uint16_t)message->payload.state.number;
	return 0;
}

/* Stops the ring, and takes the kick descriptor as gone (specification, "Ring states"). */
static int get_vring_base(struct backend *backend, struct vhost_user_message *message)
{
	struct ring *ring = ring_find(backend, message->payload.state.index);

	if (!ring)
		return UV_EINVAL;
	ring_stop(ring);
	kick_drop(ring);
	ring->has_layout = false;
	message->payload.state.number = ring->base;
	return 0;
}

/* The ring that a message with at most one descriptor is for, and that descriptor in *ret_fd. */
static struct ring *fd_message(
	struct backend *backend, struct vhost_user_message *message, int *ret_fd)
{
	uint64_t number = message->payload.number;
	bool without = number & VHOST_USER_VRING_NO_FD;

	if ((number & ~(uint64_t)(VHOST_USER_VRING_INDEX_MASK | VHOST_USER_VRING_NO_FD)) ||
		message->fds_count != (without ? 0 : 1))
		return NULL;
	struct ring *ring = ring_find(backend, number & VHOST_USER_VRING_INDEX_MASK);
	if (!ring)
		return NULL;
	*ret_fd = without ? -1 : message->fds[0];
	message->fds[0] = -1;
	return ring;
}

static int set_vring_kick(struct backend *backend, struct vhost_user_message *message)
{
	int fd = -1;
	struct ring *ring = fd_message(backend, message, &fd);

	/* We do not poll a guest's memory. */
	if (!ring || fd < 0)
		return UV_EINVAL;
	kick_drop(ring);
	int code = watch_create(backend->loop, fd, on_kick, ring, &ring->kick);
	if (code < 0) {
		close(fd);
		return code;
	}
	watch_set(ring->kick, UV_READABLE);
	return ring_update(ring);
}

static int set_vring_call(struct backend *backend, struct vhost_user_message *message)
{
	int fd = -1;
	int on = 1;
	struct ring *ring = fd_message(backend, message, &fd);

	if (!ring)
		return UV_EINVAL;
	/* A counter that is full must not hold us. */
	if (fd >= 0 && ioctl(fd, FIONBIO, &on) < 0) {
		int code = -errno;
		close(fd);
		return code;
	}
	call_set(ring, fd);
	return 0;
}

/* A broken queue is reported in the log, and nowhere else. */
static int set_vring_err(struct backend *backend, struct vhost_user_message *message)
{
	int fd = -1;
	struct ring *ring = fd_message(backend, message, &fd);

	if (fd >= 0)
		close(fd);
	return ring ? 0 : UV_EINVAL;
}

static int set_vring_enable(struct backend *backend, struct vhost_user_message *message)
{
	struct ring *ring = ring_find(backend, message->payload.state.index);

	if (!ring || message->payload.state.number > 1)
		return UV_EINVAL;
	ring->enabled = message->payload.state.number == 1;
	if (!ring->enabled)
		ring_stop(ring);
	return ring_update(ring);
}

/* struct virtio_vsock_config is the guest's CID, 64 bits little-endian. */
static int get_config(struct backend *backend, struct vhost_user_message *message)
{
	struct vhost_user_config *config = &message->payload.config;
	uint64_t cid = htole64(backend->cid);

	if (config->size > VHOST_USER_CONFIG_MAX || message->size != 12 + config->size ||
		config->offset > sizeof(cid) || config->size > sizeof(cid) - config->offset)
		return UV_EINVAL;
	memcpy(config->bytes, (const uint8_t *)&cid + config->offset, config->size);
	return 0;
}

static int set_config(struct backend *backend, struct vhost_user_message *message)
{
	(void)backend;
	(void)message;
	return UV_EINVAL; /* no field of it can be written */
}

struct handler {
	const char *name;
	int (*run)(struct backend *backend, struct vhost_user_message *message);
	uint32_t size;    /* of the payload, at least */
	unsigned int fds; /* at most */
	bool answers;     /* with the same payload, as the handler left it */
};

#define NUMBER sizeof(uint64_t)
#define STATE sizeof(struct vhost_user_vring_state)

/* clang-format off */
static const struct handler handlers[VHOST_USER_REQUESTS] = {
	[VHOST_USER_GET_FEATURES] = {"GET_FEATURES", get_features, 0, 0, true},
	[VHOST_USER_SET_FEATURES] = {"SET_FEATURES", set_features, NUMBER, 0, false},
	[VHOST_USER_SET_OWNER] = {"SET_OWNER", set_owner, 0, 0, false},
	[VHOST_USER_RESET_OWNER] = {"RESET_OWNER", reset_owner, 0, 0, false},
	[VHOST_USER_SET_MEM_TABLE] = {"SET_MEM_TABLE", set_mem_table, 8, VHOST_USER_FDS_MAX, false},
	[VHOST_USER_SET_VRING_NUM] = {"SET_VRING_NUM", set_vring_num, STATE, 0, false},
	[VHOST_USER_SET_VRING_ADDR] = {"SET_VRING_ADDR", set_vring_addr,
		sizeof(struct vhost_user_vring_address), 0, false},
	[VHOST_USER_SET_VRING_BASE] = {"SET_VRING_BASE", set_vring_base, STATE, 0, false},
	[VHOST_USER_GET_VRING_BASE] = {"GET_VRING_BASE", get_vring_base, STATE, 0, true},
	[VHOST_USER_SET_VRING_KICK] = {"SET_VRING_KICK", set_vring_kick, NUMBER, 1, false},
	[VHOST_USER_SET_VRING_CALL] = {"SET_VRING_CALL", set_vring_call, NUMBER, 1, false},
	[VHOST_USER_SET_VRING_ERR] = {"SET_VRING_ERR", set_vring_err, NUMBER, 1, false},
	[VHOST_USER_GET_PROTOCOL_FEATURES] = {"GET_PROTOCOL_FEATURES", get_protocol_features, 0, 0, true},
	[VHOST_USER_SET_PROTOCOL_FEATURES] = {"SET_PROTOCOL_FEATURES", set_protocol_features, NUMBER, 0, false},
	[VHOST_USER_GET_QUEUE_NUM] = {"GET_QUEUE_NUM", get_queue_num, 0, 0, true},
	[VHOST_USER_SET_VRING_ENABLE] = {"SET_VRING_ENABLE", set_vring_enable, STATE, 0, false},
	[VHOST_USER_GET_CONFIG] = {"GET_CONFIG", get_config, 12, 0, true},
	[VHOST_USER_SET_CONFIG] = {"SET_CONFIG", set_config, 12, 0, false},
};
/* clang-format on */

/* ---- the monitor's connection ---- */

static void monitor_drop(struct backend *backend)
{
	watch_destroy(backend->monitor);
	backend->monitor = NULL;
	vhost_user_release(&backend->reader);
	for (unsigned int i = 0; i < DEVICE_QUEUES; i++)
		ring_reset(&backend->rings[i]);
	device_reset(backend->device);
	guest_memory_unmap(&backend->memory);
	backend->features = backend->protocol_features = 0;
	backend->failures = 0;
}

static void on_timer(uv_timer_t *timer)
{
	struct backend *backend = timer->data;

	backend->on_alone(backend->data);
}

static uint32_t answer_size(const struct vhost_user_message *message)
{
	switch (message->request) {
	case VHOST_USER_GET_CONFIG:
	case VHOST_USER_GET_VRING_BASE:
		return message->size;
	default:
		return sizeof(uint64_t);
	}
}

/* A request that fails and cannot say so leaves the two of different minds: the connection ends. */
static int message_handle(struct backend *backend, struct vhost_user_message *message)
{
	const struct handler *handler =
		message->request < VHOST_USER_REQUESTS ? &handlers[message->request] : NULL;
	int fd = watch_fd(backend->monitor);

	if (!handler || !handler->run) {
		complain(&backend->complaints,
			"the monitor sent the unsupported vhost-user request %u", message->request);
		return UV_EPROTO;
	}
	if (message->size < handler->size || message->fds_count > handler->fds) {
		complain(&backend->complaints, "the monitor's %s is malformed", handler->name);
		return UV_EPROTO;
	}
	int code = handler->run(backend, message);
	if (code < 0)
		complain(&backend->complaints, "the monitor's %s failed: %s", handler->name,
			uv_strerror(code));
	if (code < 0 && ++backend->failures > FAILURES_MAX)
		return UV_EPROTO;
	if (handler->answers) {
		/* The protocol's own way to refuse a GET_CONFIG is an empty payload. */
		if (code < 0 && message->request == VHOST_USER_GET_CONFIG)
			return vhost_user_reply(fd, message, 0);
		return code < 0 ? code : vhost_user_reply(fd, message, answer_size(message));
	}
	bool acknowledge = (message->flags & VHOST_USER_NEED_REPLY) &&
			   (backend->protocol_features & BIT(VHOST_USER_PROTOCOL_F_REPLY_ACK));
	if (!acknowledge)
		return code;
	message->payload.number = code < 0;
	return vhost_user_reply(fd, message, sizeof(uint64_t));
}

static void on_monitor(void *data, int events)
{
	struct backend *backend = data;
	int code = 1;

	(void)events;
	for (int i = 0; i < MESSAGES_PER_TURN && code > 0; i++) {
		code = vhost_user_read(&backend->reader, watch_fd(backend->monitor));
		if (code <= 0)
			break;
		code = message_handle(backend, &backend->reader.message);
		vhost_user_release(&backend->reader);
		code = code == 0 ? 1 : code;
	}
	if (code >= 0)
		return;
	if (code != UV_EOF)
		complain(&backend->complaints, "the monitor's vhost-user connection ended: %s",
			uv_strerror(code));
	monitor_drop(backend);
	acceptor_resume(backend->listening);
	uv_timer_start(&backend->timer, on_timer, AGAIN_MS, 0);
}

static void on_accept(void *data, int fd, const struct sockaddr_storage *peer)
{
	struct backend *backend = data;

	(void)peer;
	if (watch_create(backend->loop, fd, on_monitor, backend, &backend->monitor) < 0) {
		close(fd);
		return;
	}
	uv_timer_stop(&backend->timer);
	acceptor_pause(backend->listening);
	watch_set(backend->monitor, UV_READABLE);
}

/* ---- making and destroying ---- */

static void on_closed(void *data)
{
	free(data);
}

int backend_create(uv_loop_t *loop, const struct backend_options *options, struct backend **ret)
{
	struct backend *backend = calloc(1, sizeof(*backend));
	const struct acceptor_options listening = {.fd = options->listen_fd,
		.vm = options->name,
		.what = "monitors",
		.on_accept = on_accept,
		.data = backend};

	if (!backend)
		return UV_ENOMEM;
	int code = acceptor_create(loop, &listening, &backend->listening);
	if (code < 0) {
		free(backend);
		return code;
	}
	complaints_init(&backend->complaints, loop, options->name);
	backend->cid = options->cid;
	backend->loop = loop;
	backend->device = options->device;
	backend->on_alone = options->on_alone;
	backend->data = options->data;
	for (unsigned int i = 0; i < DEVICE_QUEUES; i++)
		backend->rings[i] = (struct ring){.backend = backend, .call = -1};
	closer_init(&backend->closer, on_closed, backend);
	uv_timer_init(loop, &backend->timer);
	closer_add(&backend->closer);
	backend->timer.data = backend;
	uv_timer_start(&backend->timer, on_timer, FIRST_MS, 0);
	*ret = backend;
	return 0;
}

void backend_destroy(struct backend *backend)
{
	if (backend->monitor)
		monitor_drop(backend);
	acceptor_destroy(backend->listening);
	closer_close(&backend->closer, (uv_handle_t *)&backend->timer);
	closer_finish(&backend->closer);
}
