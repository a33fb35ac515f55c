/* Where something is mounted in a guest. Pure. */
#ifndef VMSILO_BROKER_CONFIG_VALUE_MOUNT_POINT_H
#define VMSILO_BROKER_CONFIG_VALUE_MOUNT_POINT_H

#include <stdbool.h>

#define MOUNT_POINT_MAX 255
#define MOUNT_POINT_EXPECTED \
	"an absolute path of at most 255 bytes, without '.', '..' and a '/' too many, not in " \
	"/proc, /sys and /dev"

/* An absolute, normal path other than /, and not in what the guest's kernel makes. One line of
 * UTF-8. */
bool mount_point_valid(const char *text);
/* Whether two of them are the same, or one lies in the other. */
bool mount_point_overlaps(const char *one, const char *other);

#endif
