#include "guest-agent/display/handover.h"

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

struct handover_client {
	struct handover *handover;
	TAILQ_ENTRY(handover_client) link;
	int fd;
	uid_t uid;
	uv_poll_t poll;
};

/* ---- clients ---- */

static void on_client_closed(uv_handle_t *handle)
{
	struct handover_client *client = handle->data;

	close(client->fd);
	free(client);
}

static void client_drop(struct handover_client *client)
{
	TAILQ_REMOVE(&client->handover->clients, client, link);
	client->handover->count--;
	uv_close((uv_handle_t *)&client->poll, on_client_closed);
}

/* It has nothing to say: what can be read is its end. */
static void on_client(uv_poll_t *poll, int status, int events)
{
	(void)status;
	(void)events;
	client_drop(poll->data);
}

static struct handover_client *client_of(const struct handover *handover, uid_t uid)
{
	struct handover_client *client;

	TAILQ_FOREACH (client, &handover->clients, link)
		if (client->uid == uid)
			return client;
	return NULL;
}

static bool fds_send(const struct handover *handover, int to, int fd)
{
	_cleanup_close_ int beside = handover->beside ? handover->beside() : -1;
	const int fds[] = {fd, beside};

	return socket_send_fds(to, "", 1, fds, beside >= 0 ? 2 : 1) == 1;
}

/* Takes fd when it returns true. */
static bool hand_over(struct handover *handover, int fd, uid_t uid)
{
	struct handover_client *client;

	while ((client = client_of(handover, uid))) {
		if (fds_send(handover, client->fd, fd)) {
			close(fd);
			return true;
		}
		client_drop(client);
	}
	return false;
}

static void kept_drop(struct handover *handover)
{
	if (handover->kept_fd >= 0)
		close(handover->kept_fd);
	handover->kept_fd = -1;
}

static void client_add(struct handover *handover, int fd, uid_t uid)
{
	struct handover_client *client = calloc(1, sizeof(*client));

	if (!client || uv_poll_init(handover->loop, &client->poll, fd) < 0) {
		free(client);
		close(fd);
		return;
	}
	client->handover = handover;
	client->fd = fd;
	client->uid = uid;
	client->poll.data = client;
	TAILQ_INSERT_HEAD(&handover->clients, client, link);
	handover->count++;
	uv_poll_start(&client->poll, UV_READABLE, on_client);
	if (handover->kept_fd >= 0 && handover->kept_uid == uid &&
		hand_over(handover, handover->kept_fd, uid))
		handover->kept_fd = -1;
}

static void on_connection(void *data, int fd, const struct sockaddr_storage *address)
{
	struct handover *handover = data;
	struct socket_peer peer;

	(void)address;
	if (handover->count == HANDOVER_CLIENTS_MAX || socket_peer(fd, &peer) < 0) {
		close(fd);
		return;
	}
	client_add(handover, fd, peer.uid);
}

/* ---- streams ---- */

void handover_add(struct handover *handover, struct channel *channel, const struct grant *grant)
{
	struct account account;
	int fd;

	int code = channel_detach(channel, &fd);
	if (code < 0) {
		log_warning(NULL, "closed a %s stream that did not begin as the protocol requires",
			handover->what);
		return;
	}
	code = account_find(grant->user, &account);
	if (code < 0) {
		log_warning(NULL, "closed a %s stream for a user that the guest does not have",
			handover->what);
		close(fd);
		return;
	}
	if (hand_over(handover, fd, account.uid))
		return;
	kept_drop(handover);
	handover->kept_fd = fd;
	handover->kept_uid = account.uid;
}

static void folder_make(const char *path)
{
	char folder[PATH_MAX];
	const char *slash = strrchr(path, '/');

	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) : 0, path);
	if (folder[0] && mkdir(folder, 0755) < 0 && errno != EEXIST)
		log_debug(NULL, "cannot make %s: %s", folder, strerror(errno));
}

int handover_init(struct handover *handover, uv_loop_t *loop, const char *what, const char *path)
{
	*handover = (struct handover){.loop = loop, .what = what, .kept_fd = -1};
	TAILQ_INIT(&handover->clients);
	if (!path)
		return UV_ENOTSUP;
	folder_make(path);
	_cleanup_close_ int fd = socket_listen(path, 8);
	if (fd < 0)
		return fd;
	if (chmod(path, 0666) < 0)
		return -errno;
	const struct acceptor_options options = {
		.fd = fd, .what = what, .on_accept = on_connection, .data = handover};
	int code = acceptor_create(loop, &options, &handover->acceptor);
	if (code == 0)
		steal_fd(&fd);
	return code;
}
