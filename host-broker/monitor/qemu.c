#include "host-broker/monitor/qemu.h"

#include <inttypes.h>
#include <string.h>

#include "host-broker/monitor/qmp.h"

static void add_machine(const struct monitor_launch *launch, struct argv *argv)
{
	const struct vm_config *vm = launch->vm;
	bool q35 = strcmp(vm->machine, "q35") == 0;

	argv_add(argv, "-machine");
	/* q35's disk controller, floppy and SMBus are emulated code that the guest could attack and
	 * has no use for. */
	argv_add_format(argv, "%s,accel=%s,memory-backend=ram%s", vm->machine,
		launch->kvm ? "kvm" : "tcg", q35 ? ",sata=off,smbus=off,usb=off,vmport=off" : "");
	argv_add(argv, "-cpu");
	/* Emulated, "rep movsb" moves byte after byte: a kernel that is told of ERMS copies with
	 * it, at half the speed of the loop that it uses otherwise. */
	argv_add(argv, launch->kvm ? "host" : "max,erms=off");
	argv_add(argv, "-smp");
	argv_add_format(argv, "%" PRIu32, vm->cpus);
	argv_add(argv, "-m");
	argv_add_format(argv, "%" PRIu64 "K", vm->memory_bytes / 1024);
	/* Shared, since the vsock device reads the queues in it. */
	argv_add(argv, "-object");
	argv_add_format(argv, "memory-backend-memfd,id=ram,size=%" PRIu64 "K,share=on",
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
static void add_command_line(const struct monitor_launch *launch, struct argv *argv)
{
	const char *reboot = is_microvm(launch) ? "reboot=t " : "";
	const char *timer = launch->kvm ? "" : " no_timer_check";

	if (launch->tsc_khz)
		argv_add_format(argv, "%s%s%s tsc_early_khz=%" PRIu32, reboot, launch->cmdline,
			timer, launch->tsc_khz);
	else
		argv_add_format(argv, "%s%s%s", reboot, launch->cmdline, timer);
}

static void add_kernel(const struct monitor_launch *launch, struct argv *argv)
{
	argv_add(argv, "-kernel");
	argv_add(argv, launch->kernel);
	argv_add(argv, "-initrd");
	argv_add(argv, launch->initrd);
	argv_add(argv, "-append");
	add_command_line(launch, argv);
}

static void add_control(const struct monitor_launch *launch, struct argv *argv)
{
	argv_add(argv, "-chardev");
	argv_add_format(argv, "socket,id=qmp,fd=%d,server=on,wait=off", launch->control_fd);
	argv_add(argv, "-mon");
	argv_add(argv, "chardev=qmp,mode=control");
	argv_add(argv, "-chardev");
	argv_add_format(argv, "socket,id=console,fd=%d,server=on,wait=off", launch->console_fd);
	argv_add(argv, "-serial");
	argv_add(argv, "chardev:console");
}

/* microvm has no PCI bus: its virtio devices sit on MMIO. */
static void add_devices(const struct monitor_launch *launch, struct argv *argv)
{
	const char *bus = is_microvm(launch) ? "device" : "pci";

	argv_add(argv, "-device");
	argv_add_format(argv, "virtio-rng-%s", bus);
	/* Reporting gives back what the guest frees at once, whatever the balloon does. */
	if (launch->vm->memory_min_bytes < launch->vm->memory_bytes) {
		argv_add(argv, "-device");
		argv_add_format(
			argv, "virtio-balloon-%s,deflate-on-oom=on,free-page-reporting=on", bus);
	}
	if (launch->vhost_vsock_fd >= 0) {
		argv_add(argv, "-device");
		argv_add_format(argv, "vhost-vsock-%s,vhostfd=%d,guest-cid=%" PRIu32, bus,
			launch->vhost_vsock_fd, launch->vsock.cid);
	}
	if (!launch->vhost_path[0])
		return;
	argv_add(argv, "-chardev");
	argv_add_format(argv, "socket,id=vsock,path=%s", launch->vhost_path);
	argv_add(argv, "-device");
	argv_add_format(argv, "vhost-user-vsock-%s,chardev=vsock", bus);
}

/* QEMU splits option values at commas; a comma is written twice. Paths of ours have none unless the
 * user's runtime directory has, which is refused rather than escaped. */
static int path_check(const struct monitor_launch *launch, struct error *error)
{
	if (!strchr(launch->vhost_path, ','))
		return 0;
	return error_set(error, UV_EINVAL, "the path %s has a comma, which QEMU cannot take",
		launch->vhost_path);
}

static int qemu_argv(const struct monitor_launch *launch, struct argv *argv, struct error *error)
{
	int code = path_check(launch, error);

	if (code < 0)
		return code;
	argv_add(argv, launch->broker->qemu);
	argv_add(argv, "-name");
	argv_add_format(argv, "guest=%s,debug-threads=on", launch->vm->name);
	argv_add(argv, "-nodefaults");
	argv_add(argv, "-no-user-config");
	argv_add(argv, "-display");
	argv_add(argv, "none");
	argv_add(argv, "-no-reboot");
	argv_add(argv, "-sandbox");
	argv_add(argv, "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
	add_machine(launch, argv);
	add_kernel(launch, argv);
	add_control(launch, argv);
	add_devices(launch, argv);
	code = argv_error(argv);
	return code < 0 ? error_set(error, code, "out of memory") : 0;
}

const struct monitor_ops monitor_qemu = {
	.name = "qemu",
	.needs_vsock_device = true,
	.has_console = true,
	.argv = qemu_argv,
	.control = &qmp_control,
};
