/* Generations of images, layers that belong to one, sums in a manifest, and which files are known.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/image/check.h"
#include "host-broker/image/generation.h"
#include "host-broker/image/image.h"
#include "host-broker/image/layer-name.h"
#include "host-broker/image/manifest.h"
#include "host-broker/storage/sum.h"
#include "host-broker/storage/verified.h"
#include "tests/lib/test.h"

#define SUM "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" /* of nothing */

static char top[64];

static const char *at(const char *name)
{
	static char paths[4][128];
	static unsigned int next;
	char *out = paths[next++ % 4];

	snprintf(out, sizeof(paths[0]), "%s/%s", top, name);
	return out;
}

static int top_make(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/tmp/vmsilo-test-XXXXXX");
	return mkdtemp(top) ? 0 : -1;
}

static int top_remove(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", top);
	return system(command);
}

/* ---- generations ---- */

static int current_of(const char *target, unsigned int *ret)
{
	unlink(at("image/current"));
	assert_int_equal(symlink(target, at("image/current")), 0);
	return generation_current(top, "image", ret);
}

static void test_current(void **state)
{
	unsigned int generation = 7;

	(void)state;
	assert_int_equal(generation_current(top, "none", &generation), 0);
	assert_int_equal(generation, 0);
	assert_int_equal(mkdir(at("image"), 0700), 0);
	assert_int_equal(current_of("generations/12", &generation), 0);
	assert_int_equal(generation, 12);
	assert_int_equal(current_of("generations/0", &generation), UV_EINVAL);
	assert_int_equal(current_of("generations/01", &generation), UV_EINVAL);
	assert_int_equal(current_of("generations/1/..", &generation), UV_EINVAL);
	assert_int_equal(current_of("/etc", &generation), UV_EINVAL);
	assert_int_equal(current_of("generations/-1", &generation), UV_EINVAL);
}

static void test_folder(void **state)
{
	char folder[32];

	(void)state;
	assert_int_equal(generation_folder("/images", "debian", 0, folder, sizeof(folder)), 0);
	assert_string_equal(folder, "/images/debian");
	assert_int_equal(generation_folder("/images", "debian", 3, folder, sizeof(folder)), 0);
	assert_string_equal(folder, "/images/debian/generations/3");
	assert_int_equal(
		generation_folder("/images", "debian-with-long-name", 3, folder, sizeof(folder)),
		UV_ENAMETOOLONG);
}

static void test_keep(void **state)
{
	(void)state;
	assert_int_equal(generation_keep(top, "work"), 0);
	assert_int_equal(generation_keep(top, "work"), 0);
	assert_int_equal(access(at("kept/work"), F_OK), 0);
	generation_let_go(top, "work");
	generation_let_go(top, "work");
	assert_int_equal(access(at("kept/work"), F_OK), -1);
}

/* ---- layers ---- */

static void test_layer_names(void **state)
{
	char name[LAYER_NAME_SIZE];
	unsigned int generation;

	(void)state;
	layer_name_format("debian-x", 12, name);
	assert_string_equal(name, "layer-debian-x-12.img");
	assert_true(layer_name_parse(name, "debian-x", &generation));
	assert_int_equal(generation, 12);
	assert_false(layer_name_parse(name, "debian", &generation));
	assert_false(layer_name_parse("layer-debian-012.img", "debian", &generation));
	assert_false(layer_name_parse("layer-debian-12.img.new", "debian", &generation));
	assert_false(layer_name_parse("home.img", "debian", &generation));
}

static void file_write(const char *name, const char *text)
{
	FILE *file = fopen(at(name), "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void test_layer_find(void **state)
{
	unsigned int generation = 0;

	(void)state;
	assert_false(layer_find(top, "debian", &generation));
	file_write("layer-debian-9.img", "");
	file_write("layer-debian-10.img", "");
	file_write("layer-debian-x-11.img", "");
	assert_true(layer_find(top, "debian", &generation));
	assert_int_equal(generation, 10);
	assert_false(layer_find("/nonexistent", "debian", &generation));
}

/* ---- sums ---- */

static int sum_in(const char *text, char ret[SUM_SIZE])
{
	return manifest_sum(text, strlen(text), "root.erofs", ret);
}

static void test_manifest(void **state)
{
	char sum[SUM_SIZE];

	(void)state;
	assert_int_equal(sum_in("{\"outputs\": {\"root.erofs\": \"" SUM "\"}}", sum), 0);
	assert_string_equal(sum, SUM);
	assert_int_equal(sum_in("{\"outputs\": {\"vmlinuz\": \"" SUM "\"}}", sum), UV_ENOENT);
	assert_int_equal(sum_in("{\"outputs\": {\"root.erofs\": \"" SUM "0\"}}", sum), UV_EINVAL);
	assert_int_equal(sum_in("{\"outputs\": {\"root.erofs\": 1}}", sum), UV_EINVAL);
	assert_int_equal(sum_in("{\"outputs\": []}", sum), UV_EINVAL);
	assert_int_equal(sum_in("{", sum), UV_EINVAL);
	assert_int_equal(sum_in("", sum), UV_EINVAL);
}

static void test_sum(void **state)
{
	atomic_bool cancelled = false;
	char sum[SUM_SIZE];

	(void)state;
	file_write("empty", "");
	file_write("abc", "abc");
	int fd = open(at("empty"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(sum_of_file(fd, &cancelled, sum), 0);
	assert_string_equal(sum, SUM);
	close(fd);
	fd = open(at("abc"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(sum_of_file(fd, &cancelled, sum), 0);
	/* FIPS 180-4's example. */
	assert_string_equal(
		sum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	atomic_store(&cancelled, true);
	assert_int_equal(sum_of_file(fd, &cancelled, sum), UV_ECANCELED);
	close(fd);
}

/* ---- what is known ---- */

static bool has(const char *name, const char *sum)
{
	struct stat status;

	assert_int_equal(stat(at(name), &status), 0);
	return verified_has(at("verified.json"), at(name), &status, sum);
}

static int add(const char *name)
{
	struct stat status;

	assert_int_equal(stat(at(name), &status), 0);
	return verified_add(at("verified.json"), at(name), &status, SUM);
}

static void test_verified(void **state)
{
	(void)state;
	file_write("one", "1");
	file_write("two", "2");
	assert_false(has("one", SUM));
	assert_int_equal(add("one"), 0);
	assert_int_equal(add("two"), 0);
	assert_true(has("one", SUM) && has("two", SUM));
	assert_false(has("one", "0" SUM));
	file_write("one", "2");
	assert_false(has("one", SUM));
	assert_true(has("two", SUM));
	/* Another file of the same name. */
	assert_int_equal(unlink(at("two")), 0);
	file_write("two", "2");
	assert_false(has("two", SUM));
}

static void test_verified_by_whom(void **state)
{
	(void)state;
	file_write("three", "3");
	assert_int_equal(add("three"), 0);
	assert_true(has("three", SUM));
	assert_int_equal(chmod(at("verified.json"), 0622), 0);
	assert_false(has("three", SUM));
	file_write("verified.json", "{\"version\": 2, \"files\": {}}");
	assert_int_equal(chmod(at("verified.json"), 0600), 0);
	assert_false(has("three", SUM));
	file_write("verified.json", "no JSON");
	assert_false(has("three", SUM));
	assert_int_equal(add("three"), 0);
	assert_true(has("three", SUM));
}

/* ---- what a VM boots ---- */

static int find(const char *kernel, const char *initrd, const char *folder, struct error *error)
{
	const struct vm_config vm = {
		.name = "a",
		.source = "f.yaml:1",
		.image = (char *)folder,
		.kernel = (char *)kernel,
		.initrd = (char *)initrd,
		.cmdline = "",
	};
	struct image image;

	return image_find(&vm, top, 0, &image, error);
}

/* Neither is waited for who writes to a pipe, nor is a device read to its end. */
static void test_find_files(void **state)
{
	struct error error = {0};
	char kernel[128], pipe[128];

	(void)state;
	snprintf(kernel, sizeof(kernel), "%s", at("kernel"));
	snprintf(pipe, sizeof(pipe), "%s", at("pipe"));
	file_write("kernel", "");
	assert_int_equal(mkfifo(pipe, 0600), 0);
	assert_int_equal(find(kernel, kernel, "", &error), 0);
	const char *const wrong[] = {pipe, top, "/dev/zero"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(find(wrong[i], kernel, "", &error), UV_EFTYPE);
		assert_int_equal(find(kernel, wrong[i], "", &error), UV_EFTYPE);
	}
	assert_int_equal(find("/nowhere", kernel, "", &error), UV_ENOENT);
	assert_string_equal(
		error.text, "vm \"a\" (f.yaml:1): cannot read /nowhere: no such file or directory");
	assert_int_equal(mkdir(at("piped"), 0700), 0);
	assert_int_equal(mkfifo(at("piped/cmdline"), 0600), 0);
	assert_int_equal(find(kernel, kernel, "piped", &error), UV_EFTYPE);
	assert_int_equal(unlink(at("piped/cmdline")), 0);
	file_write("piped/cmdline", "quiet\n");
	assert_int_equal(find(kernel, kernel, "piped", &error), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_current),
		cmocka_unit_test(test_folder),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_layer_names),
		cmocka_unit_test(test_layer_find),
		cmocka_unit_test(test_manifest),
		cmocka_unit_test(test_sum),
		cmocka_unit_test(test_verified),
		cmocka_unit_test(test_verified_by_whom),
		cmocka_unit_test(test_find_files),
	};

	return cmocka_run_group_tests(tests, top_make, top_remove);
}
