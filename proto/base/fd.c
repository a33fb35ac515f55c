#include "proto/base/fd.h"

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

ssize_t fd_write_some(int fd, const void *bytes, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t count = write(fd, (const uint8_t *)bytes + done, length - done);
		if (count < 0 && errno == EINTR)
			continue;
		if (count < 0 && errno == EAGAIN)
			break;
		if (count < 0)
			return -1;
		done += (size_t)count;
	}
	return (ssize_t)done;
}
