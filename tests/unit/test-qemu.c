#include <stdio.h>
#include <string.h>

#include "host-broker/vmm/qemu.h"
#include "tests/lib/test.h"

/* What follows -append; valid until the next call. */
static const char *kernel_line(bool kvm, uint32_t tsc_khz)
{
	static char line[256];
	static const struct broker_config broker = {.qemu = "qemu"};
	struct vm_config vm = {.name = "v",
		.machine = "q35",
		.cpus = 1,
		.memory_bytes = 1 << 28,
		.memory_min_bytes = 1 << 28};
	const struct vmm_launch launch = {.vm = &vm,
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
	assert_int_equal(vmm_qemu.argv(&launch, &argv, &error), 0);
	line[0] = '\0';
	for (size_t i = 0; i + 1 < argv.count; i++)
		if (strcmp(argv.items[i], "-append") == 0)
			snprintf(line, sizeof(line), "%s", argv.items[i + 1]);
	argv_finish(&argv);
	return line;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timer_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
