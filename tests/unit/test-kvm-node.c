/* Whom /dev/kvm is for: every way that machines have it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host-broker/system/kvm-node.h"
#include "tests/lib/test.h"

enum { KVM = 70104, OTHER = 70105 };

static char node[] = "/tmp/vmsilo-test-kvm-XXXXXX";

static int node_make(void **state)
{
	(void)state;
	int fd = mkstemp(node);
	return fd < 0 ? -1 : close(fd);
}

static int node_remove(void **state)
{
	(void)state;
	return unlink(node);
}

static bool admits(mode_t mode, gid_t gid, const struct identity *identity, struct identity *ret)
{
	assert_int_equal(chown(node, 0, gid), 0);
	assert_int_equal(chmod(node, mode), 0);
	return kvm_node_admits(node, identity, ret);
}

static void test_whom_it_admits(void **state)
{
	const struct identity bare = {.uid = 90000, .gid = 90000};
	const struct identity member = {
		.uid = 90000, .gid = 90000, .groups = {OTHER, KVM}, .groups_count = 2};
	struct identity joined;

	(void)state;
	if (geteuid() != 0)
		skip();
	/* All's: no group. */
	assert_true(admits(0666, KVM, &bare, &joined));
	assert_int_equal(joined.groups_count, 0);
	/* A group's. */
	assert_true(admits(0660, KVM, &bare, &joined));
	assert_int_equal(joined.groups_count, 1);
	assert_int_equal(joined.groups[0], KVM);
	assert_true(admits(0660, KVM, &member, &joined));
	assert_int_equal(joined.groups_count, 2);
	/* Root's, in each way. */
	assert_false(admits(0600, KVM, &bare, &joined));
	assert_false(admits(0640, KVM, &bare, &joined));
	assert_false(admits(0664, 0, &bare, &joined));
	assert_false(admits(0660, 0, &bare, &joined));
	assert_false(admits(0606 & ~0002, 0, &bare, &joined));
}

static void test_no_room_for_a_group(void **state)
{
	struct identity full = {.uid = 90000, .gid = 90000, .groups_count = IDENTITY_GROUPS_MAX};
	struct identity joined;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_false(admits(0660, KVM, &full, &joined));
	full.groups_count--;
	assert_true(admits(0660, KVM, &full, &joined));
	assert_int_equal(joined.groups_count, IDENTITY_GROUPS_MAX);
}

static void test_no_node(void **state)
{
	const struct identity bare = {.uid = 90000, .gid = 90000};
	struct identity joined;

	(void)state;
	assert_false(kvm_node_admits("/no/such/node", &bare, &joined));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whom_it_admits),
		cmocka_unit_test(test_no_room_for_a_group),
		cmocka_unit_test(test_no_node),
	};

	return cmocka_run_group_tests(tests, node_make, node_remove);
}
