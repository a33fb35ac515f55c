/* Who watches VMs: what each keeps in them, in which order all hear, and what they may do inside.
 */
#include <stdio.h>
#include <string.h>

#include "proto/wire/frame.h"
#include "tests/lib/fake-monitor.h"
#include "tests/lib/table-rig.h"
#include "tests/lib/test.h"

#define WATCHERS 3
#define ONE "vms: [{name: one, accel: tcg, memory: 64M}]\n"
#define TWO "vms: [{name: one, accel: tcg, memory: 64M}, {name: two, accel: tcg, memory: 64M}]\n"

struct world;

struct listener {
	struct vm_watcher watcher;
	struct world *world;
	char name;
};

struct world {
	struct table_rig rig;
	struct listener listeners[WATCHERS];
	char told[2048]; /* "a:one:what " for each that heard something */
	/* What the first of them does when it hears of a state. */
	void (*inside)(struct world *world, struct vm *vm);
	unsigned int resumed[WATCHERS];
};

static void hear(struct listener *listener, const struct vm *vm, const char *what)
{
	size_t length = strlen(listener->world->told);

	snprintf(listener->world->told + length, sizeof(listener->world->told) - length,
		"%c:%s:%s ", listener->name, vm_configuration(vm)->name, what);
}

static void on_begin(void *data, struct vm *vm)
{
	hear(data, vm, "begin");
}

static void on_end(void *data, struct vm *vm)
{
	hear(data, vm, "end");
}

static void on_state(void *data, struct vm *vm, enum vm_state from)
{
	struct listener *listener = data;
	char text[64];

	snprintf(text, sizeof(text), "%s>%s", vm_state_name(from), vm_state_name(vm_state(vm)));
	hear(listener, vm, text);
	if (listener == listener->world->listeners && listener->world->inside)
		listener->world->inside(listener->world, vm);
}

static void on_change(void *data, struct vm *vm, enum vm_change change)
{
	struct listener *listener = data;

	if (change == VM_CHANGE_CONFIG)
		hear(listener, vm, "config");
	if (change == VM_CHANGE_RESUMED)
		listener->world->resumed[listener->name - 'a']++;
}

static void on_removed(void *data, struct vm *vm)
{
	hear(data, vm, "removed");
}

static int on_message(
	void *data, struct vm *vm, uint16_t type, const ProtobufCMessage *untrusted_message)
{
	(void)type;
	(void)untrusted_message;
	hear(data, vm, "message");
	return 0;
}

/* Of different sizes; the second has no slot. */
static void world_init(struct world *world, const char *text)
{
	static const size_t sizes[WATCHERS] = {1, 0, 200};

	*world = (struct world){0};
	table_rig_init(&world->rig, text);
	for (size_t i = 0; i < WATCHERS; i++) {
		struct listener *listener = &world->listeners[i];
		*listener = (struct listener){.world = world, .name = (char)('a' + i)};
		listener->watcher = (struct vm_watcher){.slot_size = sizes[i],
			.on_begin = on_begin,
			.on_end = on_end,
			.on_state = on_state,
			.on_change = on_change,
			.on_removed = on_removed,
			.on_message = i > 0 ? on_message : NULL,
			.first_type = i == 1 ? FRAME_LOG : FRAME_CLOCK,
			.last_type = i == 1 ? FRAME_LOG : FRAME_CLOCK,
			.data = listener};
		assert_int_equal(vm_watchers_add(&world->rig.watchers, &listener->watcher), 0);
	}
	table_rig_open(&world->rig);
}

static void world_finish(struct world *world)
{
	table_rig_close(&world->rig);
	table_rig_finish(&world->rig);
}

static void expect(struct world *world, const char *told)
{
	assert_string_equal(world->told, told);
	world->told[0] = '\0';
}

static void test_order(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, ONE);
	struct vm *one = table_rig_vm(&world.rig, "one");
	expect(&world, "a:one:begin b:one:begin c:one:begin ");
	vm_start(one);
	expect(&world, "a:one:stopped>starting b:one:stopped>starting c:one:stopped>starting ");
	vm_configure(one, vm_configuration(one));
	expect(&world, "a:one:config b:one:config c:one:config ");
	vm_stop(one, true, 0);
	table_rig_run(&world.rig);
	expect(&world, "a:one:starting>stopping b:one:starting>stopping c:one:starting>stopping "
		       "a:one:stopping>stopped b:one:stopping>stopped c:one:stopping>stopped ");
	world_finish(&world);
	expect(&world, "c:one:end b:one:end a:one:end ");
}

static bool is_filled(const unsigned char *bytes, size_t size, unsigned char with)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != with)
			return false;
	return true;
}

static void test_slots(void **state)
{
	struct world world;
	unsigned char fill = 0;

	(void)state;
	world_init(&world, TWO);
	for (size_t i = 0; i < 2 * WATCHERS; i++) {
		const struct vm *vm = table_rig_vm(&world.rig, i < WATCHERS ? "one" : "two");
		const struct vm_watcher *watcher = &world.listeners[i % WATCHERS].watcher;
		unsigned char *slot = vm_slot(vm, watcher);
		assert_int_equal((uintptr_t)slot % _Alignof(max_align_t), 0);
		assert_true(is_filled(slot, watcher->slot_size, 0));
		memset(slot, ++fill, watcher->slot_size);
	}
	fill = 0;
	for (size_t i = 0; i < 2 * WATCHERS; i++) {
		const struct vm *vm = table_rig_vm(&world.rig, i < WATCHERS ? "one" : "two");
		const struct vm_watcher *watcher = &world.listeners[i % WATCHERS].watcher;
		assert_true(is_filled(vm_slot(vm, watcher), watcher->slot_size, ++fill));
	}
	world_finish(&world);
}

static void test_too_late(void **state)
{
	struct world world;
	struct vm_watcher late = {.slot_size = 8};

	(void)state;
	world_init(&world, ONE);
	assert_int_equal(vm_watchers_add(&world.rig.watchers, &late), UV_EBUSY);
	world_finish(&world);
}

static void test_messages(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, ONE);
	struct vm *one = table_rig_vm(&world.rig, "one");
	world.told[0] = '\0';
	assert_int_equal(vm_watchers_message(&world.rig.watchers, one, FRAME_CLOCK, NULL), 0);
	assert_int_equal(vm_watchers_message(&world.rig.watchers, one, FRAME_LOG, NULL), 0);
	assert_int_equal(
		vm_watchers_message(&world.rig.watchers, one, FRAME_IDLE, NULL), UV_EPROTO);
	expect(&world, "c:one:message b:one:message ");
	world_finish(&world);
}

/* ---- VMs that come and go ---- */

static void test_reload(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, ONE);
	world.told[0] = '\0';
	table_rig_reload(&world.rig, TWO);
	struct vm *two = table_rig_vm(&world.rig, "two");
	expect(&world, "a:one:config b:one:config c:one:config "
		       "a:two:begin b:two:begin c:two:begin "
		       "a:two:config b:two:config c:two:config ");
	memset(vm_slot(two, &world.listeners[2].watcher), 7, 200);
	table_rig_reload(&world.rig, ONE);
	expect(&world, "c:two:removed b:two:removed a:two:removed "
		       "a:one:config b:one:config c:one:config ");
	assert_null(vm_table_find(world.rig.vms, "two"));
	/* The same VM once more: what its slots say is its watchers' business. */
	table_rig_reload(&world.rig, TWO);
	assert_ptr_equal(table_rig_vm(&world.rig, "two"), two);
	assert_true(is_filled(vm_slot(two, &world.listeners[2].watcher), 200, 7));
	expect(&world, "a:one:config b:one:config c:one:config a:two:config b:two:config "
		       "c:two:config ");
	world_finish(&world);
	expect(&world, "c:one:end b:one:end a:one:end c:two:end b:two:end a:two:end ");
}

/* It is removed by its end: whoever concludes that from the state is heard after all know it. */
static void test_removed_inside(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, TWO);
	vm_start(table_rig_vm(&world.rig, "two"));
	table_rig_reload(&world.rig, ONE);
	world.told[0] = '\0';
	assert_non_null(vm_table_find(world.rig.vms, "two"));
	fake_monitor_exit(fake_monitor_find("two"), MONITOR_END_UNKNOWN);
	table_rig_run(&world.rig);
	expect(&world, "a:two:starting>failed b:two:starting>failed c:two:starting>failed "
		       "c:two:removed b:two:removed a:two:removed ");
	assert_null(vm_table_find(world.rig.vms, "two"));
	world_finish(&world);
}

/* ---- what is done inside ---- */

static void remove_at_once(struct world *world, struct vm *vm)
{
	if (vm_is_off(vm))
		vm_watchers_removed(&world->rig.watchers, vm);
}

/* The first of them concludes it, before the others have heard. */
static void test_change_inside(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, ONE);
	vm_start(table_rig_vm(&world.rig, "one"));
	world.told[0] = '\0';
	world.inside = remove_at_once;
	fake_monitor_exit(fake_monitor_find("one"), MONITOR_END_UNKNOWN);
	table_rig_run(&world.rig);
	expect(&world, "a:one:starting>failed b:one:starting>failed c:one:starting>failed "
		       "c:one:removed b:one:removed a:one:removed ");
	world_finish(&world);
}

static void resume_often(struct world *world, struct vm *vm)
{
	for (int i = 0; i < VM_NEWS_MAX + 1; i++)
		vm_watchers_change(&world->rig.watchers, vm, VM_CHANGE_RESUMED);
}

static void test_changes_inside(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, ONE);
	world.inside = resume_often;
	vm_start(table_rig_vm(&world.rig, "one"));
	for (size_t i = 0; i < WATCHERS; i++)
		assert_int_equal(world.resumed[i], VM_NEWS_MAX + 1);
	assert_false(vm_watchers_tell_now(&world.rig.watchers));
	world_finish(&world);
}

static void stop_at_once(struct world *world, struct vm *vm)
{
	(void)world;
	if (vm_state(vm) == VM_STATE_STARTING)
		vm_stop(vm, true, 0);
}

static void test_stop_inside(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, ONE);
	struct vm *one = table_rig_vm(&world.rig, "one");
	world.told[0] = '\0';
	world.inside = stop_at_once;
	vm_start(one);
	assert_int_equal(vm_state(one), VM_STATE_STARTING);
	table_rig_run(&world.rig);
	assert_int_equal(vm_state(one), VM_STATE_STOPPED);
	expect(&world, "a:one:stopped>starting b:one:stopped>starting c:one:stopped>starting "
		       "a:one:starting>stopping b:one:starting>stopping c:one:starting>stopping "
		       "a:one:stopping>stopped b:one:stopping>stopped c:one:stopping>stopped ");
	world_finish(&world);
}

static void start_again(struct world *world, struct vm *vm)
{
	if (!vm_is_off(vm))
		return;
	world->inside = NULL;
	vm_start(vm);
}

static void test_start_inside(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, ONE);
	struct vm *one = table_rig_vm(&world.rig, "one");
	vm_start(one);
	world.told[0] = '\0';
	world.inside = start_again;
	fake_monitor_exit(fake_monitor_find("one"), MONITOR_END_UNKNOWN);
	table_rig_run(&world.rig);
	assert_int_equal(vm_state(one), VM_STATE_STARTING);
	assert_int_equal(vm_runs(one), 2);
	expect(&world, "a:one:starting>failed b:one:starting>failed c:one:starting>failed "
		       "a:one:failed>starting b:one:failed>starting c:one:failed>starting ");
	world_finish(&world);
}

static void start_and_not(struct world *world, struct vm *vm)
{
	if (!vm_is_off(vm))
		return;
	world->inside = NULL;
	vm_start(vm);
	vm_stop(vm, true, 0);
}

static void test_last_wish_inside(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, ONE);
	struct vm *one = table_rig_vm(&world.rig, "one");
	vm_start(one);
	world.inside = start_and_not;
	fake_monitor_exit(fake_monitor_find("one"), MONITOR_END_UNKNOWN);
	table_rig_run(&world.rig);
	assert_int_equal(vm_state(one), VM_STATE_FAILED);
	assert_int_equal(vm_runs(one), 1);
	world_finish(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_too_late),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_reload),
		cmocka_unit_test(test_removed_inside),
		cmocka_unit_test(test_change_inside),
		cmocka_unit_test(test_changes_inside),
		cmocka_unit_test(test_stop_inside),
		cmocka_unit_test(test_start_inside),
		cmocka_unit_test(test_last_wish_inside),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
