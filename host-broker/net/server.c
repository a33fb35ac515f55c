#include "host-broker/net/server.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host-broker/net/requests.h"
#include "proto/base/log.h"
#include "proto/io/acceptor.h"
#include "proto/io/closer.h"
#include "proto/io/socket.h"
#include "proto/wire/frame.h"

struct peer {
	struct server *server;
	uv_poll_t poll;
	int fd;
	struct closer closer;
};

struct server {
	struct server_options options;
	struct acceptor *acceptor;
	uv_loop_t *loop;
	struct peer *peers[SERVER_PEERS_MAX];
	unsigned int count; /* of peers */
	uint8_t packet[FRAME_HEADER_SIZE + FRAME_NET_MAX + 1];
};

static void peer_free(void *data)
{
	struct peer *peer = data;

	close(peer->fd);
	free(peer);
}

static void peer_end(struct peer *peer)
{
	for (size_t i = 0; i < SERVER_PEERS_MAX; i++)
		if (peer->server->peers[i] == peer)
			peer->server->peers[i] = NULL;
	if (--peer->server->count == 0)
		peer->server->options.on_peers(peer->server->options.data, false);
	closer_close(&peer->closer, (uv_handle_t *)&peer->poll);
	closer_finish(&peer->closer);
}

static bool answer_send(int fd, const struct answer *answer)
{
	if (answer->fd >= 0)
		return socket_send_fd(fd, answer->packet, answer->length, answer->fd) >= 0;
	return send(fd, answer->packet, answer->length, MSG_NOSIGNAL) >= 0;
}

/* One that does not take its answers loses its connection: it may ask again. */
static int packet_handle(struct peer *peer)
{
	struct server *server = peer->server;
	struct answer answer;
	ssize_t length = recv(peer->fd, server->packet, sizeof(server->packet), 0);

	if (length <= 0)
		return length < 0 ? -errno : UV_EOF;
	int code = requests_handle(server->options.state, server->packet, (size_t)length, &answer);
	if (code == 0 && !answer_send(peer->fd, &answer))
		code = -errno;
	answer_finish(&answer);
	return code;
}

static void on_packet(uv_poll_t *poll, int status, int events)
{
	struct peer *peer = poll->data;
	int code = status < 0 ? status : packet_handle(peer);

	(void)events;
	if (code == 0 || code == UV_EAGAIN || code == UV_EINTR)
		return;
	if (code != UV_EOF && code != UV_ECONNRESET)
		log_warning(NULL, "a broker's connection ends: %s", uv_strerror(code));
	peer_end(peer);
}

static bool is_ours(int fd)
{
	struct socket_peer peer;

	return socket_peer(fd, &peer) == 0 && peer.uid == geteuid();
}

static struct peer **place_find(struct server *server)
{
	for (size_t i = 0; i < SERVER_PEERS_MAX; i++)
		if (!server->peers[i])
			return &server->peers[i];
	return NULL;
}

/* Takes fd when it succeeds. */
static bool peer_begin(struct server *server, int fd)
{
	struct peer **place = place_find(server);
	struct peer *peer = place && is_ours(fd) ? calloc(1, sizeof(*peer)) : NULL;

	if (!peer || uv_poll_init(server->loop, &peer->poll, fd) < 0) {
		free(peer);
		return false;
	}
	peer->server = server;
	peer->fd = fd;
	peer->poll.data = peer;
	closer_init(&peer->closer, peer_free, peer);
	closer_add(&peer->closer);
	uv_poll_start(&peer->poll, UV_READABLE, on_packet);
	*place = peer;
	if (server->count++ == 0)
		server->options.on_peers(server->options.data, true);
	return true;
}

static void on_accept(void *data, int fd, const struct sockaddr_storage *address)
{
	(void)address;
	if (!peer_begin(data, fd))
		close(fd);
}

int server_create(uv_loop_t *loop, const struct server_options *server_options, struct server **ret)
{
	struct server *server = calloc(1, sizeof(*server));
	const struct acceptor_options options = {.fd = server_options->fd,
		.what = "brokers",
		.on_accept = on_accept,
		.data = server};

	if (!server)
		return UV_ENOMEM;
	server->loop = loop;
	server->options = *server_options;
	int code = acceptor_create(loop, &options, &server->acceptor);
	if (code < 0) {
		free(server);
		return code;
	}
	*ret = server;
	return 0;
}

/* A broker that does not read hears of the next. */
static void all_tell(const struct server *server, struct answer *answer)
{
	for (size_t i = 0; i < SERVER_PEERS_MAX; i++)
		if (server->peers[i])
			send(server->peers[i]->fd, answer->packet, answer->length,
				MSG_NOSIGNAL | MSG_DONTWAIT);
	answer_finish(answer);
}

void server_knock(struct server *server, const char *vm)
{
	struct answer answer;

	if (requests_knock(vm, &answer) == 0)
		all_tell(server, &answer);
}

void server_refused(struct server *server, const struct refused *refused)
{
	struct answer answer;

	if (requests_refused(refused, &answer) == 0)
		all_tell(server, &answer);
}

void server_destroy(struct server *server)
{
	acceptor_destroy(server->acceptor);
	for (size_t i = 0; i < SERVER_PEERS_MAX; i++)
		if (server->peers[i])
			peer_end(server->peers[i]);
	free(server);
}
