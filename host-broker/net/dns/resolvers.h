/* The host's resolvers, as resolv.conf(5) has them now. */
#ifndef VMSILO_BROKER_NET_DNS_RESOLVERS_H
#define VMSILO_BROKER_NET_DNS_RESOLVERS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#define RESOLVERS_MAX 3 /* MAXNS of resolv.conf(5) */
#define RESOLVERS_PORT 53
#define RESOLVERS_FRESH_MS 500 /* then the file is read again */

struct resolvers {
	const char *path;
	uint64_t read_ms;
	struct sockaddr_storage list[RESOLVERS_MAX];
	size_t count;
	size_t good; /* of the list, who answered last: for those who cannot try several */
};

/* One on this machine when the file names none. Asks the kernel for the interfaces of link-local
 * ones ("fe80::1%eth0"), and for nothing else; those at interfaces that are not there are passed
 * over. */
void resolvers_parse(struct resolvers *resolvers, const char *text);
/* Reads the file when it was not read for a while. What was known holds when it cannot be read. */
void resolvers_refresh(struct resolvers *resolvers, uint64_t now_ms);

#endif
