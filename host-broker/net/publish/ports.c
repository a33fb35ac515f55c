#include "host-broker/net/publish/ports.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/net/keep/keep.h"
#include "host-broker/net/publish/forwarder.h"
#include "host-broker/net/publish/sockets.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"

#define NAME_SIZE (VM_NAME_MAX + 48)

/* Of one VM. */
struct published {
	const struct ports *ports;
	struct publish_want want;
	int sockets[NET_PUBLISH_MAX]; /* of want.ports */
	int knock_read, knock_write;
	struct kept kept;
	char name[NAME_SIZE];
};

struct ports {
	int user_namespace, network_namespace;
	int epoll;
	struct published *places[NET_VMS_MAX];
};

/* ---- sockets ---- */

static bool is_same(const struct net_publish *one, const struct net_publish *other)
{
	return one->protocol == other->protocol && one->port == other->port &&
	       net_address_equal(&one->address, &other->address);
}

/* That of the VM's which leads to the host's port already. */
static int socket_find(const struct published *before, const struct net_publish *publish)
{
	for (size_t i = 0; before && i < before->want.count; i++)
		if (is_same(&before->want.ports[i], publish))
			return before->sockets[i];
	return -1;
}

static bool is_among(const struct published *published, int fd)
{
	for (size_t i = 0; published && i < published->want.count; i++)
		if (published->sockets[i] == fd)
			return true;
	return false;
}

static void sockets_close(const struct published *published, const struct published *but)
{
	for (size_t i = 0; i < published->want.count; i++)
		if (published->sockets[i] >= 0 && !is_among(but, published->sockets[i]))
			close(published->sockets[i]);
}

static int others_check(
	const struct ports *ports, const struct publish_want *want, size_t at, struct error *error)
{
	char text[NET_PUBLISH_TEXT_SIZE];

	for (size_t i = 0; i < NET_VMS_MAX; i++) {
		const struct published *other = ports->places[i];
		for (size_t j = 0; other && i != want->place && j < other->want.count; j++) {
			if (!net_publish_meets(&other->want.ports[j], &want->ports[at]))
				continue;
			net_publish_print(&want->ports[at], text);
			return error_set(error, UV_EADDRINUSE,
				"cannot publish %s: VM \"%s\", which runs, has that port", text,
				other->want.vm);
		}
	}
	return 0;
}

static int sockets_open(
	struct published *published, const struct published *before, struct error *error)
{
	for (size_t i = 0; i < published->want.count; i++) {
		const struct net_publish *publish = &published->want.ports[i];
		int code = others_check(published->ports, &published->want, i, error);
		int fd = code < 0 ? code : socket_find(before, publish);
		if (fd == -1)
			fd = publish_socket_open(publish, error);
		published->sockets[i] = fd;
		if (fd < 0)
			return fd;
	}
	return 0;
}

/* ---- one VM ---- */

/* In the child: all that it is to have is above the standard descriptors. */
static void forwarder_child(void *data)
{
	const struct published *published = data;
	const struct forwarder_options options = {
		.want = &published->want,
		.sockets = published->sockets,
		.knock_fd = published->knock_write,
		.user_namespace = published->ports->user_namespace,
		.network_namespace = published->ports->network_namespace,
	};

	_exit(forwarder_run(&options));
}

static void published_free(struct published *published, const struct published *but)
{
	keep_finish(&published->kept);
	sockets_close(published, but);
	/* A child that is just being made may have it, too. */
	if (published->knock_read >= 0) {
		epoll_ctl(published->ports->epoll, EPOLL_CTL_DEL, published->knock_read, NULL);
		close(published->knock_read);
	}
	if (published->knock_write >= 0)
		close(published->knock_write);
	free(published);
}

static struct published *published_make(const struct ports *ports, const struct publish_want *want)
{
	struct published *published = calloc(1, sizeof(*published));

	if (!published)
		return NULL;
	published->ports = ports;
	published->want = *want;
	memset(published->sockets, -1, sizeof(published->sockets));
	published->knock_read = published->knock_write = -1;
	snprintf(published->name, sizeof(published->name), "what serves the ports of VM \"%s\"",
		want->vm);
	published->kept = (struct kept){.name = published->name,
		.consequence = "nobody is served",
		.run = forwarder_child,
		.data = published};
	return published;
}

static int knock_open(const struct ports *ports, struct published *published)
{
	int fds[2];
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = published->want.place};

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	published->knock_read = fds[0];
	published->knock_write = fds[1];
	return epoll_ctl(ports->epoll, EPOLL_CTL_ADD, fds[0], &event) < 0 ? -errno : 0;
}

static int published_open(struct ports *ports, struct published *published,
	const struct published *before, struct error *error)
{
	int code = sockets_open(published, before, error);

	if (code < 0)
		return code;
	code = knock_open(ports, published);
	return code < 0 ? error_set(error, code, "cannot publish: %s", uv_strerror(code)) : 0;
}

/* ---- all ---- */

static bool want_is_had(const struct published *before, const struct publish_want *want)
{
	if (!before)
		return want->count == 0;
	if (before->want.count != want->count || before->want.guest.s_addr != want->guest.s_addr)
		return false;
	for (size_t i = 0; i < want->count; i++)
		if (!is_same(&before->want.ports[i], &want->ports[i]) ||
			before->want.ports[i].target != want->ports[i].target)
			return false;
	return true;
}

int ports_set(struct ports *ports, const struct publish_want *want, struct error *error)
{
	struct published **place = &ports->places[want->place], *before = *place;

	if (want_is_had(before, want))
		return 0;
	struct published *published = want->count > 0 ? published_make(ports, want) : NULL;
	if (want->count > 0 && !published)
		return error_set(error, UV_ENOMEM, "out of memory");
	int code = published ? published_open(ports, published, before, error) : 0;
	if (code < 0) {
		published_free(published, before);
		return code;
	}
	*place = published;
	if (before)
		published_free(before, published);
	return 0;
}

int ports_fd(const struct ports *ports)
{
	return ports->epoll;
}

int ports_knocked(struct ports *ports)
{
	struct epoll_event event;
	char bytes[64];

	if (epoll_wait(ports->epoll, &event, 1, 0) != 1)
		return -1;
	const struct published *published = ports->places[event.data.u64];
	if (published && read(published->knock_read, bytes, sizeof(bytes)) <= 0)
		return -1;
	return (int)event.data.u64;
}

int ports_keep(struct ports *ports, uint64_t now_ms)
{
	int first = -1;

	for (size_t i = 0; i < NET_VMS_MAX; i++) {
		int rest = ports->places[i] ? keep(&ports->places[i]->kept, now_ms) : -1;
		if (rest >= 0 && (first < 0 || rest < first))
			first = rest;
	}
	return first;
}

void ports_ended(struct ports *ports, pid_t pid, int status, uint64_t now_ms)
{
	for (size_t i = 0; i < NET_VMS_MAX; i++)
		if (ports->places[i])
			keep_ended(&ports->places[i]->kept, pid, status, now_ms);
}

int ports_create(int user_namespace, int network_namespace, struct ports **ret)
{
	struct ports *ports = calloc(1, sizeof(*ports));

	if (!ports)
		return UV_ENOMEM;
	ports->user_namespace = user_namespace;
	ports->network_namespace = network_namespace;
	ports->epoll = epoll_create1(EPOLL_CLOEXEC);
	*ret = ports;
	return ports->epoll < 0 ? -errno : 0;
}

void ports_destroy(struct ports *ports)
{
	if (!ports)
		return;
	for (size_t i = 0; i < NET_VMS_MAX; i++)
		if (ports->places[i])
			published_free(ports->places[i], NULL);
	if (ports->epoll >= 0)
		close(ports->epoll);
	free(ports);
}
