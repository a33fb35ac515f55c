/* Shares: where they may be in a guest, what of the host none may have, and which folders are
 * opened. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/config/value/mount-point.h"
#include "host-broker/shares/check.h"
#include "host-broker/shares/folder.h"
#include "tests/lib/test.h"

/* ---- mount points ---- */

static void test_mount_points(void **state)
{
	static const char *const right[] = {"/mnt", "/mnt/a", "/home/user/my pictures", "/procs",
		"/.hidden", "/a/..b", "/mnt/\xc3\xa4"};
	static const char *const wrong[] = {"", "mnt", "/", "//", "/mnt/", "/mnt//a", "/./a",
		"/mnt/..", "/mnt/../etc", "/proc", "/proc/a", "/sys/kernel", "/dev/shm", "/a\nb",
		"/a\x1b[0m", "/mnt/\xff"};
	char longest[MOUNT_POINT_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
		if (!mount_point_valid(right[i]))
			fail_msg("%s is refused", right[i]);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		if (mount_point_valid(wrong[i]))
			fail_msg("%s is taken", wrong[i]);
	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	longest[MOUNT_POINT_MAX] = '\0';
	assert_true(mount_point_valid(longest));
	longest[MOUNT_POINT_MAX] = 'a';
	longest[MOUNT_POINT_MAX + 1] = '\0';
	assert_false(mount_point_valid(longest));
	assert_true(mount_point_overlaps("/a", "/a"));
	assert_true(mount_point_overlaps("/a", "/a/b"));
	assert_true(mount_point_overlaps("/a/b", "/a"));
	assert_false(mount_point_overlaps("/a", "/ab"));
}

/* ---- a house ---- */

struct house {
	char home[64];
	struct paths paths;
	char config[128];
	struct broker_config broker;
	struct vm_config vm;
	struct disk_config disk;
	struct protected_places places;
};

static void folder_make(const struct house *house, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", house->home, name);
	assert_int_equal(mkdir(path, 0755), 0);
}

static void path_put(const struct house *house, const char *name, char *out, size_t size)
{
	snprintf(out, size, "%s/%s", house->home, name);
}

static void house_make(struct house *house)
{
	static const char *const folders[] = {"config", "config/vmsilo", "run", "data",
		"data/images", "data/vms", "pictures", "boot"};
	static char kernel[128], disk[128];

	*house = (struct house){.home = "/tmp/vmsilo-shares-XXXXXX"};
	assert_non_null(mkdtemp(house->home));
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		folder_make(house, folders[i]);
	path_put(house, "run", house->paths.runtime, PATH_SIZE);
	path_put(house, "data/images", house->paths.images, 4096);
	path_put(house, "data/vms", house->paths.vms, 4096);
	path_put(house, "state", house->paths.journals, 4096); /* not there yet */
	path_put(house, "config/vmsilo/vmsilo.yaml", house->config, sizeof(house->config));
	path_put(house, "boot/vmlinuz", kernel, sizeof(kernel));
	path_put(house, "data.img", disk, sizeof(disk));
	house->broker =
		(struct broker_config){.image_dir = "", .qemu = "/opt/qemu/qemu", .virtiofsd = ""};
	house->disk = (struct disk_config){.path = disk};
	house->vm = (struct vm_config){.name = "work",
		.source = "/etc/vmsilo.yaml:3",
		.kernel = kernel,
		.initrd = "",
		.disks = {&house->disk, 1}};
	house->places = (struct protected_places){
		&house->paths, house->config, &house->broker, &house->vm, 1};
}

static void house_remove(const struct house *house)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", house->home);
	assert_int_equal(system(command), 0);
}

static const char *clash_of(const struct house *house, const char *name, bool read_only)
{
	static struct protected_clash clash;
	char path[PATH_MAX];

	if (!name[0])
		snprintf(path, sizeof(path), "%s", house->home);
	else if (name[0] == '/')
		snprintf(path, sizeof(path), "%s", name);
	else
		path_put(house, name, path, sizeof(path));
	return protected_find(&house->places, path, read_only, &clash) ? clash.what : "";
}

static void test_protected(void **state)
{
	static const struct {
		const char *folder;
		const char *what;
		const char *what_read_only;
	} cases[] = {
		{"pictures", "", ""},
		{"pictures/more", "", ""},
		{"run-of-others", "", ""},
		{"config/vmsilo", "the configuration", "the configuration"},
		{"config", "the configuration", "the configuration"},
		{"config/vmsilo/conf.d", "the configuration", "the configuration"},
		{"config/other", "", ""},
		{"run/work", "the broker's runtime folder", "the broker's runtime folder"},
		{"data", "images", "images"},
		{"data/vms/work", "what VMs keep", "what VMs keep"},
		{"state", "journals", "journals"},
		{"state/work", "journals", "journals"},
		{"boot", "a VM's kernel", "a VM's kernel"},
		{"boot/grub", "", ""},
		{"", "the configuration", "the configuration"},
		{"/", "the configuration", "the configuration"},
		{"/sys/kernel", "what the kernel makes", "what the kernel makes"},
		{"/usr/share", "programs that the broker runs", ""},
		{"/opt", "programs that the broker runs", ""},
		{"/opt/qemu/share", "", ""},
		{"/opt/other", "", ""},
	};
	struct house house;

	(void)state;
	house_make(&house);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(clash_of(&house, cases[i].folder, false), cases[i].what);
		assert_string_equal(
			clash_of(&house, cases[i].folder, true), cases[i].what_read_only);
	}
	house_remove(&house);
}

/* What is protected counts where it is; and a link to it in a share is one that a guest could
 * replace. */
static void test_links(void **state)
{
	char link[256], target[256], path[PATH_MAX];
	struct house house;

	(void)state;
	house_make(&house);
	path_put(&house, "pictures/vmlinuz", link, sizeof(link));
	path_put(&house, "boot/vmlinuz", target, sizeof(target));
	assert_int_equal(symlink(target, link), 0);
	close(open(target, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	house.vm.kernel = link;
	assert_string_equal(clash_of(&house, "pictures", true), "a VM's kernel");
	assert_string_equal(clash_of(&house, "boot", true), "a VM's kernel");
	protected_resolve(link, path);
	assert_string_equal(path, target);
	path_put(&house, "pictures/none/at/all", link, sizeof(link));
	protected_resolve(link, path);
	assert_string_equal(path, link);
	house_remove(&house);
}

/* ---- opening ---- */

static int open_share(const struct house *house, const char *name, struct error *error)
{
	char path[256];
	struct share_folder folder;
	const struct share_config share = {
		.path = path, .mount = "/mnt", .run_as = "", .line = 17, .read_only = true};

	path_put(house, name, path, sizeof(path));
	int code = share_folder_open(&house->places, &house->vm, &share, &folder, error);
	if (code == 0) {
		assert_string_equal(folder.path, path);
		close(folder.fd);
	}
	return code;
}

static void expect_refused(const struct house *house, const char *name, int code, const char *what)
{
	struct error error = {0};

	assert_int_equal(open_share(house, name, &error), code);
	if (!strstr(error.text, what) || strncmp(error.text, "/etc/vmsilo.yaml:17: ", 21) != 0)
		fail_msg("%s: %s", name, error.text);
}

static void test_opening(void **state)
{
	struct house house;
	char path[256];

	(void)state;
	house_make(&house);
	assert_int_equal(open_share(&house, "pictures", &(struct error){0}), 0);
	expect_refused(&house, "nowhere", UV_ENOENT, "no such file");
	path_put(&house, "file", path, sizeof(path));
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
	expect_refused(&house, "file", UV_ENOTDIR, "is not a folder");
	path_put(&house, "link", path, sizeof(path));
	assert_int_equal(symlink("pictures", path), 0);
	expect_refused(&house, "link", UV_ELOOP, "is a symbolic link");
	expect_refused(&house, "data", UV_EPERM, "contains images");
	/* The way there may have one, but for the machine's broker. */
	path_put(&house, "way", path, sizeof(path));
	assert_int_equal(symlink(".", path), 0);
	path_put(&house, "way/pictures", path, sizeof(path));
	const struct share_config share = {.path = path, .mount = "/mnt", .run_as = "65534"};
	struct share_folder folder;
	struct error error = {0};
	assert_int_equal(share_folder_open(&house.places, &house.vm, &share, &folder, &error), 0);
	close(folder.fd);
	house.paths.system = true;
	expect_refused(&house, "way/pictures", UV_ELOOP, "leads through one");
	house_remove(&house);
}

/* As whom the machine's broker serves. */
static void test_owners(void **state)
{
	struct house house;
	struct share_folder folder;
	struct error error = {0};
	char path[256];
	struct share_config share = {.path = path, .mount = "/mnt", .run_as = ""};

	(void)state;
	if (geteuid() != 0)
		skip();
	house_make(&house);
	house.paths.system = true;
	expect_refused(&house, "pictures", UV_EPERM, "belongs to root");
	path_put(&house, "pictures", path, sizeof(path));
	assert_int_equal(chown(path, 54321, 7), 0);
	assert_int_equal(share_folder_open(&house.places, &house.vm, &share, &folder, &error), 0);
	close(folder.fd);
	assert_int_equal(folder.identity.uid, 54321);
	assert_int_equal(folder.identity.gid, 54321);
	assert_int_equal(folder.identity.groups_count, 0);
	share.run_as = "65534";
	assert_int_equal(share_folder_open(&house.places, &house.vm, &share, &folder, &error), 0);
	close(folder.fd);
	assert_int_equal(folder.identity.uid, 65534);
	share.run_as = "root";
	assert_int_equal(
		share_folder_open(&house.places, &house.vm, &share, &folder, &error), UV_EPERM);
	share.run_as = "";
	share.path = "~/pictures";
	assert_int_equal(
		share_folder_open(&house.places, &house.vm, &share, &folder, &error), UV_EINVAL);
	house_remove(&house);
}

/* ---- a configuration ---- */

static void test_check(void **state)
{
	static const char text[] = "vms:\n"
				   "  - name: work\n"
				   "    shares:\n"
				   "      - {path: /srv/a, mount: /mnt/a}\n"
				   "      - {path: %s, mount: %s}\n";
	static const struct {
		const char *path, *mount, *complaint;
	} cases[] = {
		{"/srv/b", "/mnt/b", ""},
		{"/srv/a", "/mnt/b", ""},
		{"/srv/b", "/mnt/a/b", "f.yaml:5: shares: mount: /mnt/a/b is in the way of /mnt/a"},
		{"/proc/1", "/mnt/b", "f.yaml:5: shares: /proc/1 belongs to what the kernel makes"},
	};
	struct house house;
	char file[512];

	(void)state;
	house_make(&house);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config *config;
		struct error error = {0};
		snprintf(file, sizeof(file), text, cases[i].path, cases[i].mount);
		assert_int_equal(config_parse(file, strlen(file), "f.yaml", &config, &error), 0);
		assert_int_equal(config->vms[0].shares.items[0].line, 4);
		assert_int_equal(shares_check(config, &house.paths, house.config, &error) == 0,
			cases[i].complaint[0] == '\0');
		assert_memory_equal(error.text, cases[i].complaint, strlen(cases[i].complaint));
		config_destroy(config);
	}
	house_remove(&house);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mount_points),
		cmocka_unit_test(test_protected),
		cmocka_unit_test(test_links),
		cmocka_unit_test(test_opening),
		cmocka_unit_test(test_owners),
		cmocka_unit_test(test_check),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
