/*
 * The broker with more monitors: "agent", which is no VM but the real vmsilo-agent beside it,
 * joined by unix sockets, or with "vsock: kernel" by the kernel's loopback; "talker", which runs
 * the agent and has a console; "packets", which has otherwise than QEMU what a monitor may have
 * otherwise: sockets that it binds itself, packets on one of them, a balloon that is counted the
 * other way, a vsock of its own, an exit code that tells of a reset; and "paired", which has a
 * vsock device beside it that nobody uses; and "disks", which holds its disks open and writes what
 * they are into VMSILO_TEST_DISKS/VM, a line each: "NAME FD FLAG...", and the kernel's command
 * line; and "cards", whose guest is the agent with network cards (lib/carded-guest). All of the
 * path but the guest itself, in milliseconds. Parts that a test supplies: see
 * tests/lib/script-parts.h.
 */
#include <limits.h>
#include <linux/vm_sockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/address/address.h"
#include "host-broker/broker-main.h"
#include "host-broker/monitor/qemu/capabilities.h"
#include "host-broker/monitor/qemu/qemu.h"
#include "proto/base/mac.h"
#include "tests/lib/packet-control.h"
#include "tests/lib/script-parts.h"

/* Its end is the guest's. */
static enum monitor_end agent_end(int code)
{
	return code == 0 ? MONITOR_END_POWERED_OFF : MONITOR_END_UNKNOWN;
}

/* Its guest has no use for a region: it is there to be found. */
static unsigned int agent_capabilities(const char *machine)
{
	(void)machine;
	return CAPABILITY_SHARED_REGION;
}

static void agent_add(
	const struct monitor_launch *launch, const char *listen, struct command *command)
{
	char at[ENDPOINT_TEXT_SIZE];

	endpoint_format(&launch->vsock, at, sizeof(at));
	/* Where the test runs elsewhere than it was built: in a guest. */
	const char *agent = getenv("VMSILO_TEST_AGENT");

	command_add(command, agent ? agent : VMSILO_AGENT);
	command_add(command, "--control");
	command_add(command, at);
	command_add(command, "--listen");
	command_add(command, listen ? listen : at);
	if (getenv("VMSILO_TEST_TRAY_SOCKET")) {
		command_add(command, "--tray-socket");
		command_add(command, getenv("VMSILO_TEST_TRAY_SOCKET"));
	}
	if (getenv("VMSILO_TEST_WINDOWS")) {
		command_add(command, "--windows-socket");
		command_add_format(
			command, "%s/%s.guest", getenv("VMSILO_TEST_WINDOWS"), launch->vm->name);
		command_add(command, "--windows-program");
		command_add_format(command, "%s/guest-windows", getenv("VMSILO_TEST_WINDOWS"));
	}
	if (getenv("VMSILO_TEST_SETUP")) {
		command_add(command, "--setup");
		command_add(command, getenv("VMSILO_TEST_SETUP"));
	}
	const char *services = getenv("VMSILO_TEST_SERVICES");
	if (services) {
		command_add(command, "--services");
		command_add(command, services);
	}
}

static int agent_command(
	const struct monitor_launch *launch, struct command *command, struct error *error)
{
	(void)error;
	if (launch->region.fd >= 0)
		(void)command_fd(command, launch->region.fd);
	agent_add(launch, NULL, command);
	return 0;
}

static const struct monitor_ops monitor_agent = {
	.name = "agent",
	.without_image = true,
	.keeps_rights = true,
	.fixed_cid = VMADDR_CID_LOCAL,
	.capabilities = agent_capabilities,
	.command = agent_command,
	.end_of_exit = agent_end,
};

static unsigned int paired_capabilities(const char *machine)
{
	(void)machine;
	return CAPABILITY_VHOST_USER;
}

/* Where it would listen is the vsock device's: it can be started, and that is all. */
static int paired_command(
	const struct monitor_launch *launch, struct command *command, struct error *error)
{
	const char *path = getenv("VMSILO_TEST_ELSEWHERE");
	char elsewhere[ENDPOINT_TEXT_SIZE];

	(void)error;
	snprintf(elsewhere, sizeof(elsewhere), "unix:%s", path ? path : "/nonexistent");
	agent_add(launch, elsewhere, command);
	return 0;
}

static const struct monitor_ops monitor_paired = {
	.name = "paired",
	.without_image = true,
	.keeps_rights = true,
	.capabilities = paired_capabilities,
	.command = paired_command,
	.end_of_exit = agent_end,
};

static unsigned int disks_capabilities(const char *machine)
{
	(void)machine;
	return CAPABILITY_DISKS;
}

static void disk_tell(FILE *out, const struct monitor_disk *disk, int fd)
{
	fprintf(out, "%s %d%s%s%s%s\n", disk->name, fd, disk->read_only ? " read_only" : "",
		disk->direct ? " direct" : "", disk->discard ? " discard" : "",
		disk->stops ? " stops" : "");
}

static int disks_command(
	const struct monitor_launch *launch, struct command *command, struct error *error)
{
	const char *folder = getenv("VMSILO_TEST_DISKS");
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", folder ? folder : "/nonexistent", launch->vm->name);
	FILE *out = fopen(path, "we");
	for (size_t i = 0; i < launch->disks_count; i++) {
		int fd = command_fd(command, launch->disks[i].fd);
		if (out)
			disk_tell(out, &launch->disks[i], fd);
	}
	if (out) {
		fprintf(out, "%s\n", launch->cmdline);
		fclose(out);
	}
	return agent_command(launch, command, error);
}

static const struct monitor_ops monitor_disks = {
	.name = "disks",
	.keeps_rights = true,
	.capabilities = disks_capabilities,
	.command = disks_command,
	.end_of_exit = agent_end,
};

static unsigned int cards_capabilities(const char *machine)
{
	(void)machine;
	return CAPABILITY_NICS;
}

static void card_add(const struct monitor_launch *launch, struct command *command)
{
	char mac[MAC_TEXT_SIZE];

	if (launch->nics_count > 0)
		command_add(command, VMSILO_CARDED_GUEST);
	for (size_t i = 0; i < launch->nics_count; i++) {
		mac_print(launch->nics[i].mac, mac);
		command_add_format(command, "%d", command_fd(command, launch->nics[i].tap_fd));
		command_add(command, mac);
	}
	if (launch->nics_count > 0)
		command_add(command, "--");
}

static int cards_command(
	const struct monitor_launch *launch, struct command *command, struct error *error)
{
	card_add(launch, command);
	return agent_command(launch, command, error);
}

static const struct monitor_ops monitor_cards = {
	.name = "cards",
	.without_image = true,
	.keeps_rights = true,
	.capabilities = cards_capabilities,
	.command = cards_command,
	.end_of_exit = agent_end,
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
	.end_of_exit = agent_end,
};

static unsigned int packets_capabilities(const char *machine)
{
	(void)machine;
	return CAPABILITY_BALLOON | CAPABILITY_CONSOLE | CAPABILITY_PAUSE | CAPABILITY_NICS |
	       CAPABILITY_SHARED_REGION;
}

static int packets_command(
	const struct monitor_launch *launch, struct command *command, struct error *error)
{
	command_add(command, VMSILO_PACKET_MONITOR);
	command_add(command, launch->control.path);
	command_add(command, launch->console.path);
	card_add(launch, command);
	return agent_command(launch, command, error);
}

static enum monitor_end packets_end(int code)
{
	return code == 32 ? MONITOR_END_RESET : agent_end(code);
}

static const struct monitor_ops monitor_packets = {
	.name = "packets",
	.without_image = true,
	.keeps_rights = true,
	.capabilities = packets_capabilities,
	.control_socket = {MONITOR_BINDS_MONITOR, SOCK_SEQPACKET, "control.socket"},
	.console_socket = {MONITOR_BINDS_MONITOR, SOCK_STREAM, "console.socket"},
	.command = packets_command,
	.end_of_exit = packets_end,
	.control = &packet_control,
};

static const struct monitor_ops *const monitors[] = {&monitor_qemu, &monitor_agent, &monitor_talker,
	&monitor_packets, &monitor_paired, &monitor_disks, &monitor_cards, NULL};

static const struct known_monitor known[] = {{"qemu", qemu_capabilities, qemu_devices_most},
	{"agent", agent_capabilities, NULL}, {"talker", talker_capabilities, NULL},
	{"packets", packets_capabilities, NULL}, {"paired", paired_capabilities, NULL},
	{"disks", disks_capabilities, NULL}, {"cards", cards_capabilities, NULL}, {0}};

static bool object(const struct vm_config *vm, struct config_objection *ret)
{
	return capability_object(known, vm, ret);
}

int main(int argc, char **argv)
{
	const char *sys = getenv("VMSILO_TEST_SYS");

	const struct broker_surroundings surroundings = {.monitors = monitors,
		.object = object,
		.sources = script_parts,
		.sys = sys ? sys : "/sys"};

	return broker_main(argc, argv, &surroundings);
}
