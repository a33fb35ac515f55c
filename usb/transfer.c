#include "usb/transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

/* libusb wants the setup in front of a control transfer's data. */
static size_t setup_size(const struct endpoint *endpoint)
{
	return endpoint->type == ENDPOINT_CONTROL ? LIBUSB_CONTROL_SETUP_SIZE : 0;
}

static uint32_t packets_of(const struct usbip_request *request, const struct endpoint *endpoint)
{
	return endpoint->type == ENDPOINT_ISOCHRONOUS ? request->packets : 0;
}

size_t transfer_memory(const struct usbip_request *request, const struct endpoint *endpoint)
{
	return request->length + setup_size(endpoint) +
	       packets_of(request, endpoint) *
		       (USBIP_PACKET_SIZE + sizeof(struct libusb_iso_packet_descriptor)) +
	       sizeof(struct libusb_transfer);
}

static enum libusb_transfer_type type_of(const struct endpoint *endpoint)
{
	static const enum libusb_transfer_type types[] = {
		[ENDPOINT_CONTROL] = LIBUSB_TRANSFER_TYPE_CONTROL,
		[ENDPOINT_ISOCHRONOUS] = LIBUSB_TRANSFER_TYPE_ISOCHRONOUS,
		[ENDPOINT_BULK] = LIBUSB_TRANSFER_TYPE_BULK,
		[ENDPOINT_INTERRUPT] = LIBUSB_TRANSFER_TYPE_INTERRUPT,
	};

	return types[endpoint->type];
}

/* What a control request's setup says, which may be less than the request's length. */
static uint32_t setup_length(const struct usbip_request *request)
{
	return (uint32_t)request->setup[6] | (uint32_t)request->setup[7] << 8;
}

int transfer_create(struct device *device, const struct usbip_request *request,
	const struct endpoint *endpoint, libusb_transfer_cb_fn on_done, void *data,
	struct libusb_transfer **ret)
{
	uint32_t packets = packets_of(request, endpoint);
	size_t before = setup_size(endpoint);
	struct libusb_transfer *transfer = libusb_alloc_transfer((int)packets);

	if (!transfer)
		return UV_ENOMEM;
	/* Not zeroed: no more of it is sent than the device has filled. */
	if (endpoint->type == ENDPOINT_BULK)
		transfer->buffer = buffer_pool_take(&device->pool, device->handle,
			device->calls->dev_mem_alloc, request->length);
	if (!transfer->buffer)
		transfer->buffer = malloc(before + request->length + 1);
	if (!transfer->buffer) {
		libusb_free_transfer(transfer);
		return UV_ENOMEM;
	}
	transfer->dev_handle = device->handle;
	transfer->type = (unsigned char)type_of(endpoint);
	transfer->endpoint =
		(unsigned char)(request->endpoint | (request->in ? LIBUSB_ENDPOINT_IN : 0));
	transfer->length = (int)request->length;
	transfer->num_iso_packets = (int)packets;
	transfer->callback = on_done;
	transfer->user_data = data;
	if (endpoint->type == ENDPOINT_CONTROL) {
		memcpy(transfer->buffer, request->setup, LIBUSB_CONTROL_SETUP_SIZE);
		transfer->endpoint = request->endpoint;
		transfer->length = (int)(LIBUSB_CONTROL_SETUP_SIZE + setup_length(request));
	}
	if (endpoint->type == ENDPOINT_BULK && !request->in &&
		request->flags & USBIP_FLAG_ZERO_PACKET)
		transfer->flags |= LIBUSB_TRANSFER_ADD_ZERO_PACKET;
	*ret = transfer;
	return 0;
}

void transfer_destroy(struct device *device, struct libusb_transfer *transfer)
{
	if (transfer->type != LIBUSB_TRANSFER_TYPE_BULK ||
		!buffer_pool_give_back(&device->pool, transfer->buffer, (size_t)transfer->length))
		free(transfer->buffer);
	libusb_free_transfer(transfer);
}

uint8_t *transfer_data(const struct libusb_transfer *transfer)
{
	return transfer->buffer +
	       (transfer->type == LIBUSB_TRANSFER_TYPE_CONTROL ? LIBUSB_CONTROL_SETUP_SIZE : 0);
}

/* ---- isochronous packets ---- */

/* The guest's packets may leave gaps and stand in any order; libusb's follow one another. */
static int out_gather(struct libusb_transfer *transfer, const struct usbip_request *request,
	const uint8_t *packets)
{
	uint8_t *together = calloc(1, request->length + 1);
	size_t at = 0;

	if (!together)
		return UV_ENOMEM;
	for (uint32_t i = 0; i < request->packets; i++) {
		struct usbip_packet packet;
		if (usbip_packet_decode(packets + i * USBIP_PACKET_SIZE, request->length, &packet) <
			0)
			break;
		memcpy(together + at, transfer->buffer + packet.offset, packet.length);
		at += packet.length;
	}
	free(transfer->buffer);
	transfer->buffer = together;
	return 0;
}

int transfer_packets_set(struct libusb_transfer *transfer, const struct usbip_request *request,
	const uint8_t *packets)
{
	size_t total = 0;
	bool gaps = false;

	for (uint32_t i = 0; i < request->packets; i++) {
		struct usbip_packet packet;
		int code = usbip_packet_decode(
			packets + i * USBIP_PACKET_SIZE, request->length, &packet);
		if (code < 0)
			return code;
		gaps = gaps || packet.offset != total;
		total += packet.length;
		if (total > request->length)
			return UV_EPROTO;
		transfer->iso_packet_desc[i].length = packet.length;
	}
	transfer->length = (int)total;
	return gaps && !request->in ? out_gather(transfer, request, packets) : 0;
}

static int packet_errno(enum libusb_transfer_status status)
{
	switch (status) {
	case LIBUSB_TRANSFER_COMPLETED:
		return 0;
	case LIBUSB_TRANSFER_TIMED_OUT:
		return -ETIMEDOUT;
	case LIBUSB_TRANSFER_CANCELLED:
		return -ECONNRESET;
	case LIBUSB_TRANSFER_STALL:
		return -EPIPE;
	case LIBUSB_TRANSFER_NO_DEVICE:
		return -ENODEV;
	case LIBUSB_TRANSFER_OVERFLOW:
		return -EOVERFLOW;
	default:
		return -EPROTO;
	}
}

static void packets_result(struct libusb_transfer *transfer, const struct usbip_request *request,
	uint8_t *packets, struct usbip_result *ret)
{
	size_t from = 0, to = 0;

	for (uint32_t i = 0; i < request->packets; i++) {
		const struct libusb_iso_packet_descriptor *done = &transfer->iso_packet_desc[i];
		uint8_t *place = packets + i * USBIP_PACKET_SIZE;
		struct usbip_packet packet;
		uint32_t actual =
			done->actual_length < done->length ? done->actual_length : done->length;
		/* It was decoded before it was submitted. */
		usbip_packet_decode(place, request->length, &packet);
		packet.actual_length = actual;
		packet.status = packet_errno(done->status);
		ret->error_count += packet.status != 0;
		if (request->in)
			memmove(transfer->buffer + to, transfer->buffer + from, actual);
		from += done->length;
		to += actual;
		usbip_packet_encode(place, &packet);
	}
	ret->actual_length = (uint32_t)to;
	ret->packets = request->packets;
}

/* ---- the outcome ---- */

void transfer_result(struct libusb_transfer *transfer, const struct usbip_request *request,
	uint8_t *packets, struct usbip_result *ret)
{
	uint32_t actual = transfer->actual_length > 0 ? (uint32_t)transfer->actual_length : 0;

	*ret = (struct usbip_result){
		.seqnum = request->seqnum,
		.status = packet_errno(transfer->status),
		.actual_length = actual < request->length ? actual : request->length,
		.start_frame = request->start_frame,
	};
	if (transfer->type == LIBUSB_TRANSFER_TYPE_ISOCHRONOUS)
		packets_result(transfer, request, packets, ret);
	else if (request->in && ret->status == 0 && ret->actual_length < request->length &&
		 request->flags & USBIP_FLAG_SHORT_NOT_OK)
		ret->status = -EREMOTEIO;
}
