#include "proto/io/listen.h"

#include <errno.h>
#include <linux/vm_sockets.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/io/acceptor.h"
#include "proto/io/closer.h"
#include "proto/io/socket.h"
#include "proto/wire/hybrid.h"

/* As many as may be dialled before we come to accept: a full backlog refuses who does not wait. */
#define LISTEN_BACKLOG 1024
/* Linux 6.1 lets accept(2) on an empty vsock queue sleep until the next timer tick, even where it
 * must not block (vsock_accept() calls schedule_timeout(0)): so it is never asked in vain. */
#define ACCEPTS_PER_TURN_VSOCK 1
#define GREETINGS_MAX 128 /* peers that have not said CONNECT yet */
#define GREETING_TIMEOUT_MS 5000

LIST_HEAD(greeting_list, greeting);

/* A listening socket: one a port on the kernel's vsock, else one in all. */
struct listening {
	struct listener *listener;
	uint16_t port;
	struct acceptor *acceptor;
};

struct listener {
	uv_loop_t *loop;
	struct listening sockets[LISTEN_PORTS_MAX];
	size_t sockets_count;
	uint16_t ports[LISTEN_PORTS_MAX];
	size_t ports_count;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* to remove; "" for vsock */
	bool greets;                                            /* peers say CONNECT first */
	listen_cb on_accept;
	void *data;
	struct greeting_list greetings;
	unsigned int greetings_count;
};

/* A peer of a guest's side socket whose CONNECT line is awaited. */
struct greeting {
	struct listener *listener; /* NULL once the listener is gone */
	LIST_ENTRY(greeting) link; /* in listener.greetings */
	int fd;
	bool passed;   /* fd goes on to on_accept, */
	uint16_t port; /* for this port */
	char line[HYBRID_LINE_MAX];
	size_t length;
	struct closer closer;
	uv_poll_t poll;
	uv_timer_t timer;
};

static void on_greeting_closed(void *data)
{
	struct greeting *greeting = data;
	struct listener *listener = greeting->listener;

	if (listener && greeting->passed)
		listener->on_accept(listener->data, greeting->fd, greeting->port, 0);
	else
		close(greeting->fd);
	if (greeting->listener) {
		greeting->listener->greetings_count--;
		LIST_REMOVE(greeting, link);
	}
	free(greeting);
}

static void greeting_end(struct greeting *greeting, bool passed)
{
	greeting->passed = passed;
	if (uv_is_closing((uv_handle_t *)&greeting->poll))
		return;
	closer_close(&greeting->closer, (uv_handle_t *)&greeting->poll);
	closer_close(&greeting->closer, (uv_handle_t *)&greeting->timer);
	closer_finish(&greeting->closer);
}

static void on_connect_line(struct greeting *greeting, uint32_t port)
{
	char ok[HYBRID_LINE_MAX];
	size_t length = hybrid_format_ok(ok, port);
	bool known = false;

	for (size_t i = 0; i < greeting->listener->ports_count; i++)
		known = known || port == greeting->listener->ports[i];
	greeting->port = (uint16_t)port;
	greeting_end(
		greeting, known && send(greeting->fd, ok, length, MSG_NOSIGNAL) == (ssize_t)length);
}

static void on_greeting_readable(uv_poll_t *poll, int status, int events)
{
	struct greeting *greeting = poll->data;
	uint32_t port = 0;
	int code = socket_take_line(
		greeting->fd, greeting->line, sizeof(greeting->line), &greeting->length);

	(void)status;
	(void)events;
	if (code == UV_EAGAIN)
		return;
	if (code == 0)
		code = hybrid_parse_connect(greeting->line, greeting->length, &port);
	if (code > 0)
		on_connect_line(greeting, port);
	else if (code < 0)
		greeting_end(greeting, false);
}

static void on_greeting_timeout(uv_timer_t *timer)
{
	greeting_end(timer->data, false);
}

static void greeting_start(struct listener *listener, int fd)
{
	struct greeting *greeting =
		listener->greetings_count < GREETINGS_MAX ? calloc(1, sizeof(*greeting)) : NULL;

	if (!greeting || uv_poll_init(listener->loop, &greeting->poll, fd) < 0) {
		free(greeting);
		close(fd);
		return;
	}
	greeting->listener = listener;
	greeting->fd = fd;
	uv_timer_init(listener->loop, &greeting->timer);
	greeting->poll.data = greeting;
	greeting->timer.data = greeting;
	closer_init(&greeting->closer, on_greeting_closed, greeting);
	closer_add(&greeting->closer);
	closer_add(&greeting->closer);
	LIST_INSERT_HEAD(&listener->greetings, greeting, link);
	listener->greetings_count++;
	uv_timer_start(&greeting->timer, on_greeting_timeout, GREETING_TIMEOUT_MS, 0);
	uv_poll_start(&greeting->poll, UV_READABLE, on_greeting_readable);
}

static void on_peer(void *data, int fd, const struct sockaddr_storage *peer)
{
	struct listening *from = data;
	struct listener *listener = from->listener;
	uint32_t cid =
		peer->ss_family == AF_VSOCK ? ((const struct sockaddr_vm *)peer)->svm_cid : 0;

	if (listener->greets)
		greeting_start(listener, fd);
	else
		listener->on_accept(listener->data, fd, from->port, cid);
}

static int vsock_listen(uint32_t cid, uint32_t port)
{
	struct sockaddr_vm address = {.svm_family = AF_VSOCK, .svm_cid = cid, .svm_port = port};
	int fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fd, LISTEN_BACKLOG) < 0) {
		int code = -errno;
		close(fd);
		return code;
	}
	return fd;
}

/* The endpoint names the peer's machine; on a kernel's vsock we listen for all of them, and the
 * caller looks at the peer's CID. */
static int socket_open(struct listener *listener, const struct endpoint *endpoint,
	enum listen_direction direction, uint16_t port)
{
	struct sockaddr_un address = {0};
	int code = 0;

	if (endpoint->kind == ENDPOINT_VSOCK)
		return vsock_listen(VMADDR_CID_ANY, port);
	if (direction == LISTEN_HOST)
		code = endpoint_host_path(endpoint, port, &address);
	else
		memcpy(address.sun_path, endpoint->path, sizeof(address.sun_path));
	if (code < 0)
		return code;
	memcpy(listener->path, address.sun_path, sizeof(listener->path));
	listener->greets = direction == LISTEN_GUEST;
	return socket_listen(listener->path, LISTEN_BACKLOG);
}

static void sockets_close(struct listener *listener)
{
	for (size_t i = 0; i < listener->sockets_count; i++)
		acceptor_destroy(listener->sockets[i].acceptor);
	free(listener);
}

static int listening_add(struct listener *listener, int fd, uint16_t port)
{
	struct listening *socket = &listener->sockets[listener->sockets_count];
	const struct acceptor_options options = {.fd = fd,
		.what = "streams",
		.most = listener->path[0] ? 0 : ACCEPTS_PER_TURN_VSOCK,
		.on_accept = on_peer,
		.data = socket};
	int code = fd < 0 ? fd : acceptor_create(listener->loop, &options, &socket->acceptor);

	if (code < 0) {
		if (fd >= 0)
			close(fd);
		return code;
	}
	socket->listener = listener;
	socket->port = port;
	listener->sockets_count++;
	return 0;
}

int listen_create(uv_loop_t *loop, const struct endpoint *endpoint, const uint16_t *ports,
	size_t ports_count, enum listen_direction direction, listen_cb on_accept, void *data,
	struct listener **ret)
{
	struct listener *listener = calloc(1, sizeof(*listener));
	size_t sockets = endpoint->kind == ENDPOINT_VSOCK ? ports_count : 1;
	int code = 0;

	if (!listener)
		return UV_ENOMEM;
	listener->loop = loop;
	listener->on_accept = on_accept;
	listener->data = data;
	listener->ports_count = ports_count;
	memcpy(listener->ports, ports, ports_count * sizeof(*ports));
	for (size_t i = 0; i < sockets && code == 0; i++)
		code = listening_add(
			listener, socket_open(listener, endpoint, direction, ports[i]), ports[i]);
	if (code < 0)
		sockets_close(listener);
	else
		*ret = listener;
	return code;
}

void listen_pause(struct listener *listener)
{
	for (size_t i = 0; i < listener->sockets_count; i++)
		acceptor_pause(listener->sockets[i].acceptor);
}

void listen_resume(struct listener *listener)
{
	for (size_t i = 0; i < listener->sockets_count; i++)
		acceptor_resume(listener->sockets[i].acceptor);
}

void listen_destroy(struct listener *listener)
{
	struct greeting *greeting;

	if (listener->path[0])
		unlink(listener->path);
	while ((greeting = LIST_FIRST(&listener->greetings))) {
		LIST_REMOVE(greeting, link);
		greeting->listener = NULL;
		greeting_end(greeting, false);
	}
	sockets_close(listener);
}
