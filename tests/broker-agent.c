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
#include "host-broker/monitor/qemu/qemu.h"

static unsigned int agent_capabilities(const char *machine)
{
	(void)machine;
	return 0;
}

static int agent_command(
	const struct monitor_launch *launch, struct command *command, struct error *error)
{
	char at[ENDPOINT_TEXT_SIZE];

	endpoint_format(&launch->vsock, at, sizeof(at));
	/* Where the test runs elsewhere than it was built: in a guest. */
	const char *agent = getenv("VMSILO_TEST_AGENT");

	command_add(command, agent ? agent : VMSILO_AGENT);
	command_add(command, "--control");
	command_add(command, at);
	command_add(command, "--listen");
	command_add(command, at);
	if (getenv("VMSILO_TEST_TRAY_SOCKET")) {
		command_add(command, "--tray-socket");
		command_add(command, getenv("VMSILO_TEST_TRAY_SOCKET"));
	}
	const char *services = getenv("VMSILO_TEST_SERVICES");
	if (services) {
		command_add(command, "--services");
		command_add(command, services);
	}
	(void)error;
	return 0;
}

static const struct monitor_ops monitor_agent = {
	.name = "agent",
	.without_image = true,
	.keeps_rights = true,
	.fixed_cid = VMADDR_CID_LOCAL,
	.capabilities = agent_capabilities,
	.command = agent_command,
};

static unsigned int talker_capabilities(const char *machine)
{
	(void)machine;
	return CAPABILITY_CONSOLE;
}

static int talker_command(
	const struct monitor_launch *launch, struct command *command, struct error *error)
{
	command_add(command, VMSILO_TALKER);
	command_add_format(command, "%d", command_fd(command, launch->console.fd));
	/* A guest that never comes up: its console talks, and that is all. */
	if (strstr(launch->vm->cmdline, "mute"))
		return 0;
	return agent_command(launch, command, error);
}

static const struct monitor_ops monitor_talker = {
	.name = "talker",
	.without_image = true,
	.keeps_rights = true,
	.capabilities = talker_capabilities,
	.console_socket = {MONITOR_BINDS_BROKER, SOCK_STREAM, "console.socket"},
	.command = talker_command,
};

static const struct monitor_ops *const monitors[] = {
	&monitor_qemu, &monitor_agent, &monitor_talker, NULL};

int main(int argc, char **argv)
{
	const char *sys = getenv("VMSILO_TEST_SYS");

	return broker_main(argc, argv, monitors, sys ? sys : "/sys");
}
