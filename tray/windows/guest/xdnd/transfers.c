#include "tray/windows/guest/xdnd/transfers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "tray/windows/guest/shell/server.h"

struct transfer {
	struct transfers *all;
	struct wl_list link;
	xcb_window_t window; /* of its own, so that answers are told apart */
	int fd;
	uv_poll_t poll;
	bool incremental;
	xcb_get_property_reply_t *piece; /* NULL: the owner has not said more yet */
	size_t sent;                     /* of the piece */
	uint32_t words;                  /* of the property, up to the piece's end */
};

void transfers_init(struct transfers *transfers, struct connection *connection)
{
	*transfers = (struct transfers){.connection = connection};
	wl_list_init(&transfers->list);
}

static void on_closed(uv_handle_t *handle)
{
	struct transfer *transfer = handle->data;

	close(transfer->fd);
	free(transfer);
}

static void transfer_end(struct transfer *transfer)
{
	const struct connection *connection = transfer->all->connection;

	if (connection->xcb)
		xcb_destroy_window(connection->xcb, transfer->window);
	wl_list_remove(&transfer->link);
	transfer->all->count--;
	free(transfer->piece);
	uv_close((uv_handle_t *)&transfer->poll, on_closed);
}

static void piece_done(struct transfer *transfer);

static void on_writable(uv_poll_t *poll, int status, int events)
{
	struct transfer *transfer = poll->data;
	const uint8_t *bytes = xcb_get_property_value(transfer->piece);
	size_t length = (size_t)xcb_get_property_value_length(transfer->piece);

	(void)events;
	ssize_t count =
		status < 0 ? -1
			   : write(transfer->fd, bytes + transfer->sent, length - transfer->sent);
	if (count < 0 && status == 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (count < 0) {
		transfer_end(transfer);
		return;
	}
	transfer->sent += (size_t)count;
	if (transfer->sent == length)
		piece_done(transfer);
}

/* Nothing in it is the end of a property's pieces, and of the whole where there are many. */
static void piece_read(struct transfer *transfer)
{
	const struct connection *connection = transfer->all->connection;

	transfer->piece = xcb_get_property_reply(connection->xcb,
		xcb_get_property(connection->xcb, 0, transfer->window, connection->atoms[XDND_DATA],
			XCB_GET_PROPERTY_TYPE_ANY, transfer->words, TRANSFER_PIECE),
		NULL);
	if (!transfer->piece || xcb_get_property_value_length(transfer->piece) <= 0) {
		transfer_end(transfer);
		return;
	}
	if (!transfer->incremental && transfer->words == 0 &&
		transfer->piece->type == connection->atoms[XDND_INCR]) {
		transfer->incremental = true;
		piece_done(transfer);
		return;
	}
	transfer->sent = 0;
	transfer->words += TRANSFER_PIECE;
	uv_poll_start(&transfer->poll, UV_WRITABLE, on_writable);
}

static void piece_done(struct transfer *transfer)
{
	const struct connection *connection = transfer->all->connection;
	bool more = transfer->piece->bytes_after > 0 && transfer->words > 0;

	free(transfer->piece);
	transfer->piece = NULL;
	uv_poll_stop(&transfer->poll);
	if (more) {
		piece_read(transfer);
		return;
	}
	transfer->words = 0;
	if (!transfer->incremental) {
		transfer_end(transfer);
		return;
	}
	/* The owner goes on by it. */
	xcb_delete_property(connection->xcb, transfer->window, connection->atoms[XDND_DATA]);
	xcb_flush(connection->xcb);
}

void transfers_begin(struct transfers *transfers, xcb_atom_t target, xcb_timestamp_t time, int fd)
{
	const struct connection *connection = transfers->connection;
	static const uint32_t events = XCB_EVENT_MASK_PROPERTY_CHANGE;
	struct transfer *transfer = NULL;

	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	if (connection->xcb && transfers->count < TRANSFERS_MAX)
		transfer = calloc(1, sizeof(*transfer));
	if (!transfer || uv_poll_init(connection->server->loop, &transfer->poll, fd) < 0) {
		free(transfer);
		close(fd);
		return;
	}
	transfer->poll.data = transfer;
	transfer->all = transfers;
	transfer->fd = fd;
	wl_list_insert(&transfers->list, &transfer->link);
	transfers->count++;
	/* In ours: what is the root's child, wlroots looks at. */
	transfer->window = xcb_generate_id(connection->xcb);
	xcb_create_window(connection->xcb, XCB_COPY_FROM_PARENT, transfer->window,
		connection->window, 0, 0, 1, 1, 0, XCB_WINDOW_CLASS_INPUT_ONLY,
		XCB_COPY_FROM_PARENT, XCB_CW_EVENT_MASK, &events);
	xcb_convert_selection(connection->xcb, transfer->window, connection->atoms[XDND_SELECTION],
		target, connection->atoms[XDND_DATA], time);
	xcb_flush(connection->xcb);
}

static struct transfer *transfer_find(const struct transfers *transfers, xcb_window_t window)
{
	struct transfer *transfer;

	wl_list_for_each (transfer, &transfers->list, link)
		if (transfer->window == window)
			return transfer;
	return NULL;
}

/* A second answer is none. */
void transfers_on_notify(struct transfers *transfers, const xcb_selection_notify_event_t *event)
{
	struct transfer *transfer = transfer_find(transfers, event->requestor);

	if (!transfer || transfer->piece || transfer->incremental)
		return;
	if (event->property == XCB_ATOM_NONE)
		transfer_end(transfer);
	else
		piece_read(transfer);
}

void transfers_on_property(struct transfers *transfers, const xcb_property_notify_event_t *event)
{
	struct transfer *transfer = transfer_find(transfers, event->window);

	if (transfer && transfer->incremental && !transfer->piece &&
		event->state == XCB_PROPERTY_NEW_VALUE &&
		event->atom == transfers->connection->atoms[XDND_DATA])
		piece_read(transfer);
}

void transfers_end(struct transfers *transfers)
{
	struct transfer *transfer, *next;

	wl_list_for_each_safe (transfer, next, &transfers->list, link)
		transfer_end(transfer);
}
