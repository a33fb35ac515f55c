#include <stdio.h>
#include <string.h>

#include "host-broker/monitor/qemu.h"
#include "tests/lib/test.h"

/* What follows an option, of a VM on such a machine; valid until the next call. */
static const char *value_of(const char *option, const char *machine, bool kvm, uint32_t tsc_khz)
{
	static char value[256];
	static const struct broker_config broker = {.qemu = "qemu"};
	struct vm_config vm = {.name = "v",
		.machine = machine,
		.cpus = 1,
		.memory_bytes = 1 << 28,
		.memory_min_bytes = 1 << 28};
	const struct monitor_launch launch = {.vm = &vm,
		.broker = &broker,
		.kernel = "/kernel",
		.initrd = "/initrd",
		.cmdline = "quiet x=1",
		.kvm = kvm,
		.tsc_khz = tsc_khz,
		.vhost_vsock_fd = -1};
	struct error error = {0};
	struct argv argv;

	argv_init(&argv);
	assert_int_equal(monitor_qemu.argv(&launch, &argv, &error), 0);
	value[0] = '\0';
	for (size_t i = 0; i + 1 < argv.count; i++)
		if (strcmp(argv.items[i], option) == 0)
			snprintf(value, sizeof(value), "%s", argv.items[i + 1]);
	argv_finish(&argv);
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
	assert_non_null(strstr(value_of("-machine", "microvm", false, 0), "microvm,accel=tcg,"));
	assert_string_equal(value_of("-cpu", "q35", true, 0), "host");
	assert_string_equal(value_of("-cpu", "q35", false, 0), "max,erms=off");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timer_check),
		cmocka_unit_test(test_microvm_reboot),
		cmocka_unit_test(test_accel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
