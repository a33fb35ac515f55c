#include "proto/base/boot-id.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/cleanup.h"

void boot_id_get(char out[BOOT_ID_SIZE])
{
	_cleanup_close_ int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? 0 : read(fd, out, BOOT_ID_SIZE - 1);

	out[length > 0 ? length : 0] = '\0';
}

bool boot_id_is_current(const char *untrusted_id)
{
	char current[BOOT_ID_SIZE];

	boot_id_get(current);
	return strcmp(untrusted_id, current) == 0;
}
