/*
 * Requests to the kernel's routing by rtnetlink(7). By hand, since these are four requests, of
 * whose answers only names, numbers and addresses are wanted, and the agent is one static program.
 */
#ifndef VMSILO_AGENT_NETWORK_NETLINK_H
#define VMSILO_AGENT_NETWORK_NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdint.h>

#define NETLINK_REQUEST_SIZE 256 /* bytes; ours have at most five small attributes */

struct netlink {
	int fd;
	uint32_t sequence;
};

/* A request: a header, what its type has first, and attributes. */
struct netlink_request {
	union {
		struct nlmsghdr header;
		uint8_t bytes[NETLINK_REQUEST_SIZE];
	};
};

/* A socket of the network namespace that we are in; negative: -errno. netlink_close() in any case.
 */
int netlink_open(struct netlink *netlink);
void netlink_close(struct netlink *netlink);

void netlink_begin(struct netlink_request *request, uint16_t type, uint16_t flags,
	const void *first, size_t size);
void netlink_add(struct netlink_request *request, uint16_t type, const void *value, size_t size);
/* Asks, and waits for the answer: 0 or -errno. */
int netlink_do(struct netlink *netlink, struct netlink_request *request);
/* Asks for a list; each of its messages of type is handed over. 0 or -errno. */
int netlink_list(struct netlink *netlink, struct netlink_request *request, uint16_t type,
	void (*each)(void *data, const struct nlmsghdr *message), void *data);

/* The value of an attribute, which has at least size bytes; NULL: it has none. first: the size of
 * what the message's type has first. */
const void *netlink_attribute(
	const struct nlmsghdr *message, size_t first, uint16_t type, size_t size);

#endif
