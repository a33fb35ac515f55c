#include "host-broker/network/way-out.h"

#include <ifaddrs.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static bool is_in_path(const char *program)
{
	const char *folders = getenv("PATH");
	char path[PATH_MAX];

	while (folders) {
		const char *end = strchrnul(folders, ':');
		int length = snprintf(
			path, sizeof(path), "%.*s/%s", (int)(end - folders), folders, program);
		if (length > 0 && (size_t)length < sizeof(path) && access(path, X_OK) == 0)
			return true;
		folders = *end ? end + 1 : NULL;
	}
	return false;
}

int way_out_check(bool system, struct error *error)
{
	if (system || is_in_path(WAY_OUT_PASTA))
		return 0;
	return error_set(error, UV_ENOENT,
		"a network without root needs the program " WAY_OUT_PASTA
		", which is not installed; install the package passt");
}

/* ---- networks of the host's ---- */

static const void *bytes_of(const struct sockaddr *address)
{
	return address->sa_family == AF_INET
		       ? (const void *)&((const struct sockaddr_in *)address)->sin_addr
		       : &((const struct sockaddr_in6 *)address)->sin6_addr;
}

static bool network_get(const struct ifaddrs *entry, struct net_prefix *ret)
{
	if (!entry->ifa_addr || !entry->ifa_netmask ||
		(entry->ifa_addr->sa_family != AF_INET && entry->ifa_addr->sa_family != AF_INET6))
		return false;
	const uint8_t *address = bytes_of(entry->ifa_addr), *mask = bytes_of(entry->ifa_netmask);
	size_t size = entry->ifa_addr->sa_family == AF_INET ? 4 : 16;

	*ret = (struct net_prefix){.address.family = (uint8_t)entry->ifa_addr->sa_family};
	for (size_t i = 0; i < size; i++) {
		ret->address.bytes[i] = address[i] & mask[i];
		ret->length += (uint8_t)__builtin_popcount(mask[i]);
	}
	return true;
}

static bool is_in_way(const struct net_prefix *range, const char *key, const struct ifaddrs *entry,
	char ret[WAY_OUT_OVERLAP_SIZE])
{
	char range_text[NET_PREFIX_TEXT_SIZE], text[NET_PREFIX_TEXT_SIZE];
	struct net_prefix network;

	if (!network_get(entry, &network) || network.address.family != range->address.family ||
		!net_prefix_overlaps(&network, range))
		return false;
	net_prefix_print(range, range_text);
	net_prefix_print(&network, text);
	snprintf(ret, WAY_OUT_OVERLAP_SIZE,
		"broker: %s: %s overlaps with %s, the network of the host's interface %s: what has "
		"a VM's address there is out of VMs' reach; choose another range",
		key, range_text, text, entry->ifa_name);
	return true;
}

bool way_out_overlaps(const struct net_ranges *ranges, char ret[WAY_OUT_OVERLAP_SIZE])
{
	struct ifaddrs *all;
	bool found = false;

	if (getifaddrs(&all) < 0)
		return false;
	for (const struct ifaddrs *entry = all; entry && !found; entry = entry->ifa_next)
		found = is_in_way(&ranges->range4, "netvm_range", entry, ret) ||
			is_in_way(&ranges->range6, "netvm_range6", entry, ret);
	freeifaddrs(all);
	return found;
}
