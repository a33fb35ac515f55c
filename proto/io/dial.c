#include "proto/io/dial.h"

#include <errno.h>
#include <linux/vm_sockets.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/io/closer.h"
#include "proto/io/socket.h"
#include "proto/wire/hybrid.h"

enum dial_phase {
	DIAL_CONNECTING,
	DIAL_WAITS_FOR_OK, /* CONNECT was sent */
	DIAL_DONE,
};

struct dial {
	enum dial_phase phase;
	int fd;
	int result; /* to tell once the handles are closed; cancelled: nobody is told */
	bool cancelled;
	bool hybrid;
	uint32_t port;
	char line[HYBRID_LINE_MAX];
	size_t line_length;
	dial_cb on_done;
	void *data;
	struct closer closer;
	uv_poll_t poll;
	uv_timer_t timer;
};

/* Both handles are closed: only now the descriptor may pass to somebody who polls it again. */
static void on_closed(void *data)
{
	struct dial *dial = data;

	if (dial->cancelled || dial->result < 0)
		close(dial->fd);
	if (!dial->cancelled)
		dial->on_done(dial->data, dial->result < 0 ? dial->result : dial->fd);
	free(dial);
}

static void dial_end(struct dial *dial, int result)
{
	dial->phase = DIAL_DONE;
	dial->result = result;
	closer_close(&dial->closer, (uv_handle_t *)&dial->poll);
	closer_close(&dial->closer, (uv_handle_t *)&dial->timer);
	closer_finish(&dial->closer);
}

static void ok_read(struct dial *dial)
{
	uint32_t port;
	int code = socket_take_line(dial->fd, dial->line, sizeof(dial->line), &dial->line_length);

	if (code == UV_EAGAIN)
		return;
	if (code == 0)
		code = hybrid_parse_ok(dial->line, dial->line_length, &port);
	else if (code == UV_EOF)
		code = UV_ECONNRESET;
	if (code != 0)
		dial_end(dial, code < 0 ? code : 0);
}

static void on_poll(uv_poll_t *poll, int status, int events);

/* A fresh socket has room for the line. */
static void connect_send(struct dial *dial)
{
	char line[HYBRID_LINE_MAX];
	size_t length = hybrid_format_connect(line, dial->port);

	if (send(dial->fd, line, length, MSG_NOSIGNAL) != (ssize_t)length) {
		dial_end(dial, UV_ECONNRESET);
		return;
	}
	dial->phase = DIAL_WAITS_FOR_OK;
	uv_poll_start(&dial->poll, UV_READABLE, on_poll);
}

static void on_connected(struct dial *dial)
{
	if (dial->hybrid)
		connect_send(dial);
	else
		dial_end(dial, 0);
}

static void on_writable(struct dial *dial)
{
	int error = 0;
	socklen_t length = sizeof(error);

	if (getsockopt(dial->fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
		error = errno;
	if (error)
		dial_end(dial, -error);
	else
		on_connected(dial);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct dial *dial = poll->data;

	(void)events;
	if (status < 0)
		dial_end(dial, status);
	else if (dial->phase == DIAL_CONNECTING)
		on_writable(dial);
	else
		ok_read(dial);
}

static void on_timeout(uv_timer_t *timer)
{
	dial_end(timer->data, UV_ETIMEDOUT);
}

/* A connecting socket, or a connected one; *ret_hybrid: CONNECT must be said on it. */
static int socket_open(const struct endpoint *endpoint, uint32_t port,
	enum dial_direction direction, bool *ret_hybrid, bool *ret_connected)
{
	struct sockaddr_vm vm = {
		.svm_family = AF_VSOCK, .svm_cid = endpoint->cid, .svm_port = port};
	struct sockaddr_un path = {.sun_family = AF_UNIX};
	bool is_vsock = endpoint->kind == ENDPOINT_VSOCK;
	int code = 0;

	*ret_hybrid = !is_vsock && direction == DIAL_GUEST;
	if (*ret_hybrid)
		memcpy(path.sun_path, endpoint->path, sizeof(path.sun_path));
	else if (!is_vsock)
		code = endpoint_host_path(endpoint, port, &path);
	if (code < 0)
		return code;

	int fd = socket(
		is_vsock ? AF_VSOCK : AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	code = is_vsock ? connect(fd, (const struct sockaddr *)&vm, sizeof(vm))
			: connect(fd, (const struct sockaddr *)&path, sizeof(path));
	if (code < 0 && errno != EINPROGRESS) {
		code = -errno;
		close(fd);
		return code;
	}
	*ret_connected = code == 0;
	return fd;
}

int dial_start(uv_loop_t *loop, const struct endpoint *endpoint, uint32_t port,
	enum dial_direction direction, uint64_t timeout_ms, dial_cb on_done, void *data,
	struct dial **ret)
{
	struct dial *dial = calloc(1, sizeof(*dial));
	bool connected = false;

	if (!dial)
		return UV_ENOMEM;
	dial->port = port;
	dial->on_done = on_done;
	dial->data = data;
	dial->fd = socket_open(endpoint, port, direction, &dial->hybrid, &connected);
	int code = dial->fd < 0 ? dial->fd : uv_poll_init(loop, &dial->poll, dial->fd);
	if (code < 0) {
		if (dial->fd >= 0)
			close(dial->fd);
		free(dial);
		return code;
	}
	uv_timer_init(loop, &dial->timer);
	dial->poll.data = dial;
	dial->timer.data = dial;
	closer_init(&dial->closer, on_closed, dial);
	closer_add(&dial->closer);
	closer_add(&dial->closer);
	uv_timer_start(&dial->timer, on_timeout, timeout_ms, 0);
	if (connected)
		on_connected(dial);
	else
		uv_poll_start(&dial->poll, UV_WRITABLE, on_poll);
	*ret = dial;
	return 0;
}

void dial_cancel(struct dial *dial)
{
	dial->cancelled = true;
	if (dial->phase != DIAL_DONE)
		dial_end(dial, UV_ECANCELED);
}
