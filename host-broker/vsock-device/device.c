#include "host-broker/vsock-device/device.h"

#include <errno.h>
#include <linux/virtio_vsock.h>
#include <linux/vm_sockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host-broker/vsock-device/complaint.h"
#include "host-broker/vsock-device/connection.h"
#include "host-broker/vsock-device/packet.h"
#include "host-broker/vsock-device/table.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/io/acceptor.h"
#include "proto/io/closer.h"

#define RESETS_MAX 64
/* For one queue and one turn of the loop, so that neither a guest nor a local peer holds it. */
#define TURN_STEPS 512 /* packets, and tries to have one */
#define TURN_BYTES (4 * 1024 * 1024)
#define WAIT_MS 10000 /* for CONNECT, and for the guest's answer */

enum { RECEIVE, TRANSMIT };

/* An answer to a packet that belongs to no connection. */
struct stray {
	uint32_t guest_port;
	uint32_t host_port;
};

/* What is left of a turn. */
struct budget {
	unsigned int steps;
	size_t bytes; /* of payload */
};

struct device {
	const char *name;
	const char *path;
	uint64_t cid;
	uv_loop_t *loop;
	struct closer closer;
	struct acceptor *listening;
	uv_timer_t timer;    /* for the first that waits */
	uv_check_t turn_end; /* fills the budgets */
	uv_idle_t again;     /* runs when a turn ended before the work did */
	struct virtqueue queues[DEVICE_QUEUES];
	struct budget budgets[DEVICE_QUEUES];
	int calls[DEVICE_QUEUES];
	bool broken_told[DEVICE_QUEUES];
	struct complaints complaints;

	struct table table;
	struct stray strays[RESETS_MAX];
	size_t strays_count;
};

static const struct connection_callbacks callbacks;

/* ---- waiting ---- */

static void on_timer(uv_timer_t *timer);

static void timer_update(struct device *device)
{
	struct connection *first = TAILQ_FIRST(&device->table.waiting);
	uint64_t now = uv_now(device->loop);

	/* Nobody is woken for nothing. */
	if (!first)
		uv_timer_stop(&device->timer);
	else if (!uv_is_active((uv_handle_t *)&device->timer))
		uv_timer_start(&device->timer, on_timer,
			first->deadline > now ? first->deadline - now : 0, 0);
}

static void wait_begin(struct device *device, struct connection *connection)
{
	table_wait(&device->table, connection, uv_now(device->loop) + WAIT_MS);
	timer_update(device);
}

static void on_change(void *data, struct connection *connection)
{
	struct device *device = data;

	table_update(&device->table, connection);
	if (TAILQ_EMPTY(&device->table.waiting))
		uv_timer_stop(&device->timer);
}

/* ---- a turn's bounds ---- */

static void on_turn_end(uv_check_t *handle)
{
	struct device *device = handle->data;

	for (unsigned int i = 0; i < DEVICE_QUEUES; i++)
		device->budgets[i] = (struct budget){.steps = TURN_STEPS, .bytes = TURN_BYTES};
}

/* One step more; false: in the next turn. */
static bool budget_step(struct budget *budget)
{
	if (budget->steps == 0 || budget->bytes == 0)
		return false;
	budget->steps--;
	return true;
}

static void budget_spend(struct budget *budget, size_t bytes)
{
	budget->bytes -= bytes < budget->bytes ? bytes : budget->bytes;
}

/* ---- notifying ---- */

static void call(struct device *device, unsigned int index)
{
	uint64_t one = 1;

	if (!virtqueue_wants_call(&device->queues[index]) || device->calls[index] < 0)
		return;
	/* An eventfd whose counter is full has a notification pending, which is all we want. */
	if (write(device->calls[index], &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_debug(device->name, "cannot notify the guest: %s", strerror(errno));
}

static void broken_log(struct device *device, unsigned int index)
{
	if (device->broken_told[index])
		return;
	device->broken_told[index] = true;
	complain(&device->complaints,
		"the guest broke its vsock %s queue: %s; the queue is stopped until the driver "
		"resets it",
		index == RECEIVE ? "receive" : "transmit", device->queues[index].reason);
}

/* ---- to the guest ---- */

/* The writable parts behind the header. */
static unsigned int payload_parts(
	const struct iovec *parts, unsigned int count, size_t skip, struct iovec *out)
{
	unsigned int used = 0;

	for (unsigned int i = 0; i < count; i++) {
		size_t here = skip < parts[i].iov_len ? skip : parts[i].iov_len;
		skip -= here;
		if (here == parts[i].iov_len)
			continue;
		out[used++] = (struct iovec){.iov_base = (uint8_t *)parts[i].iov_base + here,
			.iov_len = parts[i].iov_len - here};
	}
	return used;
}

static void header_write(const struct device *device, struct packet *packet,
	const struct iovec *parts, unsigned int count)
{
	uint8_t header[PACKET_HEADER_SIZE];
	size_t done = 0;

	packet->source_cid = VMADDR_CID_HOST;
	packet->destination_cid = device->cid;
	packet_encode(packet, header);
	for (unsigned int i = 0; i < count && done < sizeof(header); i++) {
		size_t here = sizeof(header) - done;
		if (here > parts[i].iov_len)
			here = parts[i].iov_len;
		memcpy(parts[i].iov_base, header + done, here);
		done += here;
	}
}

static struct packet stray_packet(const struct stray *stray)
{
	return (struct packet){
		.source_port = stray->host_port,
		.destination_port = stray->guest_port,
		.type = VIRTIO_VSOCK_TYPE_STREAM,
		.op = VIRTIO_VSOCK_OP_RST,
	};
}

/* The packet of the first that is ready into one chain. How many bytes it has with its header; 0:
 * that one had none after all; UV_EPROTO when its bytes have no room. */
static int fill(struct device *device, const struct virtqueue_chain *chain)
{
	struct iovec payload[VIRTQUEUE_PARTS_MAX];
	const struct iovec *parts = chain->parts + chain->readable_count;
	struct packet packet;

	if (device->strays_count > 0) {
		packet = stray_packet(&device->strays[--device->strays_count]);
		header_write(device, &packet, parts, chain->writable_count);
		return PACKET_HEADER_SIZE;
	}
	unsigned int count =
		payload_parts(parts, chain->writable_count, PACKET_HEADER_SIZE, payload);
	struct connection *connection = table_next(&device->table);
	bool made = connection_next(connection, payload, count, &packet);
	if (connection->state != CONNECTION_OVER)
		table_update(&device->table, connection);
	if (!connection->is_ready)
		connection_watch(connection);
	/* It would be asked again and again. */
	if (!made && count == 0 && connection->is_ready)
		return virtqueue_break(
			&device->queues[RECEIVE], "a receive buffer has no room for bytes");
	if (!made)
		return 0;
	header_write(device, &packet, parts, chain->writable_count);
	return PACKET_HEADER_SIZE + (int)packet.length;
}

static bool has_work(const struct device *device)
{
	return device->strays_count > 0 || !TAILQ_EMPTY(&device->table.ready);
}

static int buffer_check(struct virtqueue *queue, const struct virtqueue_chain *chain)
{
	if (chain->writable_length >= PACKET_HEADER_SIZE && chain->readable_count == 0)
		return 1;
	return virtqueue_break(queue, "a receive buffer has no room for a header");
}

/* Returns true when it stopped for others' sake. */
static bool receive_run(struct device *device)
{
	struct virtqueue *queue = &device->queues[RECEIVE];
	struct budget *budget = &device->budgets[RECEIVE];
	struct virtqueue_chain chain;
	bool held = false; /* a chain is taken that nobody has filled yet */
	bool more = false;
	int code = 0;

	while (has_work(device)) {
		more = !budget_step(budget);
		if (more)
			break;
		code = held ? 1 : virtqueue_pop(queue, &chain);
		if (code == 0 && virtqueue_want_kick(queue))
			continue;
		if (code > 0 && !held)
			code = buffer_check(queue, &chain);
		if (code <= 0)
			break;
		code = fill(device, &chain);
		held = code == 0;
		if (code < 0)
			break;
		if (!held)
			virtqueue_push(queue, &chain, (uint32_t)code);
		budget_spend(budget, (size_t)code);
	}
	if (held)
		virtqueue_unpop(queue);
	if (code < 0)
		broken_log(device, RECEIVE);
	call(device, RECEIVE);
	return more;
}

/* ---- from the guest ---- */

static void stray_add(struct device *device, const struct packet *packet)
{
	if (packet->op == VIRTIO_VSOCK_OP_RST)
		return;
	device->strays[device->strays_count++] = (struct stray){
		.guest_port = packet->source_port, .host_port = packet->destination_port};
}

static int dial(const struct device *device, uint32_t port)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	int length =
		snprintf(address.sun_path, sizeof(address.sun_path), "%s_%u", device->path, port);
	if (length < 0 || (size_t)length >= sizeof(address.sun_path))
		return UV_ENAMETOOLONG;
	/* A unix socket connects at once or not at all. */
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return steal_fd(&fd);
}

static void take_request(struct device *device, const struct packet *packet)
{
	struct connection *connection;

	if (device->table.count == DEVICE_CONNECTIONS_MAX) {
		stray_add(device, packet);
		return;
	}
	int fd = dial(device, packet->destination_port);
	int code = fd;
	if (fd >= 0)
		code = connection_answer(device->loop, fd, packet, &callbacks, device, &connection);
	if (code < 0) {
		if (fd >= 0)
			close(fd);
		log_debug(device->name, "the guest asked for port %u: %s", packet->destination_port,
			uv_strerror(code));
		stray_add(device, packet);
		return;
	}
	table_add(&device->table, connection);
	table_number(&device->table, connection);
	table_update(&device->table, connection);
}

static void take_packet(struct device *device, const struct packet *packet,
	const struct iovec *parts, unsigned int count)
{
	struct connection *connection =
		table_find(&device->table, packet->source_port, packet->destination_port);

	/* What claims to be of another machine has nobody who could be answered. */
	if (packet->source_cid != device->cid)
		return;
	bool sound = packet->destination_cid == VMADDR_CID_HOST &&
		     packet->type == VIRTIO_VSOCK_TYPE_STREAM;
	if (sound && connection)
		connection_take(connection, packet, parts, count);
	else if (sound && packet->op == VIRTIO_VSOCK_OP_REQUEST)
		take_request(device, packet);
	else
		stray_add(device, packet);
}

/* The payload of packet->length bytes as parts; false when the chain has not so many. */
static bool packet_read(const struct virtqueue_chain *chain, struct packet *packet,
	struct iovec *payload, unsigned int *count)
{
	uint8_t header[PACKET_HEADER_SIZE];
	size_t done = 0;

	if (chain->readable_length < sizeof(header) || chain->writable_count > 0)
		return false;
	for (unsigned int i = 0; done < sizeof(header); i++) {
		size_t here = sizeof(header) - done;
		if (here > chain->parts[i].iov_len)
			here = chain->parts[i].iov_len;
		memcpy(header + done, chain->parts[i].iov_base, here);
		done += here;
	}
	packet_decode(header, packet);
	if (packet->length > PACKET_PAYLOAD_MAX ||
		packet->length > chain->readable_length - sizeof(header))
		return false;
	*count = payload_parts(chain->parts, chain->readable_count, sizeof(header), payload);
	size_t left = packet->length;
	for (unsigned int i = 0; i < *count; i++) {
		if (payload[i].iov_len >= left) {
			payload[i].iov_len = left;
			*count = left > 0 ? i + 1 : i;
			break;
		}
		left -= payload[i].iov_len;
	}
	return true;
}

static bool transmit_run(struct device *device)
{
	struct virtqueue *queue = &device->queues[TRANSMIT];
	struct budget *budget = &device->budgets[TRANSMIT];
	struct iovec payload[VIRTQUEUE_PARTS_MAX];
	struct virtqueue_chain chain;
	struct packet packet;
	unsigned int count;
	bool more = false;
	int code = 0;

	while (device->strays_count < RESETS_MAX) {
		more = !budget_step(budget);
		if (more)
			break;
		code = virtqueue_pop(queue, &chain);
		if (code == 0 && virtqueue_want_kick(queue))
			continue;
		if (code <= 0)
			break;
		if (!packet_read(&chain, &packet, payload, &count)) {
			code = virtqueue_break(
				queue, "a packet's length does not match its header");
			break;
		}
		take_packet(device, &packet, payload, count);
		virtqueue_push(queue, &chain, 0);
		budget_spend(budget, packet.length);
	}
	if (code < 0)
		broken_log(device, TRANSMIT);
	call(device, TRANSMIT);
	return more;
}

/* ---- a turn ---- */

/* When there are as many as there may be, local peers wait in the socket's backlog. */
static void listening_update(struct device *device)
{
	if (device->table.count < DEVICE_CONNECTIONS_MAX)
		acceptor_resume(device->listening);
	else
		acceptor_pause(device->listening);
}

static void reap(struct device *device)
{
	table_reap(&device->table);
	listening_update(device);
}

static void on_again(uv_idle_t *handle)
{
	struct device *device = handle->data;

	uv_idle_stop(handle);
	device_kicked(device);
}

/* The queue to the guest first: it makes room for the answers to what comes from it. */
void device_kicked(struct device *device)
{
	bool more = receive_run(device);

	more |= transmit_run(device);
	bool held = device->strays_count == RESETS_MAX;
	more |= receive_run(device);
	more |= held && device->strays_count < RESETS_MAX;
	reap(device);
	if (more)
		uv_idle_start(&device->again, on_again);
}

static void on_timer(uv_timer_t *timer)
{
	struct device *device = timer->data;
	struct connection *connection;

	while ((connection = TAILQ_FIRST(&device->table.waiting)) &&
		connection->deadline <= uv_now(device->loop)) {
		if (connection->state == CONNECTION_LINE)
			connection_end(connection);
		else
			connection_reset(connection);
	}
	timer_update(device);
	device_kicked(device);
}

/* ---- local peers ---- */

static void on_line(void *data, struct connection *connection, uint32_t port)
{
	struct device *device = data;

	/* A guest that has no driver yet, or no more, listens to nobody. */
	if (!virtqueue_running(&device->queues[RECEIVE]) ||
		!virtqueue_running(&device->queues[TRANSMIT])) {
		connection_end(connection);
		return;
	}
	connection_request(connection, port, table_free_port(&device->table, port));
	table_number(&device->table, connection);
	wait_begin(device, connection);
}

static void on_settle(void *data, struct connection *connection)
{
	struct device *device = data;
	bool more = receive_run(device);

	connection_watch(connection);
	reap(device);
	if (more)
		uv_idle_start(&device->again, on_again);
}

static void on_accept(void *data, int fd, const struct sockaddr_storage *peer)
{
	struct device *device = data;
	struct connection *connection;

	(void)peer;
	if (connection_accept(device->loop, fd, &callbacks, device, &connection) < 0) {
		close(fd);
		return;
	}
	table_add(&device->table, connection);
	wait_begin(device, connection);
	listening_update(device);
}

static const struct connection_callbacks callbacks = {
	.on_line = on_line,
	.on_change = on_change,
	.on_settle = on_settle,
};

/* ---- making and destroying ---- */

static void on_closed(void *data)
{
	free(data);
}

static void handles_init(struct device *device)
{
	closer_init(&device->closer, on_closed, device);
	uv_timer_init(device->loop, &device->timer);
	uv_check_init(device->loop, &device->turn_end);
	uv_idle_init(device->loop, &device->again);
	for (int i = 0; i < 3; i++)
		closer_add(&device->closer);
	device->timer.data = device->turn_end.data = device->again.data = device;
	uv_check_start(&device->turn_end, on_turn_end);
	on_turn_end(&device->turn_end);
}

int device_create(uv_loop_t *loop, const struct device_options *options, struct device **ret)
{
	struct device *device = calloc(1, sizeof(*device));
	const struct acceptor_options listening = {.fd = options->listen_fd,
		.vm = options->name,
		.what = "streams to the guest",
		.on_accept = on_accept,
		.data = device};

	if (!device)
		return UV_ENOMEM;
	int code = acceptor_create(loop, &listening, &device->listening);
	if (code < 0) {
		free(device);
		return code;
	}
	device->name = options->name;
	complaints_init(&device->complaints, loop, options->name);
	device->path = options->path;
	device->cid = options->cid;
	device->loop = loop;
	device->calls[RECEIVE] = device->calls[TRANSMIT] = -1;
	table_init(&device->table);
	handles_init(device);
	*ret = device;
	return 0;
}

struct virtqueue *device_queue(struct device *device, unsigned int index)
{
	return &device->queues[index];
}

void device_set_call(struct device *device, unsigned int index, int fd)
{
	device->calls[index] = fd;
}

void device_reset(struct device *device)
{
	struct connection *connection;

	while ((connection = LIST_FIRST(&device->table.all)))
		connection_end(connection);
	device->strays_count = 0;
	device->broken_told[RECEIVE] = device->broken_told[TRANSMIT] = false;
	reap(device);
}

size_t device_connections(const struct device *device)
{
	return device->table.count;
}

void device_destroy(struct device *device)
{
	device_reset(device);
	acceptor_destroy(device->listening);
	closer_close(&device->closer, (uv_handle_t *)&device->timer);
	closer_close(&device->closer, (uv_handle_t *)&device->turn_end);
	closer_close(&device->closer, (uv_handle_t *)&device->again);
	closer_finish(&device->closer);
}
