/*
 * vmsilo-early-init: the first process of an image whose root is a disk, in its initramfs.
 *
 *   modules -> root and layer -> switch root -+-> vmsilo-agent (a child)
 *                                             `-> the system's own init (this process)
 *
 * The agent does not wait for the rest of the boot, so the first command does not either. It is
 * called @vmsilo-agent, by which systemd leaves a process alone when it ends all others at a
 * shutdown (https://systemd.io/ROOT_STORAGE_DAEMONS).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "guest-agent/boot/kernel-option.h"
#include "guest-agent/boot/machine.h"
#include "guest-agent/boot/mounts.h"
#include "guest-agent/early/options.h"
#include "guest-agent/early/root.h"
#include "guest-agent/early/sockets.h"
#include "guest-agent/early/weight.h"
#include "proto/base/log.h"

#define AGENT "/usr/lib/vmsilo/vmsilo-agent"
#define PAM_SESSION "/usr/lib/vmsilo/vmsilo-pam-session"
#define CGROUP (ROOT_CGROUPS "/vmsilo")
#define INIT "/sbin/init"

static void agent_start(struct early_sockets *sockets)
{
	static char *const argv[] = {"@vmsilo-agent", "--setup", "/", "--set-clock", "--cgroup",
		CGROUP, "--pam-session", PAM_SESSION, "--systemd", NULL};
	static char *const environment[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	pid_t pid = fork();

	if (pid < 0)
		log_error(NULL, "cannot start the agent: %s", strerror(errno));
	if (pid != 0)
		return;
	setsid();
	early_sockets_close(sockets);
	execve(AGENT, argv, environment);
	log_error(NULL, "cannot start the image's %s: %s", AGENT, strerror(errno));
	_exit(127);
}

static int init_execute(struct error *error)
{
	static char *const argv[] = {INIT, NULL};

	execv(INIT, argv);
	int code = -errno;
	return error_set(error, code, "cannot start the image's %s: %s", INIT, strerror(-code));
}

static int boot(struct error *error)
{
	char line[KERNEL_COMMAND_LINE_SIZE];
	struct early_options options;
	struct early_sockets sockets;

	kernel_command_line_read(line);
	int code = early_options_parse(line, &options, error);
	if (code == 0)
		code = root_mount(&options, error);
	if (code == 0)
		code = root_switch(error);
	if (code < 0)
		return code;
	weight_prefer(ROOT_CGROUPS, CGROUP);
	early_sockets_listen(&sockets, options.user_uid);
	agent_start(&sockets);
	modules_load_init();
	return init_execute(error);
}

int main(void)
{
	struct error error = {0};

	mounts_make_kernel();
	console_open();
	modules_load();
	rest_allow();
	host_name_apply();
	boot(&error);
	log_error(NULL, "the guest cannot start: %s", error.text);
	machine_power_off();
}
