#include "host-broker/net/route.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/neighbour.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <netlink/route/rule.h>
#include <sys/socket.h>
#include <uv.h>

#define RULE_PRIORITY 1000 /* behind the table of local addresses, before the main one */

static int code_of(int nl)
{
	switch (-nl) {
	case 0:
		return 0;
	case NLE_NOMEM:
		return UV_ENOMEM;
	case NLE_PERM:
	case NLE_NOACCESS:
		return UV_EPERM;
	case NLE_EXIST:
		return UV_EEXIST;
	case NLE_NODEV:
	case NLE_OBJ_NOTFOUND:
		return UV_ENODEV;
	case NLE_BUSY:
		return UV_EBUSY;
	default:
		return UV_EIO;
	}
}

int route_open(struct nl_sock **ret)
{
	struct nl_sock *route = nl_socket_alloc();
	int code = route ? nl_connect(route, NETLINK_ROUTE) : -NLE_NOMEM;

	if (code < 0 && route)
		nl_socket_free(route);
	*ret = code < 0 ? NULL : route;
	return code_of(code);
}

void route_close(struct nl_sock *route)
{
	if (route)
		nl_socket_free(route);
}

static int watch_join(struct nl_sock *watch, const int *groups, size_t count)
{
	nl_socket_disable_seq_check(watch);
	for (size_t i = 0; i < count; i++)
		if (nl_socket_add_memberships(watch, groups[i], 0) < 0)
			return UV_EIO;
	return nl_socket_set_nonblocking(watch) < 0 ? UV_EIO : 0;
}

int route_watch(const int *groups, size_t count, struct nl_sock **ret)
{
	int code = route_open(ret);

	if (code == 0)
		code = watch_join(*ret, groups, count);
	if (code < 0) {
		route_close(*ret);
		*ret = NULL;
	}
	return code;
}

int route_watch_fd(const struct nl_sock *watch)
{
	return watch ? nl_socket_get_fd(watch) : -1;
}

void route_drain(int fd)
{
	char bytes[8192];

	/* That some were lost is told once, in a message's place. */
	while (recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT) > 0 || errno == ENOBUFS)
		;
}

void route_watch_drain(const struct nl_sock *watch)
{
	route_drain(nl_socket_get_fd(watch));
}

static struct nl_addr *addr_make(const struct net_address *address, int length)
{
	size_t size = address->family == AF_INET ? 4 : 16;
	struct nl_addr *addr = nl_addr_build(address->family, address->bytes, size);

	if (addr)
		nl_addr_set_prefixlen(addr, length);
	return addr;
}

/* ---- links ---- */

int route_index(struct nl_sock *route, const char *name)
{
	struct rtnl_link *link;

	if (rtnl_link_get_kernel(route, 0, name, &link) < 0)
		return 0;
	int index = rtnl_link_get_ifindex(link);
	rtnl_link_put(link);
	return index;
}

/* mtu: 0: as it is. */
static int link_change(struct nl_sock *route, int index, unsigned int flags, unsigned int mtu)
{
	struct rtnl_link *link = rtnl_link_alloc(), *change = rtnl_link_alloc();
	int code = -NLE_NOMEM;

	if (link && change) {
		rtnl_link_set_ifindex(link, index);
		rtnl_link_set_flags(change, flags);
		if (mtu)
			rtnl_link_set_mtu(change, mtu);
		code = rtnl_link_change(route, link, change, 0);
	}
	rtnl_link_put(link);
	rtnl_link_put(change);
	return code_of(code);
}

int route_set_up(struct nl_sock *route, int index)
{
	return link_change(route, index, IFF_UP, 0);
}

int route_set_mtu(struct nl_sock *route, int index, unsigned int mtu)
{
	return link_change(route, index, 0, mtu);
}

int route_delete_link(struct nl_sock *route, int index)
{
	struct rtnl_link *link = rtnl_link_alloc();

	if (!link)
		return UV_ENOMEM;
	rtnl_link_set_ifindex(link, index);
	int code = code_of(rtnl_link_delete(route, link));
	rtnl_link_put(link);
	return code == UV_ENODEV ? 0 : code;
}

/* ---- addresses ---- */

/* Nobody else can have it: duplicates are not looked for. */
int route_add_address(
	struct nl_sock *route, int index, const struct net_address *address, uint8_t length)
{
	struct nl_addr *local = addr_make(address, length);
	struct rtnl_addr *addr = rtnl_addr_alloc();
	int code = -NLE_NOMEM;

	if (local && addr) {
		rtnl_addr_set_ifindex(addr, index);
		rtnl_addr_set_flags(addr, IFA_F_NODAD);
		code = rtnl_addr_set_local(addr, local);
	}
	if (code == 0)
		code = rtnl_addr_add(route, addr, NLM_F_REPLACE);
	nl_addr_put(local);
	rtnl_addr_put(addr);
	return code_of(code);
}

int route_add_neighbour(
	struct nl_sock *route, int index, const struct net_address *address, const uint8_t mac[6])
{
	struct nl_addr *destination = addr_make(address, address->family == AF_INET ? 32 : 128);
	struct nl_addr *link = nl_addr_build(AF_LLC, mac, 6);
	struct rtnl_neigh *neighbour = rtnl_neigh_alloc();
	int code = -NLE_NOMEM;

	if (destination && link && neighbour) {
		rtnl_neigh_set_ifindex(neighbour, index);
		rtnl_neigh_set_state(neighbour, NUD_PERMANENT);
		rtnl_neigh_set_lladdr(neighbour, link);
		code = rtnl_neigh_set_dst(neighbour, destination);
	}
	if (code == 0)
		code = rtnl_neigh_add(route, neighbour, NLM_F_CREATE | NLM_F_REPLACE);
	nl_addr_put(destination);
	nl_addr_put(link);
	rtnl_neigh_put(neighbour);
	return code_of(code);
}

/* ---- routes ---- */

static int hop_add(struct rtnl_route *route, int index, const struct net_address *gateway)
{
	struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
	struct nl_addr *addr = addr_make(gateway, gateway->family == AF_INET ? 32 : 128);

	if (!hop || !addr) {
		nl_addr_put(addr);
		rtnl_route_nh_free(hop);
		return -NLE_NOMEM;
	}
	rtnl_route_nh_set_ifindex(hop, index);
	rtnl_route_nh_set_gateway(hop, addr);
	rtnl_route_add_nexthop(route, hop);
	nl_addr_put(addr);
	return 0;
}

int route_set_default(
	struct nl_sock *route, uint32_t table, int index, const struct net_address *gateway)
{
	const struct net_address any = {.family = gateway->family};
	struct nl_addr *destination = addr_make(&any, 0);
	struct rtnl_route *entry = rtnl_route_alloc();
	int code = -NLE_NOMEM;

	if (destination && entry) {
		rtnl_route_set_family(entry, gateway->family);
		rtnl_route_set_table(entry, table);
		code = rtnl_route_set_dst(entry, destination);
	}
	if (code == 0)
		code = hop_add(entry, index, gateway);
	if (code == 0)
		code = rtnl_route_add(route, entry, NLM_F_CREATE | NLM_F_REPLACE);
	nl_addr_put(destination);
	rtnl_route_put(entry);
	return code_of(code);
}

static int rule_change(
	struct nl_sock *route, int family, const char *name, uint32_t table, bool remove)
{
	struct rtnl_rule *rule = rtnl_rule_alloc();

	if (!rule)
		return UV_ENOMEM;
	rtnl_rule_set_family(rule, family);
	rtnl_rule_set_iif(rule, name);
	rtnl_rule_set_table(rule, table);
	rtnl_rule_set_prio(rule, RULE_PRIORITY);
	rtnl_rule_set_action(rule, FR_ACT_TO_TBL);
	int code = code_of(remove ? rtnl_rule_delete(route, rule, 0)
				  : rtnl_rule_add(route, rule, NLM_F_CREATE | NLM_F_EXCL));
	rtnl_rule_put(rule);
	return code == (remove ? UV_ENODEV : UV_EEXIST) ? 0 : code;
}

int route_set_rule(struct nl_sock *route, const char *name, uint32_t table, bool remove)
{
	int code = rule_change(route, AF_INET, name, table, remove);
	int code6 = rule_change(route, AF_INET6, name, table, remove);

	return code < 0 ? code : code6;
}
