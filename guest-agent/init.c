#include "guest-agent/init.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proto/base/cleanup.h"
#include "proto/base/log.h"

#define MODULE_LIST "/etc/vmsilo/modules"

static void mount_all(void)
{
	static const struct {
		const char *type, *path, *options;
		unsigned long flags;
	} mounts[] = {
		{"proc", "/proc", "", MS_NOSUID | MS_NODEV | MS_NOEXEC},
		{"sysfs", "/sys", "", MS_NOSUID | MS_NODEV | MS_NOEXEC},
		{"devtmpfs", "/dev", "mode=0755", MS_NOSUID},
		{"devpts", "/dev/pts", "mode=0620,ptmxmode=0666", MS_NOSUID | MS_NOEXEC},
		{"tmpfs", "/dev/shm", "mode=1777", MS_NOSUID | MS_NODEV},
		{"tmpfs", "/run", "mode=0755", MS_NOSUID | MS_NODEV},
		{"tmpfs", "/tmp", "mode=1777", MS_NOSUID | MS_NODEV},
	};

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].path, 0755);
		/* EBUSY: the kernel or an initramfs has done it. */
		if (mount(mounts[i].type, mounts[i].path, mounts[i].type, mounts[i].flags,
			    mounts[i].options) < 0 &&
			errno != EBUSY)
			log_error(NULL, "mount %s: %s", mounts[i].path, strerror(errno));
	}
}

static void module_load(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) < 0 && errno != EEXIST))
		log_error(NULL, "module %s: %s", path, strerror(errno));
}

static void modules_load(void)
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

static void hostname_set(void)
{
	FILE *file = fopen("/proc/cmdline", "re");
	char line[4096], *at, *saved;

	if (!file)
		return;
	char *text = fgets(line, sizeof(line), file);
	fclose(file);
	for (at = text ? strtok_r(line, " \n", &saved) : NULL; at;
		at = strtok_r(NULL, " \n", &saved))
		if (strncmp(at, "vmsilo.name=", 12) == 0 &&
			sethostname(at + 12, strlen(at + 12)) < 0)
			log_error(NULL, "hostname %s: %s", at + 12, strerror(errno));
}

/* A first process may start without descriptors; later ones must not take the numbers of stdio. */
static void stdio_open(void)
{
	int fd;

	do
		fd = open("/dev/console", O_RDWR);
	while (fd >= 0 && fd < STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
}

void init_system(void)
{
	mount_all();
	stdio_open();
	modules_load();
	hostname_set();
	/* Ctrl-Alt-Del is a SIGINT to us then, an orderly end, instead of a reset. */
	reboot(RB_DISABLE_CAD);
}

_Noreturn void init_power_off(void)
{
	sync();
	reboot(RB_POWER_OFF);
	for (;;)
		pause();
}
