#include "proto/listen.h"

#include <errno.h>
#include <linux/vm_sockets.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/closer.h"
#include "proto/hybrid.h"
#include "proto/socket.h"

#define LISTEN_BACKLOG 128
#define ACCEPTS_PER_TURN 16
#define GREETINGS_MAX 128 /* peers that have not said CONNECT yet */
#define GREETING_TIMEOUT_MS 5000

LIST_HEAD(greeting_list, greeting);

struct listener {
	uv_loop_t *loop;
	int fd;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* to remove; "" for vsock */
	uint32_t port;
	bool greets; /* peers say CONNECT first */
	bool stopped;
	listen_cb on_accept;
	void *data;
	struct greeting_list greetings;
	unsigned int greetings_count;
	struct closer closer;
	uv_poll_t poll;
};

/* A peer of a guest's side socket whose CONNECT line is awaited. */
struct greeting {
	struct listener *listener; /* NULL once the listener is gone */
	LIST_ENTRY(greeting) link; /* in listener.greetings */
	int fd;
	bool passed; /* fd goes on to on_accept */
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
		listener->on_accept(listener->data, greeting->fd, 0);
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
	bool known = port == greeting->listener->port;

	greeting_end(
		greeting, known && send(greeting->fd, ok, length, MSG_NOSIGNAL) == (ssize_t)length);
}

static void on_greeting_readable(uv_poll_t *poll, int status, int events)
{
	struct greeting *greeting = poll->data;
	uint32_t port;

	(void)status;
	(void)events;
	for (;;) {
		ssize_t count = read(greeting->fd, greeting->line + greeting->length, 1);
		if (count < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (count <= 0) {
			greeting_end(greeting, false);
			return;
		}
		greeting->length++;
		int code = hybrid_parse_connect(greeting->line, greeting->length, &port);
		if (code > 0)
			on_connect_line(greeting, port);
		else if (code < 0)
			greeting_end(greeting, false);
		if (code != 0)
			return;
	}
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

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct listener *listener = poll->data;

	(void)status;
	(void)events;
	for (int i = 0; i < ACCEPTS_PER_TURN && !listener->stopped; i++) {
		struct sockaddr_storage address = {0};
		socklen_t length = sizeof(address);
		int fd = accept4(listener->fd, (struct sockaddr *)&address, &length,
			SOCK_NONBLOCK | SOCK_CLOEXEC);
		uint32_t cid = 0;

		if (fd < 0)
			return;
		if (address.ss_family == AF_VSOCK)
			cid = ((const struct sockaddr_vm *)&address)->svm_cid;
		if (listener->greets)
			greeting_start(listener, fd);
		else
			listener->on_accept(listener->data, fd, cid);
	}
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

static int listener_open(
	struct listener *listener, const struct endpoint *endpoint, enum listen_direction direction)
{
	struct sockaddr_un address = {0};
	int code = 0;

	/* The endpoint names the peer's machine; on a kernel's vsock we listen for all of them, and
	 * the caller looks at the peer's CID. */
	if (endpoint->kind == ENDPOINT_VSOCK)
		return vsock_listen(VMADDR_CID_ANY, listener->port);
	if (direction == LISTEN_HOST)
		code = endpoint_host_path(endpoint, listener->port, &address);
	else
		memcpy(address.sun_path, endpoint->path, sizeof(address.sun_path));
	if (code < 0)
		return code;
	memcpy(listener->path, address.sun_path, sizeof(listener->path));
	listener->greets = direction == LISTEN_GUEST;
	return socket_listen(listener->path, LISTEN_BACKLOG);
}

static void on_closed(void *data)
{
	struct listener *listener = data;

	close(listener->fd);
	free(listener);
}

int listen_create(uv_loop_t *loop, const struct endpoint *endpoint, uint32_t port,
	enum listen_direction direction, listen_cb on_accept, void *data, struct listener **ret)
{
	struct listener *listener = calloc(1, sizeof(*listener));

	if (!listener)
		return UV_ENOMEM;
	listener->loop = loop;
	listener->port = port;
	listener->on_accept = on_accept;
	listener->data = data;
	listener->fd = listener_open(listener, endpoint, direction);
	int code =
		listener->fd < 0 ? listener->fd : uv_poll_init(loop, &listener->poll, listener->fd);
	if (code < 0) {
		if (listener->fd >= 0)
			close(listener->fd);
		free(listener);
		return code;
	}
	closer_init(&listener->closer, on_closed, listener);
	closer_add(&listener->closer);
	listener->poll.data = listener;
	uv_poll_start(&listener->poll, UV_READABLE, on_readable);
	*ret = listener;
	return 0;
}

void listen_pause(struct listener *listener)
{
	listener->stopped = true;
	uv_poll_stop(&listener->poll);
}

void listen_resume(struct listener *listener)
{
	listener->stopped = false;
	uv_poll_start(&listener->poll, UV_READABLE, on_readable);
}

void listen_destroy(struct listener *listener)
{
	struct greeting *greeting;

	listener->stopped = true;
	if (listener->path[0])
		unlink(listener->path);
	while ((greeting = LIST_FIRST(&listener->greetings))) {
		LIST_REMOVE(greeting, link);
		greeting->listener = NULL;
		greeting_end(greeting, false);
	}
	closer_close(&listener->closer, (uv_handle_t *)&listener->poll);
	closer_finish(&listener->closer);
}
