#include "guest-agent/tray.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guest-agent/program/account.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"
#include "proto/io/acceptor.h"
#include "proto/io/socket.h"

struct tray_client {
	struct tray_streams *streams;
	TAILQ_ENTRY(tray_client) link;
	int fd;
	uid_t uid;
	uv_poll_t poll;
};

/* ---- clients ---- */

static void on_client_closed(uv_handle_t *handle)
{
	struct tray_client *client = handle->data;

	close(client->fd);
	free(client);
}

static void client_drop(struct tray_client *client)
{
	TAILQ_REMOVE(&client->streams->clients, client, link);
	client->streams->count--;
	uv_close((uv_handle_t *)&client->poll, on_client_closed);
}

/* It has nothing to say: what can be read is its end. */
static void on_client(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	client_drop(poll->data);
}

static struct tray_client *client_of(const struct tray_streams *streams, uid_t uid)
{
	struct tray_client *client;

	TAILQ_FOREACH (client, &streams->clients, link)
		if (client->uid == uid)
			return client;
	return NULL;
}

/* Takes fd when it returns true. */
static bool hand_over(struct tray_streams *streams, int fd, uid_t uid)
{
	struct tray_client *client;

	while ((client = client_of(streams, uid))) {
		if (socket_send_fd(client->fd, "", 1, fd) == 1) {
			close(fd);
			return true;
		}
		client_drop(client);
	}
	return false;
}

static void kept_drop(struct tray_streams *streams)
{
	if (streams->kept_fd >= 0)
		close(streams->kept_fd);
	streams->kept_fd = -1;
}

static void client_add(struct tray_streams *streams, int fd, uid_t uid)
{
	struct tray_client *client = calloc(1, sizeof(*client));

	if (!client || uv_poll_init(streams->loop, &client->poll, fd) < 0) {
		free(client);
		close(fd);
		return;
	}
	client->streams = streams;
	client->fd = fd;
	client->uid = uid;
	client->poll.data = client;
	TAILQ_INSERT_HEAD(&streams->clients, client, link);
	streams->count++;
	uv_poll_start(&client->poll, UV_READABLE, on_client);
	if (streams->kept_fd >= 0 && streams->kept_uid == uid &&
		hand_over(streams, streams->kept_fd, uid))
		streams->kept_fd = -1;
}

static void on_connection(void *data, int fd, const struct sockaddr_storage *address)
{
	struct tray_streams *streams = data;
	struct socket_peer peer;

	(void)address;
	if (streams->count == TRAY_CLIENTS_MAX || socket_peer(fd, &peer) < 0) {
		close(fd);
		return;
	}
	client_add(streams, fd, peer.uid);
}

/* ---- streams ---- */

void tray_streams_add(
	struct tray_streams *streams, struct channel *channel, const struct grant *grant)
{
	struct account account;
	int fd;

	int code = channel_detach(channel, &fd);
	if (code < 0) {
		log_warning(
			NULL, "closed a tray stream that did not begin as the protocol requires");
		return;
	}
	code = account_find(grant->user, &account);
	if (code < 0) {
		log_warning(NULL, "closed a tray stream for a user that the guest does not have");
		close(fd);
		return;
	}
	if (hand_over(streams, fd, account.uid))
		return;
	kept_drop(streams);
	streams->kept_fd = fd;
	streams->kept_uid = account.uid;
}

static void folder_make(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) : 0, path);
	if (folder[0] && mkdir(folder, 0755) < 0 && errno != EEXIST)
		log_debug(NULL, "cannot make %s: %s", folder, strerror(errno));
}

int tray_streams_init(struct tray_streams *streams, uv_loop_t *loop, const char *path)
{
	*streams = (struct tray_streams){.loop = loop, .kept_fd = -1};
	TAILQ_INIT(&streams->clients);
	if (!path)
		return UV_ENOTSUP;
	folder_make(path);
	_cleanup_close_ int fd = socket_listen(path, 8);
	if (fd < 0)
		return fd;
	if (chmod(path, 0666) < 0)
		return -errno;
	const struct acceptor_options options = {
		.fd = fd, .what = "trays", .on_accept = on_connection, .data = streams};
	int code = acceptor_create(loop, &options, &streams->acceptor);
	if (code == 0)
		steal_fd(&fd);
	return code;
}
