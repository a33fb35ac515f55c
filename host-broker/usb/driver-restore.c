#include "host-broker/usb/driver-restore.h"

#include <fcntl.h>
#include <linux/usbdevice_fs.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "proto/base/cleanup.h"

void driver_restore(const struct usb_info *info)
{
	char path[64];

	snprintf(path, sizeof(path), "/dev/bus/usb/%03u/%03u", info->bus, info->device);
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	for (size_t i = 0; fd >= 0 && i < info->interfaces_count; i++) {
		struct usbdevfs_ioctl request = {
			.ifno = info->interfaces[i].number, .ioctl_code = USBDEVFS_CONNECT};
		ioctl(fd, USBDEVFS_IOCTL, &request);
	}
}
