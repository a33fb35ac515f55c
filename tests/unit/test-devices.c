/* The lists of a run's devices: in the order of ranks, bounded, and each descriptor closed once. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/monitor/devices.h"
#include "tests/lib/test.h"

static int some_fd(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int disk_add(struct vm_devices *devices, unsigned int rank, int *ret_fd)
{
	char name[16];
	int fd = some_fd();

	snprintf(name, sizeof(name), "disk%u", rank);
	*ret_fd = fd;
	return vm_devices_add_disk(
		devices, rank, &(const struct monitor_disk){.name = name, .fd = fd});
}

static void test_order(void **state)
{
	static const unsigned int ranks[] = {3, 0, 7, 1};
	struct vm_devices devices;
	struct monitor_launch launch = {0};
	int fds[4];

	(void)state;
	vm_devices_init(&devices);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(disk_add(&devices, ranks[i], &fds[i]), 0);
	vm_devices_hand(&devices, &launch);
	assert_int_equal(launch.disks_count, 4);
	assert_string_equal(launch.disks[0].name, "disk0");
	assert_string_equal(launch.disks[1].name, "disk1");
	assert_string_equal(launch.disks[2].name, "disk3");
	assert_string_equal(launch.disks[3].name, "disk7");
	assert_int_equal(launch.disks[3].fd, fds[2]);
	vm_devices_finish(&devices);
	for (size_t i = 0; i < 4; i++)
		assert_false(is_open(fds[i]));
}

static void test_the_last_of_a_rank(void **state)
{
	struct vm_devices devices;
	int first, second;

	(void)state;
	vm_devices_init(&devices);
	assert_int_equal(disk_add(&devices, 2, &first), 0);
	assert_int_equal(disk_add(&devices, 2, &second), 0);
	assert_int_equal(devices.disks_count, 1);
	assert_false(is_open(first));
	assert_true(is_open(second));
	vm_devices_finish(&devices);
}

static void test_bound(void **state)
{
	struct vm_devices devices;
	int fd;

	(void)state;
	vm_devices_init(&devices);
	for (unsigned int i = 0; i < VM_DEVICES_MAX; i++)
		assert_int_equal(disk_add(&devices, i, &fd), 0);
	assert_int_equal(disk_add(&devices, VM_DEVICES_MAX, &fd), UV_ENOSPC);
	assert_false(is_open(fd));
	vm_devices_finish(&devices);
}

static void test_all_kinds(void **state)
{
	struct vm_devices devices;
	struct monitor_launch launch = {0};
	int tap = some_fd(), lock = some_fd();

	(void)state;
	vm_devices_init(&devices);
	assert_int_equal(
		vm_devices_add_nic(&devices, 1, &(const struct monitor_nic){.tap_fd = tap}), 0);
	assert_int_equal(
		vm_devices_add_share(&devices, 1, &(const struct monitor_share){"b", "/2"}), 0);
	assert_int_equal(
		vm_devices_add_share(&devices, 0, &(const struct monitor_share){"a", "/1"}), 0);
	assert_int_equal(vm_devices_hold(&devices, lock), 0);
	vm_devices_hand(&devices, &launch);
	assert_int_equal(launch.nics[0].tap_fd, tap);
	assert_string_equal(launch.shares[0].tag, "a");
	assert_string_equal(launch.shares[1].socket, "/2");
	assert_int_equal(launch.held[0], lock);
	vm_devices_handed(&devices);
	assert_false(is_open(tap) || is_open(lock));
}

/* A part that is prepared again, while the monitor runs. */
static void test_handed(void **state)
{
	struct vm_devices devices;
	int fd, held = some_fd();

	(void)state;
	vm_devices_init(&devices);
	vm_devices_handed(&devices);
	assert_int_equal(disk_add(&devices, 0, &fd), 0);
	assert_int_equal(vm_devices_hold(&devices, held), 0);
	assert_false(is_open(fd) || is_open(held));
	assert_int_equal(devices.disks_count, 0);
	vm_devices_finish(&devices);
}

static void test_words(void **state)
{
	struct vm_devices devices;
	char word[VM_DEVICES_WORDS];

	(void)state;
	vm_devices_init(&devices);
	assert_int_equal(vm_devices_say(&devices, "vmsilo.root=%s", "disk"), 0);
	assert_int_equal(vm_devices_say(&devices, "a"), 0);
	assert_string_equal(devices.words, " vmsilo.root=disk a");
	memset(word, 'x', sizeof(word));
	size_t room = VM_DEVICES_WORDS - strlen(devices.words) - 2;
	word[room] = '\0';
	assert_int_equal(vm_devices_say(&devices, "%sx", word), UV_E2BIG);
	assert_string_equal(devices.words, " vmsilo.root=disk a");
	assert_int_equal(vm_devices_say(&devices, "%s", word), 0);
	assert_int_equal(strlen(devices.words), VM_DEVICES_WORDS - 1);
	assert_int_equal(vm_devices_say(&devices, "%s", ""), UV_E2BIG);
	vm_devices_finish(&devices);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_the_last_of_a_rank),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_all_kinds),
		cmocka_unit_test(test_handed),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
