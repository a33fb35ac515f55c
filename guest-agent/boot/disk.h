/* The host's disks, which it names by their serial number (virtio 1.2, 5.2.6: VIRTIO_BLK_T_GET_ID).
 */
#ifndef VMSILO_AGENT_BOOT_DISK_H
#define VMSILO_AGENT_BOOT_DISK_H

#include <stddef.h>

#include "proto/base/error.h"

#define DISKS_DIRECTORY "/sys/block"
#define DISK_PATH_SIZE 64 /* of /dev/NAME */
#define DISK_WAIT_MS 5000 /* for a disk whose driver is still at it */

/* The device of the disk with that serial. directory: DISKS_DIRECTORY. UV_ENODEV when there is none
 * within wait_ms: a driver may find its devices after it is loaded. */
int disk_find(const char *directory, const char *serial, int wait_ms, char ret[DISK_PATH_SIZE],
	struct error *error);

#endif
