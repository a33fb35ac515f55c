#include "guest-agent/boot/machine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest-agent/boot/kernel-option.h"
#include "guest-agent/boot/mounts.h"
#include "proto/base/cleanup.h"
#include "proto/base/log.h"

#define ENDS_MAX 200 /* steps: one that the kernel does not let go holds nothing up */
#define END_STEP_MS 10
#define MODULE_LIST "/etc/vmsilo/modules"
#define MODULE_LIST_INIT "/etc/vmsilo/modules-init"
#define MODULE_LIST_NETVM "/etc/vmsilo/modules-netvm"
#define COMPACTION "/proc/sys/vm/compaction_proactiveness"

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

static void list_load(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] && line[0] != '#')
			module_load(line);
	}
	if (file)
		fclose(file);
}

void modules_load(void)
{
	list_load(MODULE_LIST);
}

void modules_load_init(void)
{
	list_load(MODULE_LIST_INIT);
}

void modules_load_netvm(void)
{
	list_load(MODULE_LIST_NETVM);
}

void rest_allow(void)
{
	_cleanup_close_ int fd = open(COMPACTION, O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "0", 1) < 0)
		log_error(NULL, COMPACTION ": %s", strerror(errno));
}

void host_name_apply(void)
{
	char line[KERNEL_COMMAND_LINE_SIZE], name[HOST_NAME_MAX + 1];

	kernel_command_line_read(line);
	if (kernel_option_get(line, "vmsilo.name", name, sizeof(name)) &&
		sethostname(name, strlen(name)) < 0)
		log_error(NULL, "hostname %s: %s", name, strerror(errno));
}

static void others_end(void)
{
	static const struct timespec step = {.tv_nsec = END_STEP_MS * 1000000L};
	pid_t pid = 0;

	kill(-1, SIGKILL);
	for (int i = 0; i < ENDS_MAX && pid >= 0; i++) {
		do
			pid = waitpid(-1, NULL, WNOHANG);
		while (pid > 0);
		if (pid == 0)
			nanosleep(&step, NULL);
	}
}

_Noreturn void machine_power_off(void)
{
	others_end();
	mounts_end();
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
