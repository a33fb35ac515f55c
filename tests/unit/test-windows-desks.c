/* What the broker keeps of VMs' windows: whose desktop has them, and the region of memory. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/config/value/chord.h"
#include "host-broker/monitor/devices.h"
#include "host-broker/windows/desks.h"
#include "host-broker/windows/region.h"
#include "tests/lib/table-rig.h"
#include "tests/lib/test.h"

#define ONE "vms: [{name: one, accel: tcg, memory: 64M}]\n"
#define TWO "vms: [{name: one, accel: tcg, memory: 64M}, {name: two, accel: tcg, memory: 64M}]\n"
#define MIB (UINT64_C(1) << 20)

struct loser {
	unsigned int times;
	uid_t to;
};

static void on_lost(void *data, uid_t to)
{
	struct loser *loser = data;

	loser->times++;
	loser->to = to;
}

static int take(struct desks *desks, struct vm *vm, uid_t uid, bool by_force, struct loser *loser,
	struct desk_seat **ret)
{
	const struct desk_asks asks = {
		.uid = uid, .take = by_force, .on_lost = on_lost, .data = loser};

	return desk_take(desks, vm, &asks, ret);
}

static void test_seats(void **state)
{
	struct table_rig rig;
	struct desks *desks;
	struct loser first = {0}, second = {0}, other = {0};
	struct desk_seat *seat, *again;
	uid_t uid = 0;

	(void)state;
	table_rig_init(&rig, TWO);
	assert_int_equal(desks_create(&rig.environment, &desks), 0);
	table_rig_open(&rig);
	struct vm *one = table_rig_vm(&rig, "one"), *two = table_rig_vm(&rig, "two");
	assert_false(desk_user(desks, one, &uid));
	assert_int_equal(take(desks, one, 1000, false, &first, &seat), 0);
	assert_true(desk_user(desks, one, &uid));
	assert_int_equal(uid, 1000);

	/* Another user has them by force alone, and each VM is one for itself. */
	assert_int_equal(take(desks, one, 1001, false, &second, &again), UV_EBUSY);
	assert_int_equal(take(desks, two, 1001, false, &other, &again), 0);
	desk_leave(again);
	assert_false(desk_user(desks, two, &uid));
	assert_int_equal(first.times, 0);
	assert_int_equal(take(desks, one, 1001, true, &second, &seat), 0);
	assert_int_equal(first.times, 1);
	assert_int_equal(first.to, 1001);

	/* The same user replaces himself. */
	assert_int_equal(take(desks, one, 1001, false, &other, &again), 0);
	assert_int_equal(second.times, 1);
	assert_int_equal(second.to, 1001);
	desk_leave(again);
	assert_int_equal(take(desks, one, 1000, false, &first, &seat), 0);

	/* One that is not configured any more has none. */
	assert_int_equal(take(desks, two, 1000, false, &other, &again), 0);
	table_rig_reload(&rig, ONE);
	assert_int_equal(other.times, 1);
	assert_int_equal(other.to, (uid_t)-1);
	table_rig_close(&rig);
	assert_int_equal(first.times, 2);
	table_rig_finish(&rig);
	desks_destroy(desks);
}

static void test_region_size(void **state)
{
	(void)state;
	assert_int_equal(region_size(0, 1 << 30), 0);
	assert_int_equal(region_size(4095, 1 << 30), 0);
	assert_int_equal(region_size(4096, 0), 4096);
	assert_int_equal(region_size(64 * MIB, 0), 64 * MIB);
	assert_int_equal(region_size(100 * MIB, 0), 64 * MIB);
	assert_int_equal(region_size(1024 * MIB, 0), 1024 * MIB);
	/* By what is free. */
	assert_int_equal(region_size(WINDOWS_SHARED_AUTO, 100 * 1024 * MIB), REGION_DEFAULT);
	assert_int_equal(
		region_size(WINDOWS_SHARED_AUTO, REGION_SHARE * REGION_DEFAULT), REGION_DEFAULT);
	assert_int_equal(region_size(WINDOWS_SHARED_AUTO, REGION_SHARE * REGION_DEFAULT - 1),
		REGION_DEFAULT / 2);
	assert_int_equal(
		region_size(WINDOWS_SHARED_AUTO, REGION_SHARE * REGION_LEAST), REGION_LEAST);
	assert_int_equal(region_size(WINDOWS_SHARED_AUTO, REGION_SHARE * REGION_LEAST - 1), 0);
	assert_int_equal(region_size(WINDOWS_SHARED_AUTO, 0), 0);
}

/* What a monitor has under the region's name is one only if nobody can change its size. */
static void test_region_find(void **state)
{
	static const int some[] = {0, F_SEAL_SHRINK | F_SEAL_GROW, F_SEAL_SHRINK | F_SEAL_SEAL};
	uint64_t bytes = 0;

	(void)state;
	assert_int_equal(region_find("/proc", getpid(), &bytes), UV_ENOENT);
	assert_int_equal(region_find("/proc", 0, &bytes), UV_ENOENT);
	assert_int_equal(region_find("/nonexistent", getpid(), &bytes), UV_ENOENT);
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++) {
		int fd = memfd_create("vmsilo-windows", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		assert_int_equal(ftruncate(fd, 8192), 0);
		assert_int_equal(fcntl(fd, F_ADD_SEALS, some[i]), 0);
		assert_int_equal(region_find("/proc", getpid(), &bytes), UV_ENOENT);
		close(fd);
	}
	int other = memfd_create("vmsilo-windows2", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int fd = memfd_create("vmsilo-windows", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	assert_int_equal(ftruncate(fd, 8192), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), 0);
	int found = region_find("/proc", getpid(), &bytes);
	assert_true(found >= 0);
	assert_int_equal(bytes, 8192);
	assert_int_equal(pwrite(fd, "shared", 6, 0), 6);
	char text[6];
	assert_int_equal(pread(found, text, 6, 0), 6);
	assert_memory_equal(text, "shared", 6);
	close(found);
	close(fd);
	close(other);
}

static int fd_make(void)
{
	return memfd_create("x", MFD_CLOEXEC);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

/* It is the run's own, and one of a monitor that runs already is none. */
static void test_region_device(void **state)
{
	struct vm_devices devices;
	struct monitor_launch launch = {.region = {.fd = 7}};

	(void)state;
	vm_devices_init(&devices);
	vm_devices_hand(&devices, &launch);
	assert_int_equal(launch.region.fd, -1);
	int first = fd_make(), second = fd_make(), third = fd_make();
	vm_devices_set_region(&devices, &(const struct monitor_region){first, 4096});
	vm_devices_set_region(&devices, &(const struct monitor_region){second, 8192});
	assert_false(is_open(first));
	vm_devices_hand(&devices, &launch);
	assert_int_equal(launch.region.fd, second);
	assert_int_equal(launch.region.bytes, 8192);
	vm_devices_handed(&devices);
	assert_false(is_open(second));
	vm_devices_set_region(&devices, &(const struct monitor_region){third, 4096});
	assert_false(is_open(third));
	vm_devices_finish(&devices);
}

static void test_chords(void **state)
{
	static const char *const right[] = {
		"Ctrl+C", "ctrl+alt+c", "Ctrl+Alt+Shift+Super+F12", "Super+ISO_Level3_Shift"};
	static const char *const wrong[] = {"", "C", "+C", "Ctrl+", "Ctrl", "Ctrl+Ctrl+C",
		"Ctrl+ctrl+c", "Meta+C", "Ctrl+Alt", "Ctrl+ C", "Ctrl+C+D", "C+Ctrl", "Ctrl+\n"};
	char longest[CHORD_MAX + 2] = "Ctrl+";

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		assert_true(chord_is(right[i]));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(chord_is(wrong[i]));
	memset(longest + 5, 'x', CHORD_MAX - 5);
	assert_true(chord_is(longest));
	memset(longest + 5, 'x', CHORD_MAX - 4);
	assert_false(chord_is(longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seats),
		cmocka_unit_test(test_region_size),
		cmocka_unit_test(test_region_find),
		cmocka_unit_test(test_region_device),
		cmocka_unit_test(test_chords),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
