#include "host-broker/net/dns/way.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "proto/base/cleanup.h"

#define DISCARD 9

union end {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* Where what is global begins (RFC 6890; RFC 4291, 2.4): only a route for all of it leads there. */
static socklen_t begin_get(int family, union end *ret)
{
	*ret = (union end){0};
	if (family == AF_INET) {
		ret->in = (struct sockaddr_in){.sin_family = AF_INET,
			.sin_port = htons(DISCARD),
			.sin_addr.s_addr = htonl(0x01000000)};
		return sizeof(ret->in);
	}
	ret->in6 = (struct sockaddr_in6){
		.sin6_family = AF_INET6, .sin6_port = htons(DISCARD), .sin6_addr.s6_addr = {0x20}};
	return sizeof(ret->in6);
}

/* A socket that is connected takes the way's own address; nothing is sent. */
bool way_look(int family)
{
	union end to, from = {0};
	socklen_t size = begin_get(family, &to);
	_cleanup_close_ int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, &to.any, size) < 0 || getsockname(fd, &from.any, &size) < 0)
		return false;
	return family == AF_INET || !IN6_IS_ADDR_LINKLOCAL(&from.in6.sin6_addr);
}

bool way6_is_there(struct way6 *way6, uint64_t now_ms)
{
	if (way6->never)
		return false;
	if (!way6->looked || now_ms - way6->looked_ms >= WAY6_FRESH_MS) {
		way6->there = way_look(AF_INET6);
		way6->looked = true;
		way6->looked_ms = now_ms;
	}
	return way6->there;
}
