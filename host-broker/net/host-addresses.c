#include "host-broker/net/host-addresses.h"

#include <linux/rtnetlink.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

#include "host-broker/net/route.h"

static int events_open(struct host_addresses *host)
{
	int code = route_open(&host->events);

	if (code < 0)
		return code;
	nl_socket_disable_seq_check(host->events);
	if (nl_socket_add_memberships(host->events, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR, 0) <
			0 ||
		nl_socket_set_nonblocking(host->events) < 0)
		return UV_EIO;
	return 0;
}

int host_addresses_open(struct host_addresses *host)
{
	*host = (struct host_addresses){0};
	int code = route_open(&host->dump);
	if (code == 0)
		code = events_open(host);
	if (code < 0)
		host_addresses_close(host);
	return code;
}

void host_addresses_close(struct host_addresses *host)
{
	route_close(host->dump);
	route_close(host->events);
	*host = (struct host_addresses){0};
}

int host_addresses_fd(const struct host_addresses *host)
{
	return nl_socket_get_fd(host->events);
}

/* What they say does not matter: all is read anew, also when some were lost. */
static void events_drain(const struct host_addresses *host)
{
	char bytes[8192];

	while (recv(nl_socket_get_fd(host->events), bytes, sizeof(bytes), MSG_DONTWAIT) > 0)
		;
}

static bool address_take(struct rtnl_addr *entry, struct net_address *ret)
{
	struct nl_addr *local = rtnl_addr_get_local(entry);

	if (!local || nl_addr_get_len(local) > sizeof(ret->bytes))
		return false;
	*ret = (struct net_address){.family = (uint8_t)nl_addr_get_family(local)};
	memcpy(ret->bytes, nl_addr_get_binary_addr(local), nl_addr_get_len(local));
	return ret->family == AF_INET || ret->family == AF_INET6;
}

static bool is_in(const struct net_address *list, int count, const struct net_address *address)
{
	for (int i = 0; i < count; i++)
		if (net_address_equal(&list[i], address))
			return true;
	return false;
}

int host_addresses_read(const struct host_addresses *host, struct net_address *ret, size_t max)
{
	struct nl_cache *cache;
	int count = 0;

	events_drain(host);
	if (rtnl_addr_alloc_cache(host->dump, &cache) < 0)
		return UV_EIO;
	for (struct nl_object *entry = nl_cache_get_first(cache); entry && (size_t)count < max;
		entry = nl_cache_get_next(entry))
		if (address_take((struct rtnl_addr *)entry, &ret[count]) &&
			!is_in(ret, count, &ret[count]))
			count++;
	nl_cache_free(cache);
	return count;
}
