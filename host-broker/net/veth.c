#include "host-broker/net/veth.h"

#include <errno.h>
#include <fcntl.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/veth.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/net/route.h"
#include "host-broker/net/rules/rules.h"
#include "host-broker/net/table.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"

#define FORWARD4 "/proc/sys/net/ipv4/ip_forward"
#define FORWARD6 "/proc/sys/net/ipv6/conf/all/forwarding"
#define LOCALNET "/proc/sys/net/ipv4/conf/" VETH_NAME "/route_localnet"

/* Towards VMs only answers; from them to the host itself only what the namespace's rules sent to
 * one of its ports. An answer by UDP may come from any address, so that is not led to loopback.
 * Guests do not know how large a packet the host's way takes: TCP is told, as the host's own is.
 * "nft flush ruleset", with which Debian's nftables.service begins, removes it with all others; one
 * that has an owner would stay, but "nft -j list ruleset", as firewalld asks, reads a word for that
 * from beyond an array in libnftables 1.0.6 (table_flags_name in src/json.c). */
static const char host_table[] =
	"table inet vmsilo\n"
	"delete table inet vmsilo\n"
	"table inet vmsilo {\n"
	"\tchain destinations {\n"
	"\t\ttype nat hook prerouting priority dstnat; policy accept;\n"
	"\t\tiifname \"" VETH_NAME "\" ip daddr " NET_OUT_HOST4 " meta l4proto 6 dnat ip to "
	"127.0.0.1\n"
	"\t}\n"
	"\tchain input {\n"
	"\t\ttype filter hook input priority filter; policy accept;\n"
	"\t\tiifname != \"" VETH_NAME "\" accept\n"
	"\t\tct state established,related accept\n"
	"\t\ticmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept\n"
	"\t\tip saddr " NET_OUT_OWN4 " ct status dnat accept\n"
	"\t\tip saddr " NET_OUT_OWN4 " ip daddr " NET_OUT_HOST4 " meta l4proto 17 accept\n"
	"\t\tdrop\n"
	"\t}\n"
	"\tchain forward {\n"
	"\t\ttype filter hook forward priority filter; policy accept;\n"
	"\t\tiifname \"" VETH_NAME "\" tcp flags syn / syn,rst tcp option maxseg size set rt mtu\n"
	"\t\toifname \"" VETH_NAME "\" ct state established,related accept\n"
	"\t\toifname \"" VETH_NAME "\" drop\n"
	"\t}\n"
	"\tchain sources {\n"
	"\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
	"\t\tip saddr " NET_OUT_OWN4 " masquerade\n"
	"\t\tip6 saddr " NET_OUT_OWN6 " masquerade\n"
	"\t}\n"
	"}\n";

static bool setting_is_on(const char *path)
{
	char value = '0';
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && read(fd, &value, 1) == 1 && value != '0';
}

static int setting_write(const char *path, const char *value, struct error *error)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, 1) != 1)
		return error_set(error, -errno, "cannot set %s: %s", path, uv_strerror(-errno));
	return 0;
}

int veth_open(struct veth *veth, struct error *error)
{
	*veth = (struct veth){.watch = -1, .ipv6 = setting_is_on(FORWARD6)};
	int code = route_open(&veth->route);
	if (code == 0)
		code = table_open(&veth->nft);
	if (code < 0)
		return error_set(error, code, "cannot use netlink: %s", uv_strerror(code));
	return 0;
}

static int pair_make(struct veth *veth, pid_t inside)
{
	struct rtnl_link *link = rtnl_link_veth_alloc();

	if (!link)
		return UV_ENOMEM;
	struct rtnl_link *peer = rtnl_link_veth_get_peer(link);
	rtnl_link_set_name(link, VETH_NAME);
	rtnl_link_set_name(peer, NET_OUT);
	rtnl_link_set_ns_pid(peer, inside);
	int code = rtnl_link_add(veth->route, link, NLM_F_CREATE | NLM_F_EXCL);
	rtnl_link_put(peer);
	rtnl_link_put(link);
	return code < 0 ? UV_EIO : 0;
}

static int addresses_set(struct veth *veth, int index)
{
	struct net_address address4, address6;

	net_address_parse(NET_OUT_HOST4, &address4);
	net_address_parse(NET_OUT_HOST6, &address6);
	int code = route_add_address(veth->route, index, &address4, NET_OUT_LENGTH4);
	if (code == 0 && veth->ipv6)
		code = route_add_address(veth->route, index, &address6, NET_OUT_LENGTH6);
	return code < 0 ? code : route_set_up(veth->route, index);
}

static void pair_remove(struct veth *veth)
{
	int index = route_index(veth->route, VETH_NAME);

	if (index)
		route_delete_link(veth->route, index);
}

/* What was not so before is put back at the end. */
static int forwarding_set(struct veth *veth, struct error *error)
{
	if (setting_is_on(FORWARD4))
		return 0;
	int code = setting_write(FORWARD4, "1", error);
	veth->forwarding_set = code == 0;
	return code;
}

/* The rules come first, the way last. */
int veth_make(struct veth *veth, pid_t inside, struct error *error)
{
	pair_remove(veth);
	veth->watch = table_watch();
	int code = table_run(veth->nft, host_table, error);
	if (code < 0)
		return code;
	code = pair_make(veth, inside);
	if (code == 0)
		code = addresses_set(veth, route_index(veth->route, VETH_NAME));
	if (code < 0)
		return error_set(error, code, "cannot make the interface " VETH_NAME ": %s",
			uv_strerror(code));
	code = setting_write(LOCALNET, "1", error);
	return code < 0 ? code : forwarding_set(veth, error);
}

void veth_tables_changed(struct veth *veth)
{
	struct error error = {0};

	route_drain(veth->watch);
	if (table_is_there(veth->nft))
		return;
	if (table_run(veth->nft, host_table, &error) < 0)
		log_error(NULL,
			"VMs have no way out, since the host's table inet vmsilo was removed: %s",
			error.text);
	else
		log_warning(NULL, "somebody removed the host's table inet vmsilo: made again");
}

void veth_close(struct veth *veth)
{
	struct error error = {0};

	if (veth->route)
		pair_remove(veth);
	if (veth->nft &&
		table_run(veth->nft, "table inet vmsilo\ndelete table inet vmsilo\n", &error) < 0)
		log_warning(NULL, "%s", error.text);
	if (veth->watch >= 0)
		close(veth->watch);
	if (veth->forwarding_set && setting_write(FORWARD4, "0", &error) < 0)
		log_warning(NULL, "%s", error.text);
	table_close(veth->nft);
	route_close(veth->route);
	*veth = (struct veth){0};
}
