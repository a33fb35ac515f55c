/* What the agent does for a mount that is wished, with a kernel that does what the test says; and
 * the child that does it. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <uv.h>

#include "guest-agent/setup/mount.h"
#include "guest-agent/setup/worker.h"
#include "tests/lib/test.h"

static struct problems problems;

static void said(const char *text)
{
	for (size_t i = 0; i < problems.count; i++)
		if (strstr(problems.texts[i], text))
			return;
	fail_msg("no problem says '%s'", text);
}

/* ---- one mount ---- */

/* A kernel that does what the test says, and notes what it was asked. */
static struct {
	bool is_there, mounted_there, mounted_elsewhere;
	int checked, mounted, grown; /* what comes of it */
	char done[256];
} kernel;

static void note(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void note(const char *format, ...)
{
	size_t length = strlen(kernel.done);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(kernel.done + length, sizeof(kernel.done) - length, format, arguments);
	va_end(arguments);
}

static int fake_find(const char *serial, char ret[MOUNT_DEVICE_SIZE])
{
	snprintf(ret, MOUNT_DEVICE_SIZE, "/dev/%s", serial);
	return kernel.is_there ? 0 : UV_ENODEV;
}

static bool fake_is_mounted(const char *source, const char *path)
{
	(void)source;
	return kernel.mounted_there || (!path && kernel.mounted_elsewhere);
}

static int fake_check(const char *device)
{
	note("check %s; ", device);
	return kernel.checked;
}

static int fake_mount(const char *source, const char *path, const char *type, bool read_only)
{
	note("mount %s %s %s %s; ", source, path, type, read_only ? "ro" : "rw");
	return kernel.mounted;
}

static int fake_grow(const char *device, const char *path)
{
	note("grow %s %s; ", device, path);
	return kernel.grown;
}

static const struct mount_ops fake_ops = {.find = fake_find,
	.is_mounted = fake_is_mounted,
	.check = fake_check,
	.mount = fake_mount,
	.grow = fake_grow};

/* What was done; "" and a problem when it is not mounted. */
static const char *mount_of(const char *disk, const char *share, bool read_only, bool home)
{
	Vmsilo__Control__Mount wish = VMSILO__CONTROL__MOUNT__INIT;

	wish.disk = (char *)disk;
	wish.share = (char *)share;
	wish.read_only = read_only;
	wish.home = home;
	kernel.done[0] = '\0';
	problems.count = 0;
	return mount_make(&fake_ops, &wish, "/at", &problems) ? kernel.done : "";
}

static void kernel_reset(void)
{
	memset(&kernel, 0, sizeof(kernel));
	kernel.is_there = true;
}

static void test_mount_disk(void **state)
{
	(void)state;
	kernel_reset();
	assert_string_equal(mount_of("home", "", false, true),
		"check /dev/home; mount /dev/home /at ext4 rw; grow /dev/home /at; ");
	assert_string_equal(mount_of("disk0", "", true, false), "mount /dev/disk0 /at ext4 ro; ");
	assert_int_equal(problems.count, 0);
	kernel.checked = 1; /* repaired */
	assert_string_equal(mount_of("home", "", false, true),
		"check /dev/home; mount /dev/home /at ext4 rw; grow /dev/home /at; ");
	kernel.checked = MOUNT_NO_CHECKER;
	assert_string_equal(mount_of("home", "", false, true),
		"check /dev/home; mount /dev/home /at ext4 rw; grow /dev/home /at; ");
	assert_int_equal(problems.count, 0);
	/* What is mounted is not checked: e2fsck would harm it. */
	kernel.mounted_elsewhere = true;
	assert_string_equal(mount_of("home", "", false, true),
		"mount /dev/home /at ext4 rw; grow /dev/home /at; ");
	kernel.mounted_there = true;
	assert_string_equal(mount_of("home", "", false, true), "grow /dev/home /at; ");
	assert_string_equal(mount_of("disk0", "", true, false), "");
	assert_int_equal(problems.count, 0);
}

static void test_mount_damaged(void **state)
{
	(void)state;
	kernel_reset();
	for (kernel.checked = 4; kernel.checked <= 128; kernel.checked *= 2) {
		assert_string_equal(mount_of("home", "", false, true),
			"check /dev/home; mount /dev/home /at ext4 ro; ");
		said("the home is damaged");
		said("e2fsck -f /dev/home");
	}
}

static void test_mount_fails(void **state)
{
	(void)state;
	kernel_reset();
	kernel.grown = -EPERM;
	assert_string_not_equal(mount_of("disk0", "", false, false), "");
	said("the disk at /at cannot take all of its disk: Operation not permitted");
	kernel.mounted = -EINVAL;
	assert_string_equal(mount_of("disk0", "", false, false), "");
	said("the disk at /at cannot be mounted: Invalid argument");
	kernel.is_there = false;
	assert_string_equal(mount_of("home", "", false, true), "");
	said("the home is not there: the guest finds no disk \"home\"");
	assert_string_equal(kernel.done, "");
}

static void test_mount_share(void **state)
{
	(void)state;
	kernel_reset();
	assert_string_equal(mount_of("", "share0", true, false), "mount share0 /at virtiofs ro; ");
	kernel.mounted = -EINVAL;
	assert_string_equal(mount_of("", "share0", false, false), "");
	said("the share at /at cannot be mounted");
	kernel.mounted_there = true;
	mount_of("", "share0", false, false);
	assert_int_equal(problems.count, 0);
}

/* ---- the worker ---- */

static uv_loop_t loop;
static struct worker_report reported;
static unsigned int reports, failures;

static void on_report(void *data, const struct worker_report *report)
{
	(void)data;
	reports += report != NULL;
	failures += report == NULL;
	if (report)
		reported = *report;
}

static void work(const void *job, struct worker_report *report)
{
	problems_add(&report->problems, "%s", (const char *)job);
}

static void work_dies(const void *job, struct worker_report *report)
{
	(void)job;
	(void)report;
	kill(getpid(), SIGKILL);
}

static void test_worker(void **state)
{
	struct worker worker;

	(void)state;
	reports = failures = 0;
	assert_int_equal(uv_loop_init(&loop), 0);
	worker_init(&worker, &loop, on_report, NULL);
	for (unsigned int i = 1; i <= 3; i++) {
		assert_int_equal(worker_start(&worker, work, "done"), 0);
		uv_run(&loop, UV_RUN_DEFAULT);
		assert_int_equal(worker.pid, 0);
		assert_int_equal(reports, i);
		assert_string_equal(reported.problems.texts[0], "done");
	}
	assert_int_equal(worker_start(&worker, work_dies, NULL), 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(failures, 1);
	uv_close((uv_handle_t *)&worker.timer, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	while (waitpid(-1, NULL, 0) > 0)
		;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mount_disk),
		cmocka_unit_test(test_mount_damaged),
		cmocka_unit_test(test_mount_fails),
		cmocka_unit_test(test_mount_share),
		cmocka_unit_test(test_worker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
