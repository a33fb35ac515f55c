#include "host-broker/monitor/qemu/qemu.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/socket.h>

#include "host-broker/monitor/qemu/capabilities.h"
#include "host-broker/monitor/qemu/devices.h"
#include "host-broker/monitor/qemu/qmp.h"

/* MiB of translated code that an emulated guest's QEMU keeps; then it throws all away and begins
 * anew. QEMU's own default lets it grow to 1 GiB, twice the memory of the guest that was measured
 * (tests/FIGURES.md). */
#define TRANSLATED_MIB 64

static void add_machine(const struct monitor_launch *launch, struct command *command)
{
	const struct vm_config *vm = launch->vm;
	bool q35 = strcmp(vm->machine, "q35") == 0;

	command_add(command, "-machine");
	/* q35's disk controller, floppy and SMBus are emulated code that the guest could attack and
	 * has no use for. */
	command_add_format(command, "%s%s,memory-backend=ram%s", vm->machine,
		launch->kvm ? ",accel=kvm" : "",
		q35 ? ",sata=off,smbus=off,usb=off,vmport=off" : "");
	if (!launch->kvm) {
		command_add(command, "-accel");
		command_add_format(command, "tcg,tb-size=%d", TRANSLATED_MIB);
	}
	/* As on PCI: libvhost-user, which virtiofsd is made with, serves no device of before
	 * virtio 1. */
	if (!q35) {
		command_add(command, "-global");
		command_add(command, "virtio-mmio.force-legacy=false");
	}
	command_add(command, "-cpu");
	/* Emulated, "rep movsb" moves byte after byte: a kernel that sees ERMS copies with
	 * it, at half the speed of the loop that it uses otherwise. */
	command_add(command, launch->kvm ? "host" : "max,erms=off");
	command_add(command, "-smp");
	command_add_format(command, "%" PRIu32, vm->cpus);
	command_add(command, "-m");
	command_add_format(command, "%" PRIu64 "K", vm->memory_bytes / 1024);
	/* Shared, since the vsock device reads the queues in it. */
	command_add(command, "-object");
	command_add_format(command, "memory-backend-memfd,id=ram,size=%" PRIu64 "K,share=on",
		vm->memory_bytes / 1024);
}

static bool is_microvm(const struct monitor_launch *launch)
{
	return strcmp(launch->vm->machine, "microvm") == 0;
}

/* reboot=t: with KVM a microvm's guest that reboots as its kernel tries first hangs now and then; a
 * triple fault is what QEMU's manual says for it. It stands first, so that who writes a command
 * line has the last word. no_timer_check: emulated on a busy host, the timer's interrupts come too
 * late for the kernel's test of their wiring, and it panics: "IO-APIC + timer doesn't work!". Under
 * KVM the kernel leaves the test out by itself. */
static void add_command_line(const struct monitor_launch *launch, struct command *command)
{
	const char *reboot = is_microvm(launch) ? "reboot=t " : "";
	const char *timer = launch->kvm ? "" : " no_timer_check";

	if (launch->tsc_khz)
		command_add_format(command, "%s%s%s tsc_early_khz=%" PRIu32, reboot,
			launch->cmdline, timer, launch->tsc_khz);
	else
		command_add_format(command, "%s%s%s", reboot, launch->cmdline, timer);
}

static void add_kernel(const struct monitor_launch *launch, struct command *command)
{
	command_file(command, launch->kernel, O_RDONLY);
	command_file(command, launch->initrd, O_RDONLY);
	command_add(command, "-kernel");
	command_add(command, launch->kernel);
	command_add(command, "-initrd");
	command_add(command, launch->initrd);
	command_add(command, "-append");
	add_command_line(launch, command);
}

static void add_control(const struct monitor_launch *launch, struct command *command)
{
	command_add(command, "-chardev");
	command_add_format(command, "socket,id=qmp,fd=%d,server=on,wait=off",
		command_fd(command, launch->control.fd));
	command_add(command, "-mon");
	command_add(command, "chardev=qmp,mode=control");
	command_add(command, "-chardev");
	command_add_format(command, "socket,id=console,fd=%d,server=on,wait=off",
		command_fd(command, launch->console.fd));
	command_add(command, "-serial");
	command_add(command, "chardev:console");
}

static int qemu_command(
	const struct monitor_launch *launch, struct command *command, struct error *error)
{
	command_add(command, launch->broker->qemu);
	command_add(command, "-name");
	command_add_format(command, "guest=%s,debug-threads=on", launch->vm->name);
	command_add(command, "-nodefaults");
	command_add(command, "-no-user-config");
	command_add(command, "-display");
	command_add(command, "none");
	command_add(command, "-no-reboot");
	command_add(command, "-sandbox");
	command_add(
		command, "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
	if (launch->kvm)
		command_file(command, "/dev/kvm", O_RDWR);
	add_machine(launch, command);
	add_kernel(launch, command);
	add_control(launch, command);
	return qemu_devices_add(launch, command, error);
}

const struct monitor_ops monitor_qemu = {
	.name = "qemu",
	.capabilities = qemu_capabilities,
	.control_socket = {MONITOR_BINDS_BROKER, SOCK_STREAM, "qmp.socket"},
	.console_socket = {MONITOR_BINDS_BROKER, SOCK_STREAM, "console.socket"},
	.command = qemu_command,
	.control = &qmp_control,
};
