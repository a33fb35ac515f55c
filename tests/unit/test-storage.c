/* Which disks a VM has, how large they may become, and whose links are followed to them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/image/check.h"
#include "host-broker/mkfs/owner.h"
#include "host-broker/storage/disk-file.h"
#include "host-broker/storage/plan.h"
#include "host-broker/storage/walk.h"
#include "tests/lib/test.h"

#define GIB (UINT64_C(1) << 30)
#define JOE 12345
#define ANN 12346

/* ---- plans ---- */

static void test_plan(void **state)
{
	struct disk_config disks[] = {{.path = "/a", .size_bytes = GIB, .mount = ""},
		{.path = "~/b", .read_only = true, .mount = ""}};
	const struct vm_config vm = {.name = "v",
		.home_bytes = 4 * GIB + 1,
		.home_template = "/t",
		.guest_uid = 1001,
		.disks = {disks, 2}};
	struct disk_plans plans;

	(void)state;
	disk_plans_make(&vm, &plans);
	assert_int_equal(plans.count, 3);
	assert_string_equal(plans.items[0].name, "home");
	assert_int_equal(plans.items[0].rank, VM_DISK_HOME);
	assert_string_equal(plans.items[0].template_folder, "/t");
	assert_int_equal(plans.items[0].owner, 1001);
	assert_int_equal(plans.items[0].bytes, 4 * GIB + (1 << 20));
	assert_string_equal(plans.items[1].name, "disk0");
	assert_int_equal(plans.items[1].rank, VM_DISK_FIRST);
	assert_string_equal(plans.items[2].name, "disk1");
	assert_true(plans.items[2].read_only);
	assert_int_equal(plans.items[2].bytes, 0);
}

static void test_layer(void **state)
{
	struct vm_config vm = {.name = "v", .memory_bytes = GIB};
	struct disk_plans plans = {.count = 0};

	(void)state;
	assert_int_equal(root_layer(&vm), LAYER_MEMORY);
	assert_int_equal(root_layer_bytes(&vm), GIB / 2);
	vm.root.keep = true;
	assert_int_equal(root_layer(&vm), LAYER_DISK);
	assert_int_equal(root_layer_bytes(&vm), ROOT_LAYER_DISK_BYTES);
	vm.root.size_bytes = GIB;
	disk_plans_add_layer(&plans, &vm, "layer-debian-3.img");
	assert_int_equal(plans.items[0].bytes, GIB);
	assert_false(plans.items[0].passes);
	disk_plans_add_layer(&plans, &vm, "");
	assert_true(plans.items[1].passes);
	assert_int_equal(plans.items[1].rank, VM_DISK_LAYER);
}

static void test_sizes(void **state)
{
	struct error error = {0};

	(void)state;
	assert_int_equal(disk_size_check(GIB, 0, &error), 0);
	assert_int_equal(disk_size_check(GIB, GIB, &error), 0);
	assert_int_equal(disk_size_check(GIB, GIB + 1, &error), 0);
	assert_int_equal(disk_size_check(GIB, GIB / 2, &error), UV_EINVAL);
	assert_string_equal(error.text,
		"it has 1G, and is configured to have 512M: a disk is never made smaller; set its "
		"size to 1G");
}

/* ---- the way to a disk ---- */

static char top[64];

static const char *at(const char *name)
{
	static char path[4][128];
	static unsigned int next;
	char *out = path[next++ % 4];

	snprintf(out, sizeof(path[0]), "%s/%s", top, name);
	return out;
}

static void folder_make(const char *name, uid_t owner, mode_t mode)
{
	assert_int_equal(mkdir(at(name), mode), 0);
	assert_int_equal(chmod(at(name), mode), 0);
	assert_int_equal(chown(at(name), owner, owner), 0);
}

static void file_make(const char *name, uid_t owner)
{
	int fd = open(at(name), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fchown(fd, owner, owner), 0);
	close(fd);
}

static void link_make(const char *name, const char *target, uid_t owner)
{
	assert_int_equal(symlink(target, at(name)), 0);
	assert_int_equal(lchown(at(name), owner, owner), 0);
}

static int walk(const char *name, bool *ret_may_make)
{
	char last[64] = "";
	int folder;
	int fd = walk_open(at(name), &folder, last, sizeof(last));

	*ret_may_make = folder >= 0;
	if (folder >= 0) {
		assert_string_equal(last, strrchr(at(name), '/') + 1);
		close(folder);
	}
	if (fd >= 0)
		close(fd);
	return fd < 0 ? fd : 0;
}

static int tree_make(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/run/vmsilo-test-%d", getpid());
	if (geteuid() != 0 || mkdir(top, 0755) < 0)
		return 0;
	folder_make("joe", JOE, 0755);
	folder_make("joe/ann", ANN, 0755);
	folder_make("shared", 0, 0777);
	file_make("root.img", 0);
	file_make("joe/joe.img", JOE);
	file_make("joe/root.img", 0);
	file_make("joe/ann/ann.img", ANN);
	link_make("link", at("root.img"), 0);
	link_make("joe/to-root", at("root.img"), JOE);
	link_make("joe/to-joe", "joe.img", JOE);
	link_make("loop", "loop", 0);
	return 0;
}

static int tree_remove(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

static void test_walk(void **state)
{
	bool may_make;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(walk("root.img", &may_make), 0);
	assert_int_equal(walk("link", &may_make), 0);
	assert_int_equal(walk("joe/joe.img", &may_make), 0);
	assert_int_equal(walk("joe/to-joe", &may_make), 0);
	assert_int_equal(walk("joe//../joe/joe.img", &may_make), UV_EPERM);
	assert_int_equal(walk("joe/root.img", &may_make), UV_EPERM);
	assert_int_equal(walk("joe/to-root", &may_make), UV_EPERM);
	assert_int_equal(walk("joe/ann/ann.img", &may_make), UV_EPERM);
	assert_int_equal(walk("loop", &may_make), UV_ELOOP);
}

static void test_walk_to_nothing(void **state)
{
	bool may_make;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(walk("new.img", &may_make), UV_ENOENT);
	assert_true(may_make);
	assert_int_equal(walk("joe/new.img", &may_make), UV_ENOENT);
	assert_false(may_make);
	assert_int_equal(walk("shared/new.img", &may_make), UV_ENOENT);
	assert_false(may_make);
	assert_int_equal(walk("none/new.img", &may_make), UV_ENOENT);
	assert_false(may_make);
}

/* ---- whom a template's files belong to ---- */

static void test_owner(void **state)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	(void)state;
	owner_script(out, 2, 1000);
	fclose(out);
	assert_string_equal(text,
		"sif <12> uid 1000\nsif <12> gid 1000\nsif <13> uid 1000\nsif <13> gid 1000\n");
	free(text);
	assert_int_equal(owner_count("/nonexistent"), -2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_layer),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_walk_to_nothing),
		cmocka_unit_test(test_owner),
	};

	return cmocka_run_group_tests(tests, tree_make, tree_remove);
}
