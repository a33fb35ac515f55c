#include "usb/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "usb/outbox.h"
#include "usb/transfer.h"
#include "usb/urb-table.h"

enum urb_state { URB_RECEIVING, URB_IN_FLIGHT, URB_UNLINKING, URB_ANSWERED };

struct urb {
	struct urb_entry entry; /* first: the table's pointers are to it */
	struct parcel parcel;
	struct server *server;
	enum urb_state state;
	struct usbip_request request;
	const struct endpoint *endpoint;
	struct libusb_transfer *transfer;
	uint8_t *packets;       /* wire descriptors, as they came and as they go */
	uint32_t unlink_seqnum; /* UNLINKING: whom to answer */
};

/* What of a request is being received. */
enum receiving { RECEIVING_HEADER, RECEIVING_DATA, RECEIVING_PACKETS };

struct server {
	struct device *device;
	uint32_t devid;
	const struct server_ops *ops;
	void *data;

	unsigned int turn_left; /* requests */
	enum receiving receiving;
	uint8_t header[USBIP_HEADER_SIZE];
	size_t received; /* of the header, the data or the packets */
	struct usbip_request request;
	uint32_t packets; /* that follow it */
	struct urb
		*urb; /* whose data and packets come; NULL: they are dropped, and it is refused */
	struct refusal *refusal;
	int refusal_status;

	struct urb_table table;
	struct outbox outbox;
	size_t in_flight;
	bool stopped;
	bool lost;
};

/* ---- a request's memory ---- */

static void urb_destroy(struct urb *urb)
{
	if (urb->transfer)
		transfer_destroy(urb->server->device, urb->transfer);
	free(urb->packets);
	free(urb);
}

static void urb_forget(struct urb *urb)
{
	urb_table_remove(&urb->server->table, &urb->entry);
	urb_destroy(urb);
}

static void on_answer_sent(void *data, struct parcel *parcel)
{
	(void)parcel;
	urb_forget(data);
}

static void on_unlink_sent(void *data, struct parcel *parcel)
{
	(void)data;
	free(parcel);
}

/* ---- answers ---- */

static void parcel_send(struct server *server, struct parcel *parcel)
{
	if (server->stopped) {
		parcel->on_sent(parcel->data, parcel);
		return;
	}
	outbox_add(&server->outbox, parcel);
	server->ops->on_output(server->data);
}

static void urb_answer(struct urb *urb, const struct usbip_result *result)
{
	struct parcel *parcel = &urb->parcel;

	urb->state = URB_ANSWERED;
	*parcel = (struct parcel){.on_sent = on_answer_sent, .data = urb};
	usbip_ret_submit_encode(parcel->header, result);
	if (urb->request.in && result->actual_length > 0)
		parcel->parts[0] = (struct iovec){
			.iov_base = transfer_data(urb->transfer),
			.iov_len = result->actual_length,
		};
	parcel->parts[1] = (struct iovec){
		.iov_base = urb->packets,
		.iov_len = (size_t)result->packets * USBIP_PACKET_SIZE,
	};
	parcel_send(urb->server, parcel);
}

/* Nothing was transferred. Packets keep their places: the guest takes those from the answer. */
static void packets_refuse(uint8_t *packets, uint32_t count, int status)
{
	for (uint32_t i = 0; i < count; i++) {
		struct usbip_packet packet;
		usbip_packet_decode(packets + i * USBIP_PACKET_SIZE, UINT32_MAX, &packet);
		packet.actual_length = 0;
		packet.status = status;
		usbip_packet_encode(packets + i * USBIP_PACKET_SIZE, &packet);
	}
}

static struct usbip_result refusal_result(
	const struct usbip_request *request, uint32_t packets, int status)
{
	return (struct usbip_result){
		.seqnum = request->seqnum,
		.status = status,
		.start_frame = request->start_frame,
		.packets = packets,
		.error_count = packets,
	};
}

/* Answers without data. */
static void urb_finish(struct urb *urb, int status)
{
	uint32_t packets = urb->packets ? urb->request.packets : 0;
	struct usbip_result result = refusal_result(&urb->request, packets, status);

	packets_refuse(urb->packets, packets, status);
	urb_answer(urb, &result);
}

static int unlink_answer(struct server *server, uint32_t seqnum, int status)
{
	struct parcel *parcel = calloc(1, sizeof(*parcel));

	if (!parcel)
		return UV_ENOMEM;
	parcel->on_sent = on_unlink_sent;
	usbip_ret_unlink_encode(parcel->header, seqnum, status);
	parcel_send(server, parcel);
	return 0;
}

static void device_lost(struct server *server)
{
	if (server->lost || server->stopped)
		return;
	server->lost = true;
	server->ops->on_device_lost(server->data);
}

/* ---- transfers ---- */

static void idle_check(struct server *server)
{
	if (server->stopped && server->in_flight == 0)
		server->ops->on_idle(server->data);
}

/* An unlinked one of which nothing was done. */
static void urb_unlinked(struct urb *urb)
{
	struct server *server = urb->server;
	uint32_t seqnum = urb->unlink_seqnum;

	urb_forget(urb);
	/* Without memory the guest waits for an answer that never comes, until it detaches. */
	unlink_answer(server, seqnum, -ECONNRESET);
}

static void urb_done(struct urb *urb)
{
	struct server *server = urb->server;
	bool unlinking = urb->state == URB_UNLINKING;
	uint32_t unlink_seqnum = urb->unlink_seqnum;
	struct usbip_result result;

	transfer_result(urb->transfer, &urb->request, urb->packets, &result);
	if (unlinking && result.status == -ECONNRESET && result.actual_length == 0) {
		urb_unlinked(urb);
		return;
	}
	bool gone = result.status == -ENODEV;
	urb_answer(urb, &result);
	if (unlinking)
		unlink_answer(server, unlink_seqnum, 0);
	if (gone)
		device_lost(server);
}

static void LIBUSB_CALL on_transfer_done(struct libusb_transfer *transfer)
{
	struct urb *urb = transfer->user_data;
	struct server *server = urb->server;

	server->in_flight--;
	urb_done(urb);
	idle_check(server);
}

static void urb_submit(struct urb *urb)
{
	struct server *server = urb->server;
	int code = server->device->calls->submit_transfer(urb->transfer);

	if (code == 0) {
		urb->state = URB_IN_FLIGHT;
		server->in_flight++;
		return;
	}
	urb_finish(urb, device_errno(code));
	if (code == LIBUSB_ERROR_NO_DEVICE)
		device_lost(server);
}

/* What a control request's setup says must fit what its header says. */
static bool setup_fits(const struct usbip_request *request)
{
	uint32_t length = (uint32_t)request->setup[6] | (uint32_t)request->setup[7] << 8;
	bool in = request->setup[0] & LIBUSB_ENDPOINT_IN;

	return length <= request->length && (length == 0 || in == request->in);
}

/* All of the request is there. */
static int urb_received(struct urb *urb)
{
	struct server *server = urb->server;
	int status;

	if (urb->endpoint->type == ENDPOINT_CONTROL) {
		if (!setup_fits(&urb->request)) {
			urb_finish(urb, -EINVAL);
			return 0;
		}
		if (urb->request.endpoint == 0 &&
			device_control(server->device, urb->request.setup, &status)) {
			server->turn_left = 0;
			urb_finish(urb, status);
			if (status == -ENODEV)
				device_lost(server);
			return 0;
		}
	}
	if (urb->endpoint->type == ENDPOINT_ISOCHRONOUS) {
		int code = transfer_packets_set(urb->transfer, &urb->request, urb->packets);
		if (code < 0) {
			urb_forget(urb);
			return code;
		}
	}
	urb_submit(urb);
	return 0;
}

/* ---- requests ---- */

/* An answer to a request that was not taken, with its packets. */
struct refusal {
	struct parcel parcel;
	uint8_t packets[];
};

static void on_refusal_sent(void *data, struct parcel *parcel)
{
	(void)parcel;
	free(data);
}

/* How much of what follows the header is data, and how much packets. */
static size_t data_length(const struct server *server)
{
	return server->request.in ? 0 : server->request.length;
}

static size_t packets_length(const struct server *server)
{
	return (size_t)server->packets * USBIP_PACKET_SIZE;
}

static int refuse_begin(struct server *server, int status)
{
	server->refusal = calloc(1, sizeof(*server->refusal) + packets_length(server));
	server->refusal_status = status;
	return server->refusal ? 0 : UV_ENOMEM;
}

static void refuse_end(struct server *server)
{
	struct refusal *refusal = server->refusal;
	struct usbip_result result =
		refusal_result(&server->request, server->packets, server->refusal_status);

	server->refusal = NULL;
	refusal->parcel.on_sent = on_refusal_sent;
	refusal->parcel.data = refusal;
	packets_refuse(refusal->packets, server->packets, server->refusal_status);
	refusal->parcel.parts[0] = (struct iovec){
		.iov_base = refusal->packets,
		.iov_len = packets_length(server),
	};
	usbip_ret_submit_encode(refusal->parcel.header, &result);
	parcel_send(server, &refusal->parcel);
}

static void urb_free(struct urb **urb)
{
	if (*urb)
		urb_destroy(*urb);
}

static int urb_create(struct server *server, const struct endpoint *endpoint)
{
	__attribute__((cleanup(urb_free))) struct urb *urb = calloc(1, sizeof(*urb));

	if (!urb)
		return UV_ENOMEM;
	urb->server = server;
	urb->request = server->request;
	urb->endpoint = endpoint;
	urb->entry.seqnum = server->request.seqnum;
	urb->entry.memory = sizeof(*urb) + transfer_memory(&server->request, endpoint);
	int code = urb_table_add(&server->table, &urb->entry);
	if (code < 0)
		return code;
	code = transfer_create(
		server->device, &urb->request, endpoint, on_transfer_done, urb, &urb->transfer);
	if (code == 0 && server->packets > 0 && !(urb->packets = malloc(packets_length(server))))
		code = UV_ENOMEM;
	if (code < 0) {
		urb_table_remove(&server->table, &urb->entry);
		return code;
	}
	server->urb = steal_pointer(&urb);
	return 0;
}

/* What belongs to an endpoint that is not there can be told by the header alone. */
static int submit_begin(struct server *server)
{
	const struct usbip_request *request = &server->request;
	const struct endpoint *endpoint =
		device_endpoint(server->device, request->endpoint, request->in);

	server->packets =
		!endpoint || endpoint->type == ENDPOINT_ISOCHRONOUS ? request->packets : 0;
	if (urb_table_find(&server->table, request->seqnum))
		return UV_EPROTO;
	if (!endpoint)
		return refuse_begin(server, -ENOENT);
	if (endpoint->type == ENDPOINT_ISOCHRONOUS && request->packets == 0)
		return refuse_begin(server, -EINVAL);
	return urb_create(server, endpoint) < 0 ? refuse_begin(server, -ENOMEM) : 0;
}

static int submit_end(struct server *server)
{
	struct urb *urb = steal_pointer(&server->urb);

	server->turn_left--;
	if (urb)
		return urb_received(urb);
	refuse_end(server);
	return 0;
}

static int unlink_request(struct server *server)
{
	uint32_t seqnum = server->request.seqnum;
	struct urb *urb =
		(struct urb *)urb_table_find(&server->table, server->request.unlink_seqnum);

	server->turn_left--;
	if (!urb || urb->state == URB_ANSWERED)
		return unlink_answer(server, seqnum, 0);
	if (urb->state == URB_UNLINKING)
		return UV_EPROTO;
	urb->state = URB_UNLINKING;
	urb->unlink_seqnum = seqnum;
	/* One that cannot be cancelled any more is just being done: its callback comes. */
	server->device->calls->cancel_transfer(urb->transfer);
	return 0;
}

/* ---- what comes in ---- */

/* Where the next bytes of the part that is being received go, NULL for nowhere, and how many. */
static uint8_t *place_next(const struct server *server, size_t *ret_length)
{
	const struct urb *urb = server->urb;
	uint8_t *packets;

	switch (server->receiving) {
	case RECEIVING_HEADER:
		*ret_length = USBIP_HEADER_SIZE - server->received;
		return (uint8_t *)server->header + server->received;
	case RECEIVING_DATA:
		*ret_length = data_length(server) - server->received;
		return urb ? transfer_data(urb->transfer) + server->received : NULL;
	default:
		*ret_length = packets_length(server) - server->received;
		packets = urb ? urb->packets : server->refusal->packets;
		return packets ? packets + server->received : NULL;
	}
}

static int header_whole(struct server *server)
{
	int code = usbip_request_decode(server->header, server->devid, &server->request);

	if (code < 0)
		return code;
	if (server->request.command == USBIP_CMD_UNLINK)
		return unlink_request(server);
	code = submit_begin(server);
	server->receiving = RECEIVING_DATA;
	return code;
}

/* Goes on to the next part for as long as the one at hand is whole. */
static int parts_advance(struct server *server)
{
	size_t missing;
	int code = 0;

	for (;;) {
		place_next(server, &missing);
		if (code < 0 || missing > 0)
			return code;
		server->received = 0;
		switch (server->receiving) {
		case RECEIVING_HEADER:
			code = header_whole(server);
			break;
		case RECEIVING_DATA:
			server->receiving = RECEIVING_PACKETS;
			break;
		case RECEIVING_PACKETS:
			server->receiving = RECEIVING_HEADER;
			code = submit_end(server);
			break;
		}
	}
}

void server_turn(struct server *server)
{
	server->turn_left = SERVER_REQUESTS_PER_TURN;
}

bool server_turn_over(const struct server *server)
{
	return server->turn_left == 0;
}

bool server_wants_input(const struct server *server)
{
	return server->outbox.count < SERVER_ANSWERS_MAX;
}

ssize_t server_receive(struct server *server, const uint8_t *bytes, size_t length)
{
	size_t at = 0;

	/* No more than one request becomes whole each time. */
	while (at < length && !server_turn_over(server) && server_wants_input(server)) {
		size_t count;
		uint8_t *place = place_next(server, &count);
		if (count > length - at)
			count = length - at;
		if (place)
			memcpy(place, bytes + at, count);
		at += count;
		server->received += count;
		int code = parts_advance(server);
		if (code < 0)
			return code;
	}
	return (ssize_t)at;
}

/* ---- what goes out ---- */

size_t server_output(const struct server *server, struct iovec *iov, size_t max)
{
	return outbox_iovec(&server->outbox, iov, max);
}

void server_sent(struct server *server, size_t count)
{
	outbox_sent(&server->outbox, count);
}

/* ---- all of it ---- */

int server_create(struct device *device, uint32_t devid, const struct server_ops *ops, void *data,
	struct server **ret)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server)
		return UV_ENOMEM;
	server->device = device;
	server->devid = devid;
	server->ops = ops;
	server->data = data;
	server_turn(server);
	urb_table_init(&server->table);
	outbox_init(&server->outbox);
	*ret = server;
	return 0;
}

void server_stop(struct server *server)
{
	server->stopped = true;
	free(server->refusal);
	server->refusal = NULL;
	if (server->urb)
		urb_forget(server->urb);
	server->urb = NULL;
	outbox_drop(&server->outbox);
	/* What is left in the table is in flight. */
	for (size_t i = 0; i < URB_TABLE_BUCKETS; i++)
		for (struct urb_entry *entry = server->table.buckets[i]; entry; entry = entry->next)
			server->device->calls->cancel_transfer(((struct urb *)entry)->transfer);
}

bool server_idle(const struct server *server)
{
	return server->in_flight == 0;
}

void server_destroy(struct server *server)
{
	if (!server->stopped)
		server_stop(server);
	free(server);
}
