#include "host-broker/network/interfaces/device.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_arp.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

/* A header before each packet says what of its checksum and segmentation is left to do. */
#define TAP_FLAGS (IFF_TAP | IFF_NO_PI | IFF_VNET_HDR)
#define TAP_MAC_FIRST 0xfe

/* ---- what is there ---- */

/* The name of its driver; "": there is no such device. */
static void driver_get(int control, const char *name, char ret[32])
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	struct ifreq request = {.ifr_data = (char *)&info};

	snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
	ret[0] = '\0';
	if (ioctl(control, SIOCETHTOOL, &request) == 0)
		snprintf(ret, 32, "%s", info.driver);
	else if (errno != ENODEV)
		snprintf(ret, 32, "?");
}

static int control_open(struct error *error)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? error_set(error, -errno, "socket: %s", uv_strerror(-errno)) : fd;
}

/* By a name that exists. */
static int ask(int control, unsigned long what, const char *name, struct ifreq *request)
{
	snprintf(request->ifr_name, IFNAMSIZ, "%s", name);
	return ioctl(control, what, request) < 0 ? -errno : 0;
}

static int mtu_get(int control, const char *name, uint16_t *ret)
{
	struct ifreq request = {0};
	int code = ask(control, SIOCGIFMTU, name, &request);

	*ret = code < 0 || request.ifr_mtu > UINT16_MAX ? UINT16_MAX : (uint16_t)request.ifr_mtu;
	return code;
}

/* ---- TAPs ---- */

static int node_open(struct error *error)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	return fd < 0 ? error_set(
				error, -errno, "cannot open /dev/net/tun: %s", uv_strerror(-errno))
		      : fd;
}

/* One that was made for several queues takes no other. */
static int tap_attach(int fd, const char *name)
{
	static const short ways[] = {TAP_FLAGS, TAP_FLAGS | IFF_MULTI_QUEUE};
	int code = UV_EINVAL;

	for (size_t i = 0; i < 2 && code == UV_EINVAL; i++) {
		struct ifreq request = {.ifr_flags = ways[i]};
		snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
		code = ioctl(fd, TUNSETIFF, &request) < 0 ? -errno : 0;
	}
	return code;
}

static int tap_check(int control, const char *tap, struct error *error)
{
	char driver[32];

	driver_get(control, tap, driver);
	if (!driver[0])
		return error_set(error, UV_ENODEV,
			"the host has no TAP %s; make it first, as by: ip tuntap add %s mode tap "
			"&& "
			"ip link set %s up",
			tap, tap, tap);
	if (strcmp(driver, "tun") != 0)
		return error_set(error, UV_EINVAL,
			"%s is no TAP of the host's (its driver is \"%s\"); expected one that \"ip "
			"tuntap add\" made, or a bridge by the key bridge",
			tap, driver);
	return 0;
}

int host_device_open_tap(const char *tap, struct host_device *ret, struct error *error)
{
	_cleanup_close_ int control = control_open(error);
	struct ifreq flags = {0};
	int code = control < 0 ? control : tap_check(control, tap, error);

	if (code < 0)
		return code;
	_cleanup_close_ int fd = node_open(error);
	if (fd < 0)
		return fd;
	code = tap_attach(fd, tap);
	if (code == UV_EBUSY)
		return error_set(error, code, "another program has the TAP %s", tap);
	if (code == 0)
		code = mtu_get(control, tap, &ret->mtu);
	if (code == 0)
		code = ask(control, SIOCGIFFLAGS, tap, &flags);
	if (code < 0)
		return error_set(error, code, "cannot use the TAP %s: %s", tap, uv_strerror(code));
	ret->is_up = flags.ifr_flags & IFF_UP;
	ret->fd = steal_fd(&fd);
	return 0;
}

/* ---- bridges ---- */

static int bridge_check(int control, const char *bridge, struct error *error)
{
	char driver[32];

	driver_get(control, bridge, driver);
	if (!driver[0])
		return error_set(error, UV_ENODEV,
			"the host has no bridge %s; make it first, as by: ip link add %s type "
			"bridge && ip link set %s up",
			bridge, bridge, bridge);
	if (strcmp(driver, "bridge") != 0)
		return error_set(error, UV_EINVAL,
			"%s is no bridge of the kernel's (its driver is \"%s\")", bridge, driver);
	return 0;
}

static void ipv6_end(const char *tap)
{
	char path[64 + IFNAMSIZ];

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", tap);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);
	/* A kernel without IPv6 has nothing to be written. */
	if (fd >= 0 && write(fd, "1", 1) < 0)
		return;
}

static int mac_set(int control, const char *tap, const uint8_t mac[6])
{
	struct ifreq request = {.ifr_hwaddr.sa_family = ARPHRD_ETHER};

	memcpy(request.ifr_hwaddr.sa_data, mac, 6);
	/* Not the guest's own, or the bridge would take that for its port's. */
	request.ifr_hwaddr.sa_data[0] =
		(char)(mac[0] == TAP_MAC_FIRST ? TAP_MAC_FIRST - 4 : TAP_MAC_FIRST);
	return ask(control, SIOCSIFHWADDR, tap, &request);
}

static int join(int control, const char *bridge, const char *tap)
{
	struct ifreq request = {.ifr_ifindex = (int)if_nametoindex(tap)};

	return ask(control, SIOCBRADDIF, bridge, &request);
}

static int set_up(int control, const char *tap)
{
	struct ifreq request = {0};
	int code = ask(control, SIOCGIFFLAGS, tap, &request);

	request.ifr_flags |= IFF_UP;
	return code < 0 ? code : ask(control, SIOCSIFFLAGS, tap, &request);
}

static int tap_set(int control, const char *bridge, const char *tap, const uint8_t mac[6],
	struct host_device *ret)
{
	struct ifreq mtu = {0};
	int code = mac_set(control, tap, mac);

	if (code == 0)
		code = mtu_get(control, bridge, &ret->mtu);
	mtu.ifr_mtu = ret->mtu;
	if (code == 0)
		code = ask(control, SIOCSIFMTU, tap, &mtu);
	if (code == 0)
		code = join(control, bridge, tap);
	return code == 0 ? set_up(control, tap) : code;
}

int host_device_open_bridge(const char *bridge, const char tap[IFNAMSIZ], const uint8_t mac[6],
	struct host_device *ret, struct error *error)
{
	_cleanup_close_ int control = control_open(error);
	struct ifreq flags = {0};
	int code = control < 0 ? control : bridge_check(control, bridge, error);

	if (code < 0)
		return code;
	if (if_nametoindex(tap))
		return error_set(error, UV_EEXIST,
			"the host has a device %s already, as the VM's TAP on the bridge is to be "
			"called",
			tap);
	_cleanup_close_ int fd = node_open(error);
	if (fd < 0)
		return fd;
	code = tap_attach(fd, tap);
	if (code == 0) {
		ipv6_end(tap);
		code = tap_set(control, bridge, tap, mac, ret);
	}
	if (code == 0)
		code = ask(control, SIOCGIFFLAGS, bridge, &flags);
	if (code < 0)
		return error_set(error, code, "cannot make a TAP on the bridge %s: %s", bridge,
			uv_strerror(code));
	ret->is_up = flags.ifr_flags & IFF_UP;
	ret->fd = steal_fd(&fd);
	return 0;
}
