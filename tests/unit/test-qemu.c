/* What QEMU is told, word for word. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

#include "host-broker/monitor/capability.h"
#include "host-broker/monitor/qemu/qemu.h"
#include "tests/lib/test.h"

#define WORDS_MAX 96

static const struct broker_config broker = {.qemu = "qemu"};

static struct vm_config vm_of(const char *machine)
{
	return (struct vm_config){.name = "v",
		.monitor = "qemu",
		.machine = machine,
		.cpus = 2,
		.memory_bytes = 1 << 28,
		.memory_min_bytes = 1 << 28};
}

/* Of a VM with nothing but its sockets, which are 50 and 51 here, 3 and 4 there. */
static struct monitor_launch launch_of(const struct vm_config *vm)
{
	return (struct monitor_launch){.vm = vm,
		.broker = &broker,
		.kernel = "/kernel",
		.initrd = "/initrd",
		.cmdline = "quiet x=1",
		.vhost_vsock_fd = -1,
		.region = {.fd = -1},
		.control = {.fd = 50},
		.console = {.fd = 51}};
}

static void command_of(const struct monitor_launch *launch, struct command *command)
{
	struct error error = {0};

	command_init(command);
	assert_int_equal(monitor_launch_check(
				 launch, monitor_qemu.capabilities(launch->vm->machine), &error),
		0);
	assert_int_equal(monitor_qemu.command(launch, command, &error), 0);
	assert_int_equal(command_error(command), 0);
}

/* The whole vector, in one text with a line for each option. */
static void words_compare(const struct command *command, const char *expected)
{
	char text[8192];
	size_t length = 0;

	for (size_t i = 0; i < command->argv_count; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%s%s",
			i == 0                       ? ""
			: command->argv[i][0] == '-' ? "\n"
						     : " ",
			command->argv[i]);
	assert_string_equal(text, expected);
}

static void fds_compare(const struct command *command, const int *expected, size_t count)
{
	assert_int_equal(command->fds_count, count);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(command->fds[i], expected[i]);
}

/* What follows an option, of a VM on such a machine; valid until the next call. */
static const char *value_of(const char *option, const char *machine, bool kvm, uint32_t tsc_khz)
{
	static char value[256];
	const struct vm_config vm = vm_of(machine);
	struct monitor_launch launch = launch_of(&vm);
	struct command command;

	launch.kvm = kvm;
	launch.tsc_khz = tsc_khz;
	command_of(&launch, &command);
	value[0] = '\0';
	for (size_t i = 0; i + 1 < command.argv_count; i++)
		if (strcmp(command.argv[i], option) == 0)
			snprintf(value, sizeof(value), "%s", command.argv[i + 1]);
	command_finish(&command);
	return value;
}

static const char *kernel_line(bool kvm, uint32_t tsc_khz)
{
	return value_of("-append", "q35", kvm, tsc_khz);
}

/* Only an emulated guest's timer comes too late for the kernel's test of it. */
static void test_timer_check(void **state)
{
	(void)state;
	assert_string_equal(kernel_line(false, 0), "quiet x=1 no_timer_check");
	assert_string_equal(kernel_line(true, 0), "quiet x=1");
	assert_string_equal(
		kernel_line(false, 2500000), "quiet x=1 no_timer_check tsc_early_khz=2500000");
}

/* And only a microvm's has no other way to reboot that always works. */
static void test_microvm_reboot(void **state)
{
	(void)state;
	assert_string_equal(value_of("-append", "microvm", true, 0), "reboot=t quiet x=1");
	assert_string_equal(value_of("-append", "microvm", false, 2000),
		"reboot=t quiet x=1 no_timer_check tsc_early_khz=2000");
}

static void test_accel(void **state)
{
	(void)state;
	assert_non_null(strstr(value_of("-machine", "q35", true, 0), "q35,accel=kvm,"));
	assert_null(strstr(value_of("-machine", "microvm", false, 0), "accel="));
	assert_string_equal(value_of("-accel", "microvm", false, 0), "tcg,tb-size=64");
	assert_string_equal(value_of("-cpu", "q35", true, 0), "host");
	assert_string_equal(value_of("-cpu", "q35", false, 0), "max,erms=off");
}

#define COMMON_BEFORE(machine, more) \
	"qemu\n" \
	"-name guest=v,debug-threads=on\n" \
	"-nodefaults\n" \
	"-no-user-config\n" \
	"-display none\n" \
	"-no-reboot\n" \
	"-sandbox on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny\n" \
	"-machine " machine "\n-accel tcg,tb-size=64\n" more "-cpu max,erms=off\n" \
	"-smp 2\n" \
	"-m 262144K\n" \
	"-object memory-backend-memfd,id=ram,size=262144K,share=on\n" \
	"-kernel /kernel\n" \
	"-initrd /initrd\n"
#define COMMON_SOCKETS \
	"-chardev socket,id=qmp,fd=3,server=on,wait=off\n" \
	"-mon chardev=qmp,mode=control\n" \
	"-chardev socket,id=console,fd=4,server=on,wait=off\n" \
	"-serial chardev:console\n"
#define Q35 \
	COMMON_BEFORE("q35,memory-backend=ram,sata=off,smbus=off,usb=off,vmport=off", "") \
	"-append quiet x=1 no_timer_check\n" COMMON_SOCKETS
#define MICROVM \
	COMMON_BEFORE("microvm,memory-backend=ram", "-global virtio-mmio.force-legacy=false\n") \
	"-append reboot=t quiet x=1 no_timer_check\n" COMMON_SOCKETS

static void test_bare(void **state)
{
	static const int fds[] = {50, 51};
	struct vm_config vm = vm_of("q35");
	struct monitor_launch launch = launch_of(&vm);
	struct command command;

	(void)state;
	command_of(&launch, &command);
	words_compare(&command, Q35 "-device virtio-rng-pci,bus=pcie.0,addr=0x01");
	fds_compare(&command, fds, 2);
	assert_int_equal(command.files_count, 2);
	assert_string_equal(command.files[0].path, "/kernel");
	assert_string_equal(command.files[1].path, "/initrd");
	command_finish(&command);

	vm.machine = "microvm";
	command_of(&launch, &command);
	words_compare(&command, MICROVM "-device virtio-rng-device,bus=virtio-mmio-bus.3");
	command_finish(&command);
}

/* One that stops and one that only reads; a third one's place is the third. */
static const struct monitor_disk disks[] = {
	{.name = "root", .fd = 60, .read_only = true, .direct = true},
	{.name = "home", .fd = 61, .direct = true, .discard = true, .stops = true},
	{.name = "data-2", .fd = 62, .device = true},
};
static const struct monitor_nic nics[] = {
	{.tap_fd = 70, .mac = {0x02, 0, 0, 0, 0, 0x0a}},
	{.tap_fd = 71, .mac = {0x02, 0, 0, 0, 0, 0xff}, .mtu = 9000},
};
static const struct monitor_share shares[] = {
	{.tag = "pictures", .socket = "/run/s0"},
	{.tag = "work", .socket = "/run/s1"},
};
static const struct monitor_pci pci[] = {{.host = "0000:03:00.0"}, {.host = "0000:03:00.1"}};

static void furnish(struct vm_config *vm, struct monitor_launch *launch)
{
	vm->memory_min_bytes = vm->memory_bytes / 2;
	launch->vsock_socket = "/run/vhost";
	launch->disks = disks;
	launch->disks_count = 3;
	launch->nics = nics;
	launch->nics_count = 2;
	launch->shares = shares;
	launch->shares_count = 2;
}

static void test_q35_with_everything(void **state)
{
	static const int fds[] = {50, 51, 80, 70, 71, 60, 61, 62};
	static const char *const files[] = {
		"/kernel", "/initrd", "/run/vhost", "/run/s0", "/run/s1"};
	struct vm_config vm = vm_of("q35");
	struct monitor_launch launch = launch_of(&vm);
	struct command command;

	(void)state;
	furnish(&vm, &launch);
	launch.region = (struct monitor_region){.fd = 80, .bytes = 1 << 20};
	launch.pci = pci;
	launch.pci_count = 2;
	command_of(&launch, &command);
	words_compare(&command,
		Q35 "-device virtio-rng-pci,bus=pcie.0,addr=0x01\n"
		    "-device virtio-balloon-pci,bus=pcie.0,addr=0x02,deflate-on-oom=on,"
		    "free-page-reporting=on\n"
		    "-chardev socket,id=vsock,path=/run/vhost\n"
		    "-device vhost-user-vsock-pci,bus=pcie.0,addr=0x03,chardev=vsock\n"
		    "-object memory-backend-file,id=region,mem-path=/proc/self/fd/5,size=1048576,"
		    "share=on\n"
		    "-device ivshmem-plain,bus=pcie.0,addr=0x04,memdev=region\n"
		    "-netdev tap,id=nic0,fd=6\n"
		    "-device virtio-net-pci,bus=pcie.0,addr=0x08,netdev=nic0,mac=02:00:00:00:00:0a,"
		    "romfile=\n"
		    "-netdev tap,id=nic1,fd=7\n"
		    "-device virtio-net-pci,bus=pcie.0,addr=0x09,netdev=nic1,mac=02:00:00:00:00:ff,"
		    "host_mtu=9000,romfile=\n"
		    "-add-fd fd=8,set=8\n"
		    "-blockdev driver=file,node-name=disk-root,filename=/dev/fdset/8,read-only=on,"
		    "cache.direct=on,discard=ignore\n"
		    "-device virtio-blk-pci,bus=pcie.0,addr=0x10.0,multifunction=on,id=disk-root,"
		    "drive=disk-root,serial=root,discard=off,werror=report,rerror=report\n"
		    "-add-fd fd=9,set=9\n"
		    "-blockdev driver=file,node-name=disk-home,filename=/dev/fdset/9,read-only=off,"
		    "cache.direct=on,discard=unmap\n"
		    "-device virtio-blk-pci,bus=pcie.0,addr=0x10.1,id=disk-home,drive=disk-home,"
		    "serial=home,discard=on,werror=stop,rerror=report\n"
		    "-add-fd fd=10,set=10\n"
		    "-blockdev driver=host_device,node-name=disk-data-2,filename=/dev/fdset/10,"
		    "read-only=off,cache.direct=off,discard=ignore\n"
		    "-device virtio-blk-pci,bus=pcie.0,addr=0x10.2,id=disk-data-2,"
		    "drive=disk-data-2,serial=data-2,discard=off,werror=report,rerror=report\n"
		    "-chardev socket,id=share-0,path=/run/s0\n"
		    "-device vhost-user-fs-pci,bus=pcie.0,addr=0x12.0,multifunction=on,"
		    "chardev=share-0,tag=pictures\n"
		    "-chardev socket,id=share-1,path=/run/s1\n"
		    "-device vhost-user-fs-pci,bus=pcie.0,addr=0x12.1,chardev=share-1,tag=work\n"
		    "-device vfio-pci,bus=pcie.0,addr=0x14,host=0000:03:00.0\n"
		    "-device vfio-pci,bus=pcie.0,addr=0x15,host=0000:03:00.1");
	fds_compare(&command, fds, sizeof(fds) / sizeof(fds[0]));
	assert_int_equal(command.files_count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_string_equal(command.files[i].path, files[i]);
	command_finish(&command);
}

static void test_microvm_with_all_that_it_can(void **state)
{
	static const int fds[] = {50, 51, 90, 70, 71, 60, 61, 62};
	struct vm_config vm = vm_of("microvm");
	struct monitor_launch launch = launch_of(&vm);
	struct command command;

	(void)state;
	furnish(&vm, &launch);
	launch.vsock_socket = NULL;
	launch.vhost_vsock_fd = 90;
	launch.vsock = (struct endpoint){.kind = ENDPOINT_VSOCK, .cid = 7};
	command_of(&launch, &command);
	words_compare(&command, MICROVM
		"-device virtio-rng-device,bus=virtio-mmio-bus.3\n"
		"-device virtio-balloon-device,bus=virtio-mmio-bus.1,deflate-on-oom=on,"
		"free-page-reporting=on\n"
		"-device vhost-vsock-device,bus=virtio-mmio-bus.2,vhostfd=5,guest-cid=7\n"
		"-netdev tap,id=nic0,fd=6\n"
		"-device virtio-net-device,bus=virtio-mmio-bus.4,netdev=nic0,"
		"mac=02:00:00:00:00:0a\n"
		"-netdev tap,id=nic1,fd=7\n"
		"-device virtio-net-device,bus=virtio-mmio-bus.5,netdev=nic1,"
		"mac=02:00:00:00:00:ff,host_mtu=9000\n"
		"-add-fd fd=8,set=8\n"
		"-blockdev driver=file,node-name=disk-root,filename=/dev/fdset/8,read-only=on,"
		"cache.direct=on,discard=ignore\n"
		"-device virtio-blk-device,bus=virtio-mmio-bus.10,id=disk-root,drive=disk-root,"
		"serial=root,discard=off,werror=report,rerror=report\n"
		"-add-fd fd=9,set=9\n"
		"-blockdev driver=file,node-name=disk-home,filename=/dev/fdset/9,read-only=off,"
		"cache.direct=on,discard=unmap\n"
		"-device virtio-blk-device,bus=virtio-mmio-bus.11,id=disk-home,drive=disk-home,"
		"serial=home,discard=on,werror=stop,rerror=report\n"
		"-add-fd fd=10,set=10\n"
		"-blockdev "
		"driver=host_device,node-name=disk-data-2,filename=/dev/fdset/10,read-only=off,"
		"cache.direct=off,discard=ignore\n"
		"-device virtio-blk-device,bus=virtio-mmio-bus.12,id=disk-data-2,drive=disk-data-2,"
		"serial=data-2,discard=off,werror=report,rerror=report\n"
		"-chardev socket,id=share-0,path=/run/s0\n"
		"-device vhost-user-fs-device,bus=virtio-mmio-bus.18,chardev=share-0,tag=pictures\n"
		"-chardev socket,id=share-1,path=/run/s1\n"
		"-device vhost-user-fs-device,bus=virtio-mmio-bus.19,chardev=share-1,tag=work");
	fds_compare(&command, fds, sizeof(fds) / sizeof(fds[0]));
	command_finish(&command);
}

/* A disk keeps its place whatever else there is, also beyond the first slot. */
static void test_places_do_not_move(void **state)
{
	const struct vm_config vm = vm_of("q35");
	struct monitor_launch launch = launch_of(&vm);
	struct monitor_disk many[10];
	char names[10][8];
	struct command command;

	(void)state;
	for (size_t i = 0; i < 10; i++) {
		snprintf(names[i], sizeof(names[i]), "d%zu", i);
		many[i] = (struct monitor_disk){.name = names[i], .fd = 60};
	}
	launch.disks = many;
	launch.disks_count = 10;
	command_of(&launch, &command);
	assert_non_null(strstr(command.argv[command.argv_count - 1 - 6], "addr=0x11.0,multif"));
	assert_non_null(strstr(command.argv[command.argv_count - 1], "addr=0x11.1,id=disk-d9"));
	command_finish(&command);
}

/* ---- what is refused ---- */

static void refused(const struct monitor_launch *launch, const char *text)
{
	struct error error = {0};
	struct command command;

	command_init(&command);
	int code = monitor_launch_check(
		launch, monitor_qemu.capabilities(launch->vm->machine), &error);
	if (code == 0)
		code = monitor_qemu.command(launch, &command, &error);
	assert_int_equal(code, UV_EINVAL);
	assert_string_equal(error.text, text);
	command_finish(&command);
}

static void test_more_than_there_are_places_for(void **state)
{
	struct vm_config vm = vm_of("q35");
	struct monitor_launch launch = launch_of(&vm);
	static const struct monitor_nic many[9];

	(void)state;
	launch.nics = many;
	launch.nics_count = 9;
	refused(&launch, "machine \"q35\" supports at most 8 NICs, not 9");
	vm.machine = "microvm";
	launch.nics_count = 7;
	refused(&launch, "machine \"microvm\" supports at most 6 NICs, not 7");
	launch.nics_count = 0;
	launch.pci = pci;
	launch.pci_count = 1;
	refused(&launch, "monitor \"qemu\" with machine \"microvm\" supports no PCI devices");
	launch.pci_count = 0;
	launch.region = (struct monitor_region){.fd = 80, .bytes = 4096};
	refused(&launch, "monitor \"qemu\" with machine \"microvm\" supports no shared region");
}

/* Nothing is left out in silence by a monitor that cannot. */
static void test_each_list_takes_a_capability(void **state)
{
	static const unsigned int needed[] = {CAPABILITY_DISKS, CAPABILITY_NICS,
		CAPABILITY_VHOST_USER, CAPABILITY_PCI, CAPABILITY_SHARED_REGION};
	struct vm_config vm = vm_of("q35");
	struct monitor_launch launch = launch_of(&vm);
	struct error error = {0};

	(void)state;
	furnish(&vm, &launch);
	launch.region = (struct monitor_region){.fd = 80, .bytes = 1 << 20};
	launch.pci = pci;
	launch.pci_count = 2;
	assert_int_equal(monitor_launch_check(&launch, ~0U, &error), 0);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		assert_int_equal(monitor_launch_check(&launch, ~needed[i], &error), UV_EINVAL);
	assert_string_equal(
		error.text, "monitor \"qemu\" with machine \"q35\" supports no shared region");
}

static void test_names_that_would_say_more(void **state)
{
	const struct vm_config vm = vm_of("q35");
	struct monitor_launch launch = launch_of(&vm);
	struct monitor_disk disk[] = {{.name = "a,readonly=off"}, {.name = "b"}};
	struct monitor_share share = {.tag = "t", .socket = "/run/a,b"};
	struct monitor_pci device = {.host = "0000:03:00.8"};

	(void)state;
	launch.disks = disk;
	launch.disks_count = 2;
	refused(&launch,
		"a disk is named \"a,readonly=off\"; expected 1 to 20 of a-z, 0-9 and '-', "
		"beginning with a letter");
	disk[0].name = "b";
	refused(&launch, "two disks are named \"b\"");
	disk[0].name = "abcdefghijklmnopqrstu";
	refused(&launch,
		"a disk is named \"abcdefghijklmnopqrstu\"; expected 1 to 20 of a-z, 0-9 and "
		"'-', beginning with a letter");
	launch.disks_count = 0;
	launch.shares = &share;
	launch.shares_count = 1;
	refused(&launch, "the path /run/a,b contains a comma, which monitors do not accept");
	share = (struct monitor_share){.tag = "T", .socket = "/run/a"};
	refused(&launch,
		"a share has the tag \"T\"; expected 1 to 36 of a-z, 0-9 and '-', beginning with a "
		"letter");
	launch.shares_count = 0;
	launch.pci = &device;
	launch.pci_count = 1;
	refused(&launch,
		"\"0000:03:00.8\" is not a PCI address; expected one such as 0000:03:00.0");
	device.host = "0000:03:00.0,x=1";
	refused(&launch,
		"\"0000:03:00.0,x=1\" is not a PCI address; expected one such as 0000:03:00.0");
	launch.pci_count = 0;
	launch.vsock_socket = "/run/,";
	refused(&launch, "the path /run/, contains a comma, which monitors do not accept");
	launch.vsock_socket = NULL;
	launch.region = (struct monitor_region){.fd = 80, .bytes = 4096 * 3};
	refused(&launch,
		"a shared region of 12288 bytes; expected a power of two, at least a page");
}

/* What it says it can is what it is told above. */
static void test_capabilities(void **state)
{
	const unsigned int any = CAPABILITY_BALLOON | CAPABILITY_CONSOLE | CAPABILITY_VHOST_USER |
				 CAPABILITY_PAUSE | CAPABILITY_DISKS | CAPABILITY_NICS;

	(void)state;
	assert_int_equal(
		monitor_qemu.capabilities("q35"), any | CAPABILITY_SHARED_REGION | CAPABILITY_PCI);
	assert_int_equal(monitor_qemu.capabilities("microvm"), any);
	assert_false(monitor_qemu.capabilities("q35") & CAPABILITY_HOT_PLUG);
	assert_int_equal(monitor_qemu.console_socket.binder, MONITOR_BINDS_BROKER);
	assert_non_null(monitor_qemu.control->balloon);
	assert_non_null(monitor_qemu.control->pause);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timer_check),
		cmocka_unit_test(test_microvm_reboot),
		cmocka_unit_test(test_accel),
		cmocka_unit_test(test_bare),
		cmocka_unit_test(test_q35_with_everything),
		cmocka_unit_test(test_microvm_with_all_that_it_can),
		cmocka_unit_test(test_places_do_not_move),
		cmocka_unit_test(test_more_than_there_are_places_for),
		cmocka_unit_test(test_each_list_takes_a_capability),
		cmocka_unit_test(test_names_that_would_say_more),
		cmocka_unit_test(test_capabilities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
