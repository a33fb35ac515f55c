#include "guest-agent/boot/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guest-agent/boot/kernel-option.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"

#define MODULE_LIST "/etc/vmsilo/modules"

void console_open(void)
{
	int fd;

	do
		fd = open("/dev/console", O_RDWR);
	while (fd >= 0 && fd < STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

static void module_load(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST))
		log_error(NULL, "module %s: %s", path, strerror(errno));
}

void modules_load(void)
{
	FILE *file = fopen(MODULE_LIST, "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] && line[0] != '#')
			module_load(line);
	}
	if (file)
		fclose(file);
}

void host_name_apply(void)
{
	char line[KERNEL_COMMAND_LINE_SIZE], name[HOST_NAME_MAX + 1];

	kernel_command_line_read(line);
	if (kernel_option_get(line, "vmsilo.name", name, sizeof(name)) &&
		sethostname(name, strlen(name)) < 0)
		log_error(NULL, "hostname %s: %s", name, strerror(errno));
}

_Noreturn void machine_power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
