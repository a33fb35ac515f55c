#include "host-broker/net/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <string.h>
#include <sys/ioctl.h>
#include <uv.h>

#include "host-broker/net/route.h"
#include "proto/base/cleanup.h"

/* A header before each packet says what of its checksum and segmentation is left to do. */
#define TAP_FLAGS (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)

static int node_open(int directory, struct error *error)
{
	int fd = openat(directory, "tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0)
		return fd;
	if (errno == EACCES || errno == EPERM)
		return error_set(error, UV_EACCES,
			"/dev/net/tun may not be opened by this user, and no network card can be "
			"made without it; udev gives it the mode 0666: as root, run: "
			"chmod 0666 /dev/net/tun");
	if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
		return error_set(error, UV_ENOENT,
			"/dev/net/tun is not there: the kernel has no TAP devices; as root, run: "
			"modprobe tun");
	return error_set(error, -errno, "cannot open /dev/net/tun: %s", uv_strerror(-errno));
}

static int device_make(int fd, const char *name, struct error *error)
{
	struct ifreq request = {.ifr_flags = TAP_FLAGS};

	memcpy(request.ifr_name, name, sizeof(request.ifr_name));
	if (ioctl(fd, TUNSETIFF, &request) < 0)
		return error_set(
			error, -errno, "cannot make the TAP %s: %s", name, uv_strerror(-errno));
	return 0;
}

static int addresses_set(struct nl_sock *route, int index, const struct net_interface *interface)
{
	struct net_address own[2] = {{.family = AF_INET}, {.family = AF_INET6}};
	struct net_address guest[2] = {{.family = AF_INET}, {.family = AF_INET6}};
	int code = 0;

	memcpy(own[0].bytes, &interface->gateway4, sizeof(interface->gateway4));
	memcpy(own[1].bytes, &interface->gateway6, sizeof(interface->gateway6));
	memcpy(guest[0].bytes, &interface->guest4, sizeof(interface->guest4));
	memcpy(guest[1].bytes, &interface->guest6, sizeof(interface->guest6));
	for (int i = 0; i < 2 && code == 0; i++) {
		code = route_add_address(route, index, &own[i], i == 0 ? NET_PREFIX4 : NET_PREFIX6);
		if (code == 0)
			code = route_add_neighbour(route, index, &guest[i], interface->mac);
	}
	return code;
}

int tap_make(struct nl_sock *route, int directory, const struct net_interface *interface,
	uint16_t mtu, int *ret_fd, struct error *error)
{
	int index = route_index(route, interface->tap);

	if (index)
		route_delete_link(route, index);
	_cleanup_close_ int fd = node_open(directory, error);
	int code = fd < 0 ? fd : device_make(fd, interface->tap, error);
	if (code < 0)
		return code;
	index = route_index(route, interface->tap);
	code = index ? route_set_mtu(route, index, mtu) : UV_ENODEV;
	if (code == 0)
		code = addresses_set(route, index, interface);
	if (code == 0)
		code = route_set_up(route, index);
	if (code < 0)
		return error_set(error, code, "cannot set up the TAP %s: %s", interface->tap,
			uv_strerror(code));
	*ret_fd = steal_fd(&fd);
	return 0;
}
