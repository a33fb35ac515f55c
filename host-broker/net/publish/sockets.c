#include "host-broker/net/publish/sockets.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

#include "proto/base/cleanup.h"

#define BACKLOG 128

static socklen_t address_get(const struct net_publish *publish, struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;

	*ret = (struct sockaddr_storage){.ss_family = publish->address.family};
	if (publish->address.family == AF_INET) {
		v4->sin_port = htons(publish->port);
		memcpy(&v4->sin_addr, publish->address.bytes, sizeof(v4->sin_addr));
		return sizeof(*v4);
	}
	v6->sin6_port = htons(publish->port);
	memcpy(&v6->sin6_addr, publish->address.bytes, sizeof(v6->sin6_addr));
	return sizeof(*v6);
}

static int on(int fd, int level, int name)
{
	const int one = 1;

	return setsockopt(fd, level, name, &one, sizeof(one)) < 0 ? -errno : 0;
}

/* Of UDP, answers are to come from the address that was asked. */
static int options_set(int fd, const struct net_publish *publish)
{
	bool v6 = publish->address.family == AF_INET6;
	int code = v6 ? on(fd, IPPROTO_IPV6, IPV6_V6ONLY) : 0;

	if (code < 0)
		return code;
	if (publish->protocol == NET_TCP)
		return on(fd, SOL_SOCKET, SO_REUSEADDR);
	return v6 ? on(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO) : on(fd, IPPROTO_IP, IP_PKTINFO);
}

static int bound_open(const struct net_publish *publish)
{
	struct sockaddr_storage address;
	socklen_t length = address_get(publish, &address);
	int type = publish->protocol == NET_TCP ? SOCK_STREAM : SOCK_DGRAM;
	_cleanup_close_ int fd =
		socket(publish->address.family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	int code = options_set(fd, publish);
	if (code < 0)
		return code;
	if (bind(fd, (const struct sockaddr *)&address, length) < 0 ||
		(publish->protocol == NET_TCP && listen(fd, BACKLOG) < 0))
		return -errno;
	return steal_fd(&fd);
}

int publish_socket_open(const struct net_publish *publish, struct error *error)
{
	char text[NET_PUBLISH_TEXT_SIZE];
	int fd = bound_open(publish);

	if (fd >= 0)
		return fd;
	net_publish_print(publish, text);
	if (fd == UV_EADDRINUSE)
		return error_set(error, fd,
			"cannot publish %s: another program has that port; which, says: "
			"ss -%slnp sport = :%" PRIu16,
			text, publish->protocol == NET_TCP ? "t" : "u", publish->port);
	if (fd == UV_EADDRNOTAVAIL || fd == UV_EAFNOSUPPORT)
		return error_set(
			error, fd, "cannot publish %s: this host has not that address now", text);
	if (fd == UV_EACCES)
		return error_set(error, fd,
			"cannot publish %s: without root only ports from "
			"net.ipv4.ip_unprivileged_port_start (sysctl) on can be had: publish a "
			"higher one",
			text);
	return error_set(error, fd, "cannot publish %s: %s", text, uv_strerror(fd));
}
