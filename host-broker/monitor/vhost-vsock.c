#include "host-broker/monitor/vhost-vsock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vhost.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

#define DEVICE "/dev/vhost-vsock"
/* Low numbers are what people write into configurations. */
#define ANY_CID_MIN 0x10000u
#define ANY_CID_COUNT 0x40000000u
#define TRIES 16

static int cid_set(int fd, uint32_t cid)
{
	uint64_t value = cid;

	return ioctl(fd, VHOST_VSOCK_SET_GUEST_CID, &value) < 0 ? -errno : 0;
}

static int cid_set_any(int fd, uint32_t *ret_cid)
{
	int code = UV_EADDRINUSE;

	for (int i = 0; i < TRIES && code == UV_EADDRINUSE; i++) {
		uint32_t number;
		if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
			return -errno;
		*ret_cid = ANY_CID_MIN + number % ANY_CID_COUNT;
		code = cid_set(fd, *ret_cid);
	}
	return code;
}

int vhost_vsock_open(uint32_t cid, uint32_t *ret_cid, struct error *error)
{
	_cleanup_close_ int fd = open(DEVICE, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return error_set(error, -errno, "cannot open " DEVICE ": %s; use 'vsock: device'",
			uv_strerror(-errno));
	*ret_cid = cid;
	int code = cid ? cid_set(fd, cid) : cid_set_any(fd, ret_cid);
	if (code == UV_EADDRINUSE && cid)
		return error_set(error, code,
			"cid %u is in use by another VM on this machine; set another 'cid', or "
			"leave it out",
			cid);
	if (code < 0)
		return error_set(
			error, code, "cannot set the CID at " DEVICE ": %s", uv_strerror(code));
	return steal_fd(&fd);
}
