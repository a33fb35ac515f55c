#include "guest-agent/system/power-off.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "proto/base/cleanup.h"

#define POWER_OFF_SIGNAL (SIGRTMIN + 4)

static bool mask_has(const char *status, const char *name, int signal)
{
	const char *line = strstr(status, name);
	uint64_t mask;

	return line && sscanf(line + strlen(name), "%" SCNx64, &mask) == 1 &&
	       (mask >> (signal - 1) & 1);
}

bool signal_is_taken(const char *status, int signal)
{
	return mask_has(status, "\nSigBlk:", signal) || mask_has(status, "\nSigCgt:", signal);
}

int systemd_power_off(void)
{
	char text[4096];
	_cleanup_close_ int fd = open("/proc/1/status", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (length < 0)
		return -errno;
	text[length] = '\0';
	if (!signal_is_taken(text, POWER_OFF_SIGNAL))
		return UV_EAGAIN;
	return kill(1, POWER_OFF_SIGNAL) < 0 ? -errno : 0;
}
