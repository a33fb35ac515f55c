#include "usb/outbox.h"

void outbox_init(struct outbox *outbox)
{
	STAILQ_INIT(&outbox->parcels);
	outbox->count = 0;
	outbox->sent = 0;
}

void outbox_add(struct outbox *outbox, struct parcel *parcel)
{
	STAILQ_INSERT_TAIL(&outbox->parcels, parcel, link);
	outbox->count++;
}

static size_t parcel_length(const struct parcel *parcel)
{
	return USBIP_HEADER_SIZE + parcel->parts[0].iov_len + parcel->parts[1].iov_len;
}

/* Adds what of bytes lies beyond *skip. */
static size_t iovec_add(struct iovec *iov, const void *bytes, size_t length, size_t *skip)
{
	if (*skip >= length) {
		*skip -= length;
		return 0;
	}
	*iov = (struct iovec){
		.iov_base = (uint8_t *)bytes + *skip,
		.iov_len = length - *skip,
	};
	*skip = 0;
	return 1;
}

size_t outbox_iovec(const struct outbox *outbox, struct iovec *iov, size_t max)
{
	const struct parcel *parcel;
	size_t skip = outbox->sent;
	size_t count = 0;

	STAILQ_FOREACH (parcel, &outbox->parcels, link) {
		if (max - count < 3)
			break;
		count += iovec_add(&iov[count], parcel->header, USBIP_HEADER_SIZE, &skip);
		for (size_t i = 0; i < 2; i++)
			count += iovec_add(&iov[count], parcel->parts[i].iov_base,
				parcel->parts[i].iov_len, &skip);
	}
	return count;
}

static void first_remove(struct outbox *outbox)
{
	struct parcel *parcel = STAILQ_FIRST(&outbox->parcels);

	STAILQ_REMOVE_HEAD(&outbox->parcels, link);
	outbox->count--;
	parcel->on_sent(parcel->data, parcel);
}

void outbox_sent(struct outbox *outbox, size_t count)
{
	outbox->sent += count;
	while (outbox->count > 0) {
		size_t length = parcel_length(STAILQ_FIRST(&outbox->parcels));
		if (outbox->sent < length)
			return;
		outbox->sent -= length;
		first_remove(outbox);
	}
}

void outbox_drop(struct outbox *outbox)
{
	outbox->sent = 0;
	while (outbox->count > 0)
		first_remove(outbox);
}
