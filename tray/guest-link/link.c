#include "tray/guest-link/link.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/io/acceptor.h"
#include "proto/io/socket.h"

static void agent_connect(struct guest_link *link);

static void on_poll_closed(uv_handle_t *handle)
{
	free(handle);
}

static void link_drop(struct guest_link *link)
{
	if (link->poll)
		uv_close((uv_handle_t *)link->poll, on_poll_closed);
	link->poll = NULL;
	if (link->fd >= 0)
		close(link->fd);
	link->fd = -1;
}

/* Takes fd, also when it fails. */
static int link_watch(struct guest_link *link, int fd, uv_poll_cb on_readable)
{
	uv_poll_t *poll = malloc(sizeof(*poll));
	int code = poll ? uv_poll_init(link->loop, poll, fd) : UV_ENOMEM;

	if (code < 0) {
		free(poll);
		close(fd);
		return code;
	}
	poll->data = link;
	link->poll = poll;
	link->fd = fd;
	return uv_poll_start(poll, UV_READABLE, on_readable);
}

/* ---- the agent ---- */

static void on_timer(uv_timer_t *timer)
{
	agent_connect(timer->data);
}

/* A byte comes with each stream. */
static void on_agent(uv_poll_t *poll, int status, int events)
{
	struct guest_link *link = poll->data;
	char byte;
	int fds[2];

	(void)events;
	ssize_t count = status < 0 ? status : socket_receive_fds(link->fd, &byte, 1, fds, 2);
	if (count == UV_EAGAIN)
		return;
	if (count <= 0) {
		log_info(NULL, "the connection to the agent ended");
		link_drop(link);
		uv_timer_start(&link->timer, on_timer, AGENT_RETRY_MS, 0);
		return;
	}
	if (fds[0] >= 0)
		link->on_stream(link->data, fds[0], fds[1], true);
}

static void agent_connect(struct guest_link *link)
{
	int fd = socket_connect(link->agent);

	if (fd < 0 || link_watch(link, fd, on_agent) < 0)
		uv_timer_start(&link->timer, on_timer, AGENT_RETRY_MS, 0);
}

/* ---- a socket of our own ---- */

static void on_accept(void *data, int fd, const struct sockaddr_storage *peer)
{
	const struct guest_link *link = data;

	(void)peer;
	link->on_stream(link->data, fd, -1, false);
}

static int link_listen(struct guest_link *link, const char *path)
{
	struct acceptor_options options = {.what = "streams", .on_accept = on_accept, .data = link};
	int code = options.fd = socket_listen(path, 4);

	if (code >= 0)
		code = acceptor_create(link->loop, &options, &link->acceptor);
	if (code < 0 && options.fd >= 0)
		close(options.fd);
	return code;
}

int guest_link_start(struct guest_link *link, uv_loop_t *loop,
	const struct guest_link_options *options, guest_link_cb on_stream, void *data)
{
	*link = (struct guest_link){.agent = options->agent,
		.loop = loop,
		.fd = -1,
		.on_stream = on_stream,
		.data = data};
	uv_timer_init(loop, &link->timer);
	link->timer.data = link;
	if (options->fd >= 0)
		on_stream(data, options->fd, -1, false);
	else if (options->listen)
		return link_listen(link, options->listen);
	else
		agent_connect(link);
	return 0;
}

void guest_link_finish(struct guest_link *link)
{
	link_drop(link);
	if (link->acceptor)
		acceptor_destroy(link->acceptor);
	uv_close((uv_handle_t *)&link->timer, NULL);
}
