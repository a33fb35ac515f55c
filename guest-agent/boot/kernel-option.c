#include "guest-agent/boot/kernel-option.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "proto/base/cleanup.h"

bool kernel_option_get(const char *text, const char *name, char *ret, size_t size)
{
	size_t name_length = strlen(name);
	bool found = false;

	while (*text) {
		text += strspn(text, " \n");
		size_t length = strcspn(text, " \n");
		if (length > name_length && memcmp(text, name, name_length) == 0 &&
			text[name_length] == '=') {
			size_t value = length - name_length - 1;
			found = value < size;
			if (found)
				snprintf(ret, size, "%.*s", (int)value, text + name_length + 1);
		}
		text += length;
	}
	return found;
}

void kernel_command_line_read(char ret[KERNEL_COMMAND_LINE_SIZE])
{
	_cleanup_close_ int fd = open("/proc/cmdline", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, ret, KERNEL_COMMAND_LINE_SIZE - 1);

	ret[length > 0 ? length : 0] = '\0';
}
