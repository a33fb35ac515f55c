#include "host-broker/net/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/net/route.h"
#include "host-broker/net/rules/bound.h"
#include "host-broker/net/rules/rules.h"
#include "host-broker/net/table.h"
#include "proto/base/cleanup.h"

#define ROUTES_MAIN 254 /* rtnetlink(7): RT_TABLE_MAIN */

/* Below /proc/sys/net. Those of "default" hold for interfaces that are made later. */
static const struct {
	const char *name;
	const char *value;
} settings[] = {
	{"ipv4/ip_forward", "1"},
	/* Answers come back by another interface than the route's; rules know what may come where.
	 */
	{"ipv4/conf/all/rp_filter", "0"},
	{"ipv4/conf/default/rp_filter", "0"},
	/* A guest hears of the address of its own gateway, and of no other. */
	{"ipv4/conf/all/arp_ignore", "1"},
	{"ipv4/conf/all/accept_redirects", "0"},
	{"ipv4/conf/default/accept_redirects", "0"},
	{"ipv4/conf/all/send_redirects", "0"},
	{"ipv4/conf/default/send_redirects", "0"},
	{"ipv4/conf/all/accept_source_route", "0"},
	{"ipv6/conf/all/forwarding", "1"},
	{"ipv6/conf/all/accept_redirects", "0"},
	{"ipv6/conf/default/accept_redirects", "0"},
	{"ipv6/conf/default/accept_ra", "0"},
	{"ipv6/conf/default/dad_transmits", "0"},
};

static int setting_write(const char *name, const char *value, struct error *error)
{
	char path[128];

	snprintf(path, sizeof(path), "/proc/sys/net/%s", name);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return error_set(error, -errno, "cannot set %s: %s", path, uv_strerror(-errno));
	return 0;
}

static int settings_write(bool ipv6, struct error *error)
{
	int code = 0;

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]) && code == 0; i++)
		if (ipv6 || strncmp(settings[i].name, "ipv6/", 5) != 0)
			code = setting_write(settings[i].name, settings[i].value, error);
	return code;
}

/* ---- the anchor ---- */

static _Noreturn void anchor_run(int fd)
{
	char byte;

	prctl(PR_SET_NAME, "vmsilo-net-ns");
	/* Nothing else of what we hold stays open in it. */
	if (fd > 3)
		syscall(SYS_close_range, 3, (unsigned int)fd - 1, 0);
	syscall(SYS_close_range, (unsigned int)fd + 1, ~0U, 0);
	while (read(fd, &byte, 1) < 0 && errno == EINTR)
		;
	_exit(0);
}

static int anchor_make(struct inside *inside, struct error *error)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_set(error, -errno, "pipe: %s", uv_strerror(-errno));
	inside->anchor = fork();
	if (inside->anchor == 0)
		anchor_run(fds[0]);
	close(fds[0]);
	inside->anchor_fd = fds[1];
	return inside->anchor < 0 ? error_set(error, UV_EAGAIN, "cannot start a process") : 0;
}

/* ---- all of it ---- */

static int handles_open(struct inside *inside, struct error *error)
{
	int code = route_open(&inside->route);

	if (code == 0)
		code = table_open(&inside->nft);
	if (code == 0)
		code = route_set_up(inside->route, route_index(inside->route, "lo"));
	return code < 0 ? error_set(error, code, "cannot use netlink: %s", uv_strerror(code))
			: table_run(inside->nft, bound_table(), error);
}

int inside_enter(struct inside *inside, struct error *error)
{
	inside->ipv6 = access("/proc/sys/net/ipv6", F_OK) == 0;
	int code = settings_write(inside->ipv6, error);

	if (code == 0 && inside->anchored)
		code = anchor_make(inside, error);
	return code < 0 ? code : handles_open(inside, error);
}

static int out_set(
	const struct inside *inside, int index, const char *own, const char *host, uint8_t length)
{
	struct net_address own_address, host_address;

	net_address_parse(own, &own_address);
	net_address_parse(host, &host_address);
	int code = route_add_address(inside->route, index, &own_address, length);
	return code < 0 ? code
			: route_set_default(inside->route, ROUTES_MAIN, index, &host_address);
}

int inside_set_out(const struct inside *inside, bool ipv6, struct error *error)
{
	int index = route_index(inside->route, NET_OUT);
	int code = index ? route_set_up(inside->route, index) : UV_ENODEV;

	if (code == 0)
		code = out_set(inside, index, NET_OUT_OWN4, NET_OUT_HOST4, NET_OUT_LENGTH4);
	if (code == 0 && ipv6 && inside->ipv6)
		code = out_set(inside, index, NET_OUT_OWN6, NET_OUT_HOST6, NET_OUT_LENGTH6);
	return code < 0 ? error_set(error, code, "cannot set up the way out: %s", uv_strerror(code))
			: 0;
}
