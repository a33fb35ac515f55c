#include "host-broker/net/publish/connections.h"

#include <linux/sockios.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host-broker/net/publish/knock.h"
#include "proto/io/acceptor.h"
#include "proto/io/closer.h"

struct connections {
	struct connections_pool *pool;
	struct connections *next;
	struct acceptor *acceptor;
	struct sockaddr_in guest;
};

/* What comes here goes to other; what other does not take at once waits in rest, and nothing more
 * is read meanwhile. */
struct side {
	uv_tcp_t tcp;
	struct connection *connection;
	struct side *other;
	uv_write_t write;
	uv_shutdown_t shutdown;
	char *rest;
	bool ended;  /* nothing more comes here, */
	bool passed; /* and other was told */
};

struct connection {
	LIST_ENTRY(connection) link; /* in the pool's, until it ends */
	struct connections_pool *pool;
	struct side client, guest;
	uv_connect_t connect;
	struct closer closer;
	bool connected; /* to the guest */
	bool asks;      /* it was sent something, and has said nothing since */
	bool ending;
};

/* ---- the end ---- */

static void pool_turn(struct connections_pool *pool)
{
	for (struct connections *each = pool->first; each; each = each->next) {
		if (pool->count >= CONNECTIONS_MAX)
			acceptor_pause(each->acceptor);
		else
			acceptor_resume(each->acceptor);
	}
}

static void connection_free(void *data)
{
	struct connection *connection = data;

	connection->pool->count--;
	pool_turn(connection->pool);
	free(connection->client.rest);
	free(connection->guest.rest);
	free(connection);
}

static void connection_end(struct connection *connection)
{
	if (connection->ending)
		return;
	connection->ending = true;
	LIST_REMOVE(connection, link);
	closer_close(&connection->closer, (uv_handle_t *)&connection->client.tcp);
	closer_close(&connection->closer, (uv_handle_t *)&connection->guest.tcp);
	closer_finish(&connection->closer);
}

static void side_reset(const struct side *side)
{
	const struct linger now = {.l_onoff = 1};
	uv_os_fd_t fd;

	if (uv_fileno((const uv_handle_t *)&side->tcp, &fd) == 0)
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
}

/* Neither may take it for the end of what it was sent. */
static void connection_reset(struct connection *connection)
{
	if (connection->ending)
		return;
	side_reset(&connection->client);
	side_reset(&connection->guest);
	connection_end(connection);
}

/* ---- whether the guest is waited for ---- */

/* A guest that runs takes what it is sent, whether or not it answers. */
static bool is_taken(const struct side *guest)
{
	uv_os_fd_t fd;
	int left = 0;

	return uv_fileno((const uv_handle_t *)&guest->tcp, &fd) == 0 &&
	       ioctl(fd, SIOCOUTQ, &left) == 0 && left == 0;
}

static bool pool_waits(void *data)
{
	const struct connections_pool *pool = data;
	const struct connection *connection;

	LIST_FOREACH (connection, &pool->all, link)
		if (!connection->connected || (connection->asks && !is_taken(&connection->guest)))
			return true;
	return false;
}

/* What comes for the guest, or from it. The end of what a client sends asks for nothing. */
static void side_heard(const struct side *side, ssize_t length)
{
	struct connection *connection = side->connection;

	if (side == &connection->guest) {
		connection->asks = false;
		knock_answered(connection->pool->knock);
	} else if (length > 0) {
		connection->asks = true;
		knock_asked(connection->pool->knock);
	}
}

/* ---- the way ---- */

static void on_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	const struct side *side = handle->data;

	(void)suggested;
	*ret = uv_buf_init(side->connection->pool->buffer, CONNECTIONS_BUFFER);
}

static void on_read(uv_stream_t *tcp, ssize_t length, const uv_buf_t *untrusted);

static void on_written(uv_write_t *write, int status)
{
	struct side *side = write->data;

	free(side->rest);
	side->rest = NULL;
	if (side->connection->ending)
		return;
	if (status < 0)
		connection_reset(side->connection);
	else
		uv_read_start((uv_stream_t *)&side->tcp, on_buffer, on_read);
}

static void rest_write(struct side *side, const char *bytes, size_t length)
{
	side->rest = malloc(length);
	if (!side->rest) {
		connection_reset(side->connection);
		return;
	}
	memcpy(side->rest, bytes, length);
	const uv_buf_t rest = uv_buf_init(side->rest, (unsigned int)length);
	side->write.data = side;
	uv_read_stop((uv_stream_t *)&side->tcp);
	if (uv_write(&side->write, (uv_stream_t *)&side->other->tcp, &rest, 1, on_written) < 0) {
		free(side->rest);
		side->rest = NULL;
		connection_reset(side->connection);
	}
}

static void on_shut(uv_shutdown_t *shutdown, int status)
{
	struct side *side = shutdown->data;
	struct connection *connection = side->connection;

	if (connection->ending)
		return;
	side->passed = true;
	if (status < 0)
		connection_reset(connection);
	else if (connection->client.passed && connection->guest.passed)
		connection_end(connection);
}

static void side_ended(struct side *side)
{
	side->ended = true;
	side->shutdown.data = side;
	uv_read_stop((uv_stream_t *)&side->tcp);
	if (uv_shutdown(&side->shutdown, (uv_stream_t *)&side->other->tcp, on_shut) < 0)
		connection_reset(side->connection);
}

static void on_read(uv_stream_t *tcp, ssize_t length, const uv_buf_t *untrusted)
{
	struct side *side = tcp->data;
	struct connection *connection = side->connection;

	if (length == 0)
		return;
	side_heard(side, length);
	if (length < 0) {
		if (length == UV_EOF)
			side_ended(side);
		else
			connection_reset(connection);
		return;
	}
	const uv_buf_t bytes = uv_buf_init(untrusted->base, (unsigned int)length);
	int sent = uv_try_write((uv_stream_t *)&side->other->tcp, &bytes, 1);
	sent = sent == UV_EAGAIN ? 0 : sent;
	if (sent < 0)
		connection_reset(connection);
	else if (sent < length)
		rest_write(side, untrusted->base + sent, (size_t)(length - sent));
}

/* ---- the begin ---- */

static void on_connected(uv_connect_t *connect, int status)
{
	struct connection *connection = connect->data;

	if (connection->ending)
		return;
	connection->connected = true;
	knock_answered(connection->pool->knock);
	if (status < 0 ||
		uv_read_start((uv_stream_t *)&connection->client.tcp, on_buffer, on_read) < 0 ||
		uv_read_start((uv_stream_t *)&connection->guest.tcp, on_buffer, on_read) < 0)
		connection_reset(connection);
}

static void side_init(struct side *side, struct side *other, struct connection *connection)
{
	uv_tcp_init(connection->pool->loop, &side->tcp);
	closer_add(&connection->closer);
	side->tcp.data = side;
	side->other = other;
	side->connection = connection;
}

static struct connection *connection_make(struct connections_pool *pool)
{
	struct connection *connection = calloc(1, sizeof(*connection));

	if (!connection)
		return NULL;
	connection->pool = pool;
	closer_init(&connection->closer, connection_free, connection);
	side_init(&connection->client, &connection->guest, connection);
	side_init(&connection->guest, &connection->client, connection);
	connection->connect.data = connection;
	pool->count++;
	LIST_INSERT_HEAD(&pool->all, connection, link);
	return connection;
}

static void options_set(uv_tcp_t *tcp)
{
	uv_tcp_nodelay(tcp, 1);
	uv_tcp_keepalive(tcp, 1, CONNECTIONS_KEEPALIVE_S);
}

static void on_accept(void *data, int fd, const struct sockaddr_storage *peer)
{
	struct connections *connections = data;
	struct connection *connection = connection_make(connections->pool);

	(void)peer;
	if (!connection || uv_tcp_open(&connection->client.tcp, fd) < 0) {
		close(fd);
		if (connection)
			connection_end(connection);
		return;
	}
	pool_turn(connections->pool);
	knock_asked(connections->pool->knock);
	if (uv_tcp_connect(&connection->connect, &connection->guest.tcp,
		    (const struct sockaddr *)&connections->guest, on_connected) < 0) {
		connection_reset(connection);
		return;
	}
	options_set(&connection->client.tcp);
	options_set(&connection->guest.tcp);
}

int connections_pool_init(
	struct connections_pool *pool, uv_loop_t *loop, const char *vm, struct knock *knock)
{
	pool->loop = loop;
	pool->vm = vm;
	pool->knock = knock;
	LIST_INIT(&pool->all);
	knock->waits = pool_waits;
	knock->data = pool;
	return uv_tcp_init(loop, &pool->first_tcp);
}

int connections_create(struct connections_pool *pool, int fd, const struct sockaddr_in *guest)
{
	struct connections *connections = calloc(1, sizeof(*connections));
	const struct acceptor_options options = {.fd = fd,
		.vm = pool->vm,
		.what = "connections to a published port",
		.on_accept = on_accept,
		.data = connections};

	if (!connections)
		return UV_ENOMEM;
	connections->pool = pool;
	connections->guest = *guest;
	int code = acceptor_create(pool->loop, &options, &connections->acceptor);
	if (code < 0) {
		free(connections);
		return code;
	}
	connections->next = pool->first;
	pool->first = connections;
	return 0;
}
