#include "guest-agent/network/interface.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/cleanup.h"
#include "proto/base/mac.h"

#define LOOPBACK 1 /* its number in every network namespace */
#define ADDRESSES_MAX 32

struct interface {
	const struct interface_wanted *wanted;
	struct netlink *netlink;
	struct problems *problems;
	int index; /* 0: there is none */
	unsigned int flags;
	char name[IFNAMSIZ];
	struct interface_address has[ADDRESSES_MAX];
	size_t has_count;
};

static size_t size_of(uint8_t family)
{
	return family == AF_INET ? 4 : 16;
}

static void failed(const struct interface *interface, const char *what, int code)
{
	problems_add(interface->problems, "network: %s: cannot %s: %s", interface->name, what,
		strerror(-code));
}

/* ---- what is there ---- */

static void on_link(void *data, const struct nlmsghdr *message)
{
	struct interface *interface = data;
	const struct ifinfomsg *info = NLMSG_DATA(message);
	const void *mac = netlink_attribute(message, sizeof(*info), IFLA_ADDRESS, 6);
	const char *name = netlink_attribute(message, sizeof(*info), IFLA_IFNAME, 1);

	if (!mac || !name || memcmp(mac, interface->wanted->mac, 6) != 0)
		return;
	interface->index = info->ifi_index;
	interface->flags = info->ifi_flags;
	snprintf(interface->name, sizeof(interface->name), "%s", name);
}

static int find(struct interface *interface)
{
	const struct ifinfomsg info = {.ifi_family = AF_UNSPEC};
	struct netlink_request request;

	netlink_begin(&request, RTM_GETLINK, 0, &info, sizeof(info));
	return netlink_list(interface->netlink, &request, RTM_NEWLINK, on_link, interface);
}

static void on_address(void *data, const struct nlmsghdr *message)
{
	struct interface *interface = data;
	const struct ifaddrmsg *info = NLMSG_DATA(message);
	size_t size = size_of(info->ifa_family);
	/* IPv4's own one, where the other end of the link has one as well (rtnetlink(7)). */
	const void *bytes = netlink_attribute(message, sizeof(*info),
		info->ifa_family == AF_INET ? IFA_LOCAL : IFA_ADDRESS, size);

	if (!bytes || info->ifa_index != (unsigned int)interface->index ||
		interface->has_count == ADDRESSES_MAX)
		return;
	struct interface_address *address = &interface->has[interface->has_count++];
	*address = (struct interface_address){
		.family = info->ifa_family, .prefix = info->ifa_prefixlen};
	memcpy(address->bytes, bytes, size);
}

static int addresses_list(struct interface *interface)
{
	const struct ifaddrmsg info = {.ifa_family = AF_UNSPEC};
	struct netlink_request request;

	interface->has_count = 0;
	netlink_begin(&request, RTM_GETADDR, 0, &info, sizeof(info));
	return netlink_list(interface->netlink, &request, RTM_NEWADDR, on_address, interface);
}

static bool is_link_local(const struct interface_address *address)
{
	struct in6_addr bytes;

	memcpy(&bytes, address->bytes, sizeof(bytes));
	return address->family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&bytes);
}

static bool is_wanted(
	const struct interface_wanted *wanted, const struct interface_address *address)
{
	if (wanted->link_local && is_link_local(address))
		return true;
	for (size_t i = 0; i < wanted->addresses_count; i++)
		if (memcmp(&wanted->addresses[i], address, sizeof(*address)) == 0)
			return true;
	return false;
}

/* ---- requests ---- */

static int flags_set(struct netlink *netlink, int index, bool up, uint32_t mtu)
{
	const struct ifinfomsg info = {.ifi_family = AF_UNSPEC,
		.ifi_index = index,
		.ifi_flags = up ? IFF_UP : 0,
		.ifi_change = IFF_UP};
	struct netlink_request request;

	netlink_begin(&request, RTM_NEWLINK, 0, &info, sizeof(info));
	if (mtu > 0)
		netlink_add(&request, IFLA_MTU, &mtu, sizeof(mtu));
	return netlink_do(netlink, &request);
}

int interface_loopback_up(struct netlink *netlink)
{
	return flags_set(netlink, LOOPBACK, true, 0);
}

/* type: RTM_NEWADDR, RTM_DELADDR. An address is good at once: nobody else is on the link. */
static int address_set(
	const struct interface *interface, uint16_t type, const struct interface_address *address)
{
	const uint32_t flags = IFA_F_NODAD | IFA_F_PERMANENT;
	const struct ifaddrmsg info = {.ifa_family = address->family,
		.ifa_prefixlen = address->prefix,
		.ifa_index = (unsigned int)interface->index};
	struct netlink_request request;

	netlink_begin(&request, type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_REPLACE : 0, &info,
		sizeof(info));
	netlink_add(&request, IFA_LOCAL, address->bytes, size_of(address->family));
	netlink_add(&request, IFA_ADDRESS, address->bytes, size_of(address->family));
	if (type == RTM_NEWADDR)
		netlink_add(&request, IFA_FLAGS, &flags, sizeof(flags));
	return netlink_do(interface->netlink, &request);
}

static int route_set(const struct interface *interface, const struct interface_route *route)
{
	const uint32_t index = (uint32_t)interface->index;
	size_t size = size_of(route->to.family);
	const struct rtmsg info = {.rtm_family = route->to.family,
		.rtm_dst_len = route->to.prefix,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST};
	struct netlink_request request;

	netlink_begin(&request, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &info, sizeof(info));
	if (route->to.prefix > 0)
		netlink_add(&request, RTA_DST, route->to.bytes, size);
	netlink_add(&request, RTA_GATEWAY, route->gateway, size);
	netlink_add(&request, RTA_OIF, &index, sizeof(index));
	return netlink_do(interface->netlink, &request);
}

/* ---- making it so ---- */

/* Where the kernel has no IPv6, there is no such file. */
static void ipv6_setting(const struct interface *interface, const char *name, const char *value)
{
	char path[96];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", interface->name, name);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && write(fd, value, strlen(value)) < 0)
		failed(interface, name, -errno);
}

/* Nothing that a router says, no address that the kernel makes, unless it has to, no waiting for
 * one to be good. */
static void ipv6_quiet(const struct interface *interface)
{
	ipv6_setting(interface, "accept_ra", "0");
	ipv6_setting(interface, "autoconf", "0");
	ipv6_setting(interface, "accept_dad", "0");
	ipv6_setting(interface, "dad_transmits", "0");
	/* By its MAC address, or none: include/uapi/linux/if_link.h */
	ipv6_setting(interface, "addr_gen_mode", interface->wanted->link_local ? "0" : "1");
}

/* Routes and IPv6 addresses go with the link. */
static void clear(struct interface *interface)
{
	int code = flags_set(interface->netlink, interface->index, false, 0);

	if (code < 0)
		failed(interface, "set it down", code);
	for (size_t i = 0; i < interface->has_count; i++)
		if (!is_wanted(interface->wanted, &interface->has[i])) {
			code = address_set(interface, RTM_DELADDR, &interface->has[i]);
			if (code < 0 && code != -EADDRNOTAVAIL)
				failed(interface, "remove an address", code);
		}
}

static bool has_others(const struct interface *interface)
{
	for (size_t i = 0; i < interface->has_count; i++)
		if (!is_wanted(interface->wanted, &interface->has[i]))
			return true;
	return false;
}

static void fill(const struct interface *interface)
{
	const struct interface_wanted *wanted = interface->wanted;
	int code = flags_set(interface->netlink, interface->index, true, wanted->mtu);

	if (code < 0)
		failed(interface, "set it up", code);
	for (size_t i = 0; i < wanted->addresses_count; i++) {
		code = address_set(interface, RTM_NEWADDR, &wanted->addresses[i]);
		if (code < 0)
			failed(interface,
				wanted->addresses[i].family == AF_INET ? "set its IPv4 address"
								       : "set its IPv6 address",
				code);
	}
	for (size_t i = 0; i < wanted->routes_count; i++) {
		code = route_set(interface, &wanted->routes[i]);
		if (code < 0)
			failed(interface,
				wanted->routes[i].to.family == AF_INET ? "set an IPv4 route"
								       : "set an IPv6 route",
				code);
	}
}

void interface_apply(struct netlink *netlink, const struct interface_wanted *wanted,
	struct problems *problems, int *ret_index)
{
	struct interface interface = {.wanted = wanted, .netlink = netlink, .problems = problems};
	char mac[MAC_TEXT_SIZE];
	int code = find(&interface);

	*ret_index = interface.index;
	if (code < 0 || interface.index == 0) {
		mac_print(wanted->mac, mac);
		problems_add(problems, "network: no network card has the address %s%s%s", mac,
			code < 0 ? ": " : "", code < 0 ? strerror(-code) : "");
		return;
	}
	code = addresses_list(&interface);
	if (code < 0)
		failed(&interface, "list its addresses", code);
	if (has_others(&interface) || wanted->addresses_count == 0)
		clear(&interface);
	if (wanted->addresses_count == 0)
		return;
	ipv6_quiet(&interface);
	fill(&interface);
}
