#include "tray/windows/launch/desk.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/io/acceptor.h"
#include "proto/io/closer.h"
#include "proto/io/socket.h"
#include "proto/limits.h"
#include "proto/wire/message.h"

#define FLUSH_MS 5000

enum desk_wish { WISH_NONE, WISH_LIST, WISH_GET, WISH_SET };

struct desk_client {
	struct desk *desk;
	TAILQ_ENTRY(desk_client) link;
	struct channel *channel;
	enum desk_wish wish;
	uint32_t serial;  /* of GET and SET */
	uint64_t crossed; /* bytes so far */
	struct closer closer;
	uv_timer_t timer;
};

static void client_free(void *data)
{
	free(data);
}

/* Everything but the channel. */
static void client_release(struct desk_client *client)
{
	TAILQ_REMOVE(&client->desk->clients, client, link);
	client->desk->count--;
	closer_close(&client->closer, (uv_handle_t *)&client->timer);
	closer_finish(&client->closer);
}

static void client_drop(struct desk_client *client)
{
	channel_destroy(client->channel);
	client_release(client);
}

static void client_answer(
	struct desk_client *client, uint16_t type, const ProtobufCMessage *message)
{
	if (channel_send(client->channel, type, 0, message) < 0) {
		client_drop(client);
		return;
	}
	channel_finish(client->channel, FLUSH_MS);
	client_release(client);
}

/* failure: "" for none. */
static void client_say(struct desk_client *client, const char *failure)
{
	Vmsilo__Desk__Answer answer = VMSILO__DESK__ANSWER__INIT;

	answer.failure = (char *)failure;
	client_answer(client, FRAME_DESK_ANSWER, &answer.base);
}

static int tell(struct desk_client *client, uint16_t type, const ProtobufCMessage *message)
{
	const struct desk_ops *ops = client->desk->ops;

	return ops->tell(ops->data, type, message);
}

static const char *note(const struct desk_client *client)
{
	const struct desk_ops *ops = client->desk->ops;

	return ops->note(ops->data);
}

/* ---- requests ---- */

static void on_list(struct desk_client *client)
{
	Vmsilo__Desk__List list = VMSILO__DESK__LIST__INIT;
	Vmsilo__Desk__Windows none = VMSILO__DESK__WINDOWS__INIT;

	client->wish = WISH_LIST;
	if (tell(client, FRAME_DESK_LIST, &list.base) == 0)
		return;
	none.note = (char *)note(client);
	none.at_us = uv_hrtime() / 1000;
	client_answer(client, FRAME_DESK_WINDOWS, &none.base);
}

static void on_activate(struct desk_client *client, const Vmsilo__Desk__Activate *activate)
{
	const struct desk_ops *ops = client->desk->ops;

	if (strlen(activate->cookie) > WINDOWS_TOKEN_MAX) {
		client_say(client, "the cookie is too long");
		return;
	}
	ops->activate(ops->data, activate);
	client_say(client, "");
}

static uint32_t serial_next(struct desk *desk)
{
	if (++desk->serial == 0)
		desk->serial = 1;
	return desk->serial;
}

static void on_get(struct desk_client *client)
{
	Vmsilo__Windows__ClipboardGet get = VMSILO__WINDOWS__CLIPBOARD_GET__INIT;

	client->wish = WISH_GET;
	client->serial = get.serial = serial_next(client->desk);
	if (tell(client, FRAME_WINDOWS_CLIPBOARD_GET, &get.base) < 0)
		client_say(client, note(client));
}

/* What has gone to the view is forgotten there. */
static void set_abandon(struct desk_client *client)
{
	Vmsilo__Windows__ClipboardData data = VMSILO__WINDOWS__CLIPBOARD_DATA__INIT;

	data.serial = client->serial;
	data.last = data.too_large = true;
	(void)tell(client, FRAME_WINDOWS_CLIPBOARD_DATA, &data.base);
}

static void on_set(struct desk_client *client, const Vmsilo__Windows__ClipboardData *message)
{
	const struct desk_ops *ops = client->desk->ops;
	Vmsilo__Windows__ClipboardData data = *message;

	if (client->wish == WISH_NONE)
		client->serial = serial_next(client->desk);
	client->wish = WISH_SET;
	client->crossed += message->data.len;
	if (client->crossed > ops->clipboard_max(ops->data)) {
		set_abandon(client);
		client_say(client, "it is more than the VM's configuration lets cross");
		return;
	}
	data.serial = client->serial;
	int code = tell(client, FRAME_WINDOWS_CLIPBOARD_DATA, &data.base);
	if (code < 0)
		client_say(client, code == UV_ENOTCONN ? note(client) : uv_strerror(code));
	else if (message->last)
		client_say(client, "");
}

static void request_take(struct desk_client *client, uint16_t type, const ProtobufCMessage *message)
{
	switch (type) {
	case FRAME_DESK_LIST:
		on_list(client);
		break;
	case FRAME_DESK_ACTIVATE:
		on_activate(client, (const Vmsilo__Desk__Activate *)message);
		break;
	case FRAME_DESK_CLOSE:
		client_say(client, tell(client, type, message) < 0 ? note(client) : "");
		break;
	case FRAME_WINDOWS_CLIPBOARD_GET:
		on_get(client);
		break;
	case FRAME_WINDOWS_CLIPBOARD_DATA:
		on_set(client, (const Vmsilo__Windows__ClipboardData *)message);
		break;
	default:
		client_say(client, "this vmsilo-windows does not know what was asked");
		break;
	}
}

static int on_frame(void *data, const struct frame *frame)
{
	struct desk_client *client = data;

	if (client->wish != WISH_NONE &&
		(client->wish != WISH_SET || frame->type != FRAME_WINDOWS_CLIPBOARD_DATA))
		return UV_EPROTO;
	ProtobufCMessage *message = message_unpack(frame);
	if (!message)
		return UV_EPROTO;
	request_take(client, frame->type, message);
	message_free(message);
	return 0;
}

static void on_close(void *data, int reason)
{
	(void)reason;
	client_drop(data);
}

static const struct channel_ops channel_ops = {.on_frame = on_frame, .on_close = on_close};

/* ---- answers of the view ---- */

void desk_windows(struct desk *desk, const Vmsilo__Desk__Windows *untrusted_windows)
{
	Vmsilo__Desk__Windows windows = *untrusted_windows;
	struct desk_client *client = TAILQ_FIRST(&desk->clients);

	windows.connected = true;
	while (client) {
		struct desk_client *next = TAILQ_NEXT(client, link);
		if (client->wish == WISH_LIST)
			client_answer(client, FRAME_DESK_WINDOWS, &windows.base);
		client = next;
	}
}

static struct desk_client *getter_find(struct desk *desk, uint32_t serial)
{
	struct desk_client *client;

	TAILQ_FOREACH (client, &desk->clients, link)
		if (client->wish == WISH_GET && client->serial == serial)
			return client;
	return NULL;
}

/* One that does not read, or has gone, is left. */
void desk_clipboard(struct desk *desk, const Vmsilo__Windows__ClipboardData *untrusted_data)
{
	struct desk_client *client = getter_find(desk, untrusted_data->serial);

	if (!client)
		return;
	client->crossed += untrusted_data->data.len;
	if (client->crossed > desk->ops->clipboard_max(desk->ops->data))
		client_say(client, "the guest sent more than may cross");
	else if (untrusted_data->last)
		client_answer(client, FRAME_WINDOWS_CLIPBOARD_DATA, &untrusted_data->base);
	else if (channel_send(client->channel, FRAME_WINDOWS_CLIPBOARD_DATA, 0,
			 &untrusted_data->base) < 0)
		client_drop(client);
}

void desk_view_gone(struct desk *desk)
{
	struct desk_client *client = TAILQ_FIRST(&desk->clients);

	while (client) {
		struct desk_client *next = TAILQ_NEXT(client, link);
		if (client->wish == WISH_LIST)
			on_list(client);
		else if (client->wish != WISH_NONE)
			client_say(client, note(client));
		client = next;
	}
}

/* ---- life ---- */

static void on_timer(uv_timer_t *timer)
{
	struct desk_client *client = timer->data;

	if (client->wish == WISH_NONE)
		client_drop(client);
	else
		client_say(client, "the guest's vmsilo-guest-windows does not answer");
}

static void on_connection(void *data, int fd, const struct sockaddr_storage *address)
{
	struct desk *desk = data;
	struct socket_peer peer;
	struct desk_client *client = NULL;

	(void)address;
	if (desk->count < DESK_CLIENTS_MAX && socket_peer(fd, &peer) == 0 &&
		(peer.uid == geteuid() || peer.uid == 0))
		client = calloc(1, sizeof(*client));
	if (!client) {
		close(fd);
		return;
	}
	if (channel_create(desk->loop, fd, &channel_ops, client, &client->channel) < 0) {
		free(client);
		return;
	}
	client->desk = desk;
	closer_init(&client->closer, client_free, client);
	uv_timer_init(desk->loop, &client->timer);
	client->timer.data = client;
	closer_add(&client->closer);
	uv_timer_start(&client->timer, on_timer, DESK_ASK_MS, 0);
	TAILQ_INSERT_TAIL(&desk->clients, client, link);
	desk->count++;
}

int desk_init(struct desk *desk, uv_loop_t *loop, int listen_fd, const struct desk_ops *ops)
{
	const struct acceptor_options options = {
		.fd = listen_fd, .what = "commands", .on_accept = on_connection, .data = desk};

	*desk = (struct desk){.loop = loop, .ops = ops};
	TAILQ_INIT(&desk->clients);
	return acceptor_create(loop, &options, &desk->acceptor);
}

void desk_finish(struct desk *desk)
{
	struct desk_client *client;

	while ((client = TAILQ_FIRST(&desk->clients)))
		client_drop(client);
	if (desk->acceptor)
		acceptor_destroy(desk->acceptor);
}
