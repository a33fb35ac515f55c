/* The broker's own parts that watch VMs, with real VMs and fake monitors. */
#include <string.h>
#include <unistd.h>

#include "host-broker/idle/explain.h"
#include "host-broker/idle/idle.h"
#include "host-broker/memory/balancer.h"
#include "host-broker/watchers.h"
#include "tests/lib/fake-monitor.h"
#include "tests/lib/table-rig.h"
#include "tests/lib/test.h"

#define ONE "vms: [{name: one, accel: tcg, memory: 64M}]\n"
#define TWO "vms: [{name: one, accel: tcg, memory: 64M}, {name: two, accel: tcg, memory: 64M}]\n"

struct world {
	struct table_rig rig;
	struct watchers parts;
	unsigned int states;
};

static void on_state(void *data)
{
	struct world *world = data;

	world->states++;
}

static void world_init(struct world *world, const char *text)
{
	*world = (struct world){0};
	table_rig_init(&world->rig, text);
	const struct watchers_options options = {.environment = &world->rig.environment,
		.vms = world->rig.vms,
		.usb_server = "vmsilo-usb-server",
		.sys = world->rig.paths.runtime,
		.on_state = on_state,
		.data = world};
	assert_int_equal(watchers_create(&world->parts, &options), 0);
	table_rig_open(&world->rig);
}

static void world_finish(struct world *world)
{
	watchers_destroy(&world->parts);
	table_rig_finish(&world->rig);
}

static enum reason_code first_reason(const struct world *world, struct vm *vm)
{
	struct reasons reasons = {0};

	vm_explain(world->parts.why, world->parts.idle, vm, &reasons);
	assert_true(reasons.count > 0);
	return reasons.items[0].code;
}

static void vm_fail(struct world *world, const char *name)
{
	vm_start(table_rig_vm(&world->rig, name));
	fake_monitor_exit(fake_monitor_find(name), MONITOR_END_UNKNOWN);
	table_rig_run(&world->rig);
	assert_int_equal(vm_state(table_rig_vm(&world->rig, name)), VM_STATE_FAILED);
}

/* A line that the end cut off stands before the end that it may have led to. */
static void test_last_line(void **state)
{
	struct world world;
	char text[4096];
	int fd;

	(void)state;
	world_init(&world, ONE);
	vm_start(table_rig_vm(&world.rig, "one"));
	fake_monitor_console(fake_monitor_find("one"), "a line\nhalf a li", 16);
	fake_monitor_exit(fake_monitor_find("one"), MONITOR_END_UNKNOWN);
	table_rig_run(&world.rig);
	assert_int_equal(journal_open(world.parts.journal, "one", 0, &fd), 0);
	ssize_t length = read(fd, text, sizeof(text) - 1);
	close(fd);
	assert_true(length > 0);
	text[length] = '\0';
	const char *half = strstr(text, " console half a li\n");
	const char *end = strstr(text, " state failed: ");
	assert_non_null(half);
	assert_non_null(end);
	assert_true(half < end);
	assert_int_equal(world.states, 2);
	table_rig_close(&world.rig);
	world_finish(&world);
}

static void test_come_and_go(void **state)
{
	const struct reason tray = {.code = REASON_TRAY, .items = 3};
	struct world world;
	struct idle_hold *hold, *again;

	(void)state;
	world_init(&world, ONE);
	table_rig_reload(&world.rig, TWO);
	struct vm *two = table_rig_vm(&world.rig, "two");
	assert_int_equal(first_reason(&world, two), REASON_NEVER_STARTED);
	assert_int_equal(idle_hold_add(world.parts.idle, two, &tray, &hold), 0);
	assert_int_equal(idle_count(world.parts.idle, two, REASON_TRAY), 3);
	vm_fail(&world, "two");
	assert_int_equal(first_reason(&world, two), REASON_START_FAILED);

	table_rig_reload(&world.rig, ONE);
	table_rig_reload(&world.rig, TWO);
	assert_ptr_equal(table_rig_vm(&world.rig, "two"), two);
	assert_int_equal(first_reason(&world, two), REASON_NEVER_STARTED);
	assert_int_equal(idle_count(world.parts.idle, two, REASON_TRAY), 0);
	assert_int_equal(idle_hold_add(world.parts.idle, two, &tray, &again), 0);
	idle_hold_release(hold);
	assert_int_equal(idle_count(world.parts.idle, two, REASON_TRAY), 3);
	idle_hold_release(again);
	assert_int_equal(idle_count(world.parts.idle, two, REASON_TRAY), 0);
	table_rig_close(&world.rig);
	world_finish(&world);
}

static void test_seats(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, TWO);
	vm_start(table_rig_vm(&world.rig, "two"));
	vm_start(table_rig_vm(&world.rig, "one"));
	assert_int_equal(balancer_rows_count(world.parts.balancer), 2);
	vm_stop(table_rig_vm(&world.rig, "two"), true, 0);
	table_rig_run(&world.rig);
	assert_int_equal(balancer_rows_count(world.parts.balancer), 1);
	/* The broker lets go of one that runs on. */
	table_rig_close(&world.rig);
	assert_int_equal(balancer_rows_count(world.parts.balancer), 0);
	world_finish(&world);
}

/* Who added one may be the last to know. */
static void test_hold_outlasts(void **state)
{
	const struct reason reason = {.code = REASON_USB};
	struct world world;
	struct idle_hold *hold;

	(void)state;
	world_init(&world, ONE);
	struct vm *one = table_rig_vm(&world.rig, "one");
	assert_int_equal(idle_hold_add(world.parts.idle, one, &reason, &hold), 0);
	table_rig_close(&world.rig);
	idle_hold_release(hold);
	world_finish(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_last_line),
		cmocka_unit_test(test_come_and_go),
		cmocka_unit_test(test_seats),
		cmocka_unit_test(test_hold_outlasts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
