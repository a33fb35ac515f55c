/*
 * The broker with two monitors more: "agent", which is no VM but the real vmsilo-agent beside it,
 * joined by unix sockets, or with "vsock: kernel" by the kernel's loopback; and "talker", which
 * runs the agent and has a console. All of the path but the guest itself, in milliseconds.
 */
#include <limits.h>
#include <linux/vm_sockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/broker-main.h"
#include "host-broker/monitor/qemu.h"

static int agent_argv(const struct monitor_launch *launch, struct argv *argv, struct error *error)
{
	char at[ENDPOINT_TEXT_SIZE];

	endpoint_format(&launch->vsock, at, sizeof(at));
	/* Where the test runs elsewhere than it was built: in a guest. */
	const char *agent = getenv("VMSILO_TEST_AGENT");

	argv_add(argv, agent ? agent : VMSILO_AGENT);
	argv_add(argv, "--control");
	argv_add(argv, at);
	argv_add(argv, "--listen");
	argv_add(argv, at);
	if (getenv("VMSILO_TEST_TRAY_SOCKET")) {
		argv_add(argv, "--tray-socket");
		argv_add(argv, getenv("VMSILO_TEST_TRAY_SOCKET"));
	}
	const char *services = getenv("VMSILO_TEST_SERVICES");
	if (services) {
		argv_add(argv, "--services");
		argv_add(argv, services);
	}
	return argv_error(argv) < 0 ? error_set(error, UV_ENOMEM, "out of memory") : 0;
}

static const struct monitor_ops monitor_agent = {
	.name = "agent",
	.without_image = true,
	.keeps_capabilities = true,
	.fixed_cid = VMADDR_CID_LOCAL,
	.argv = agent_argv,
};

static int talker_argv(const struct monitor_launch *launch, struct argv *argv, struct error *error)
{
	argv_add(argv, VMSILO_TALKER);
	argv_add_format(argv, "%d", launch->console_fd);
	/* A guest that never comes up: its console talks, and that is all. */
	if (strstr(launch->vm->cmdline, "mute"))
		return 0;
	return agent_argv(launch, argv, error);
}

static const struct monitor_ops monitor_talker = {
	.name = "talker",
	.without_image = true,
	.keeps_capabilities = true,
	.has_console = true,
	.argv = talker_argv,
};

static const struct monitor_ops *const monitors[] = {
	&monitor_qemu, &monitor_agent, &monitor_talker, NULL};

int main(int argc, char **argv)
{
	const char *sys = getenv("VMSILO_TEST_SYS");

	return broker_main(argc, argv, monitors, sys ? sys : "/sys");
}
