#include "host-broker/net/dns/way6.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include "proto/base/cleanup.h"

/* A socket that is connected takes the way's own address; nothing is sent. The destination is where
 * what is global begins (RFC 4291, 2.4): only a route for all of it leads there. */
bool way6_look(void)
{
	const struct sockaddr_in6 to = {
		.sin6_family = AF_INET6, .sin6_port = htons(9), .sin6_addr.s6_addr = {0x20}};
	struct sockaddr_in6 from = {0};
	socklen_t size = sizeof(from);
	_cleanup_close_ int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0 &&
	       getsockname(fd, (struct sockaddr *)&from, &size) == 0 &&
	       !IN6_IS_ADDR_LINKLOCAL(&from.sin6_addr);
}

bool way6_is_there(struct way6 *way6, uint64_t now_ms)
{
	if (way6->never)
		return false;
	if (!way6->looked || now_ms - way6->looked_ms >= WAY6_FRESH_MS) {
		way6->there = way6_look();
		way6->looked = true;
		way6->looked_ms = now_ms;
	}
	return way6->there;
}
