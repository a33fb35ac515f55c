#include "host-broker/server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/cleanup.h"
#include "proto/closer.h"
#include "proto/log.h"

#define SERVER_BACKLOG 1024
#define ACCEPTS_PER_TURN 16 /* so that a crowd of clients does not starve the VMs */

struct server {
	int fd;
	server_cb on_accept;
	void *data;
	struct closer closer;
	uv_poll_t poll;
	bool paused;
};

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct server *server = poll->data;
	struct socket_peer peer;

	(void)status;
	(void)events;
	for (int i = 0; i < ACCEPTS_PER_TURN && !server->paused; i++) {
		int fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd < 0) {
			if (errno != EAGAIN && errno != ECONNABORTED && errno != EINTR)
				log_warning(NULL, "accept: %s", uv_strerror(-errno));
			return;
		}
		if (socket_peer(fd, &peer) < 0)
			close(fd);
		else
			server->on_accept(server->data, fd, &peer);
	}
}

static void server_free(void *data)
{
	struct server *server = data;

	close(server->fd);
	free(server);
}

int server_create_fd(uv_loop_t *loop, int fd, server_cb on_accept, void *data, struct server **ret)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server) {
		close(fd);
		return UV_ENOMEM;
	}
	*server = (struct server){.fd = fd, .on_accept = on_accept, .data = data};
	int code = uv_poll_init(loop, &server->poll, fd);
	if (code < 0) {
		server_free(server);
		return code;
	}
	closer_init(&server->closer, server_free, server);
	closer_add(&server->closer);
	server->poll.data = server;
	uv_poll_start(&server->poll, UV_READABLE, on_readable);
	*ret = server;
	return 0;
}

int server_create(uv_loop_t *loop, const char *path, bool for_all, server_cb on_accept, void *data,
	struct server **ret)
{
	_cleanup_close_ int fd = socket_listen(path, SERVER_BACKLOG);

	if (fd < 0)
		return fd;
	/* Its folder is ours alone to write to. */
	if (for_all && chmod(path, 0666) < 0)
		return -errno;
	return server_create_fd(loop, steal_fd(&fd), on_accept, data, ret);
}

void server_pause(struct server *server)
{
	server->paused = true;
	uv_poll_stop(&server->poll);
}

void server_resume(struct server *server)
{
	server->paused = false;
	uv_poll_start(&server->poll, UV_READABLE, on_readable);
}

void server_destroy(struct server *server)
{
	server->paused = true;
	closer_close(&server->closer, (uv_handle_t *)&server->poll);
	closer_finish(&server->closer);
}
