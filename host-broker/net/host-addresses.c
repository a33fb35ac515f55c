#include "host-broker/net/host-addresses.h"

#include <linux/rtnetlink.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

#include "host-broker/net/route.h"

int host_addresses_open(struct host_addresses *host)
{
	static const int groups[] = {RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR};

	*host = (struct host_addresses){0};
	int code = route_open(&host->dump);
	if (code == 0)
		code = route_watch(groups, sizeof(groups) / sizeof(groups[0]), &host->events);
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
	return route_watch_fd(host->events);
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

	route_watch_drain(host->events);
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
