#include "host-broker/system/server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/cleanup.h"
#include "proto/io/acceptor.h"

#define SERVER_BACKLOG 1024

struct server {
	server_cb on_accept;
	void *data;
	struct acceptor *acceptor;
};

static void on_connection(void *data, int fd, const struct sockaddr_storage *address)
{
	const struct server *server = data;
	struct socket_peer peer;

	(void)address;
	if (socket_peer(fd, &peer) < 0) {
		close(fd);
		return;
	}
	if (!server->on_accept(server->data, fd, &peer))
		acceptor_gather(server->acceptor);
}

int server_create_fd(uv_loop_t *loop, int fd, server_cb on_accept, void *data, struct server **ret)
{
	/* One that is handed to us has its maker's backlog. */
	listen(fd, SERVER_BACKLOG);

	struct server *server = calloc(1, sizeof(*server));
	const struct acceptor_options options = {.fd = fd,
		.what = "clients",
		.backlog = SERVER_BACKLOG,
		.on_accept = on_connection,
		.data = server};
	int code = server ? acceptor_create(loop, &options, &server->acceptor) : UV_ENOMEM;

	if (code < 0) {
		free(server);
		close(fd);
		return code;
	}
	server->on_accept = on_accept;
	server->data = data;
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
	acceptor_pause(server->acceptor);
}

void server_resume(struct server *server)
{
	acceptor_resume(server->acceptor);
}

bool server_waits(const struct server *server)
{
	return acceptor_waits(server->acceptor);
}

void server_destroy(struct server *server)
{
	acceptor_destroy(server->acceptor);
	free(server);
}
