#include "host-broker/memory/resident.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/base/cleanup.h"

#define KEY "\nRssShmem:"
#define TEXT_SIZE 4096 /* /proc/PID/status has some 1500 bytes */

uint64_t resident_parse(const char *text, size_t length)
{
	const char *at = memmem(text, length, KEY, strlen(KEY));
	uint64_t kilobytes = 0;

	if (!at)
		return 0;
	at += strlen(KEY);
	while (at < text + length && (*at == ' ' || *at == '\t'))
		at++;
	for (; at < text + length && *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(kilobytes, UINT64_C(10), &kilobytes) ||
			__builtin_add_overflow(kilobytes, (uint64_t)(*at - '0'), &kilobytes))
			return 0;
	return kilobytes <= UINT64_MAX / 1024 ? kilobytes * 1024 : 0;
}

uint64_t resident_of(pid_t pid)
{
	char path[64], text[TEXT_SIZE];

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	_cleanup_close_ int fd = pid > 0 ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text));
	return length > 0 ? resident_parse(text, (size_t)length) : 0;
}
