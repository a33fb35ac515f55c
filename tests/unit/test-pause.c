/* How a VM comes to stand still and runs on (host-broker/vm/pause.h): real VMs, fake monitors, an
 * agent that the test plays, and a clock that stands still but for what the test lets pass. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "host-broker/vm/pause.h"
#include "proto/common.pb-c.h"
#include "proto/control.pb-c.h"
#include "proto/wire/frame.h"
#include "proto/wire/hello.h"
#include "tests/lib/broker-rig.h"
#include "tests/lib/fake-monitor.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define MIB (UINT64_C(1) << 20)
#define LEAST (64 * MIB) /* "one": memory_min; "two" has none to give */
#define START_TIMEOUT_MS 30000

static struct broker_rig rig;
static struct world world;
static int agents[BROKER_RIG_VMS];

static void turn(void)
{
	for (int i = 0; i < 4; i++)
		world_turn(&rig.loop);
}

/* With every timer that is due meanwhile. */
static void pass(uint64_t ms)
{
	for (; ms > PAUSE_LOOK_MS; ms -= PAUSE_LOOK_MS) {
		world_pass(PAUSE_LOOK_MS);
		turn();
	}
	world_pass(ms);
	turn();
}

/* ---- the agent ---- */

static void say(size_t vm, uint16_t type, const ProtobufCMessage *message)
{
	uint8_t bytes[FRAME_HEADER_SIZE + FRAME_TEXT_MAX];
	size_t length = protobuf_c_message_get_packed_size(message);

	assert_true(length <= FRAME_TEXT_MAX);
	frame_encode_header(bytes, type, 0, (uint32_t)length);
	protobuf_c_message_pack(message, bytes + FRAME_HEADER_SIZE);
	length += FRAME_HEADER_SIZE;
	assert_int_equal(send(agents[vm], bytes, length, MSG_NOSIGNAL), length);
	turn();
}

/* It knows the time now. */
static void clock_say(size_t vm)
{
	Vmsilo__Control__Clock clock = VMSILO__CONTROL__CLOCK__INIT;

	say(vm, FRAME_CLOCK, &clock.base);
}

static void agent_come(size_t vm)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	Vmsilo__Hello hello;

	snprintf(address.sun_path, sizeof(address.sun_path), "%.64s/%s/vsock/s_%d",
		broker_rig_paths()->runtime, vm_configuration(rig.vms[vm])->name, PORT_CONTROL);
	agents[vm] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(agents[vm] >= 0);
	assert_int_equal(
		connect(agents[vm], (const struct sockaddr *)&address, sizeof(address)), 0);
	hello_offer(&hello, "an agent", NULL);
	say(vm, FRAME_HELLO, &hello.base);
	clock_say(vm);
}

static void agent_go(size_t vm)
{
	close(agents[vm]);
	agents[vm] = -1;
	turn();
}

/* ---- those who wait ---- */

struct wish {
	struct waiter waiter;
	unsigned int done, failed;
	Vmsilo__Broker__Failure__Code code;
	char text[256];
};

static void on_done(void *data)
{
	struct wish *wish = data;

	wish->done++;
}

static void on_failed(void *data, const struct failure *failure)
{
	struct wish *wish = data;

	wish->failed++;
	wish->code = failure->code;
	snprintf(wish->text, sizeof(wish->text), "%s", failure->text);
}

static void on_progress(void *data, Vmsilo__Broker__Stage stage)
{
	(void)data;
	(void)stage;
}

static void wish_for(struct wish *wish, size_t vm, enum wait wanted)
{
	*wish = (struct wish){.waiter = {.wanted = wanted,
				      .on_done = on_done,
				      .on_failed = on_failed,
				      .on_progress = on_progress,
				      .data = wish}};
	vm_wait(rig.vms[vm], &wish->waiter);
	turn();
}

/* ---- the VM ---- */

static struct monitor *monitor_of(size_t vm)
{
	struct monitor *monitor = fake_monitor_find(vm_configuration(rig.vms[vm])->name);

	assert_non_null(monitor);
	return monitor;
}

static void event(size_t vm, enum monitor_event event)
{
	fake_monitor_event(monitor_of(vm), event);
	turn();
}

static void balloon(size_t vm, uint64_t bytes)
{
	fake_monitor_balloon(monitor_of(vm), bytes);
	turn();
}

static void pause_ask(size_t vm)
{
	struct error error = {0};

	assert_int_equal(vm_pause(rig.vms[vm], &error), 0);
	turn();
}

static void assert_state(size_t vm, enum vm_state state)
{
	assert_int_equal(vm_state(rig.vms[vm]), state);
}

static unsigned int pauses(size_t vm)
{
	return fake_monitor_pauses(monitor_of(vm));
}

static unsigned int resumes(size_t vm)
{
	return fake_monitor_resumes(monitor_of(vm));
}

/* It stands still. */
static void stand(size_t vm)
{
	pause_ask(vm);
	if (pauses(vm) == 0)
		balloon(vm, LEAST);
	assert_int_equal(pauses(vm), 1);
	event(vm, MONITOR_EVENT_PAUSED);
	assert_state(vm, VM_STATE_PAUSED);
}

static int begin(void **state)
{
	(void)state;
	broker_rig_prepare();
	world_begin(&world, NULL, NULL);
	broker_rig_init(&rig);
	broker_rig_add_vms(&rig);
	for (size_t vm = 0; vm < BROKER_RIG_VMS; vm++) {
		vm_start(rig.vms[vm]);
		turn();
		balloon(vm, vm_configuration(rig.vms[vm])->memory_bytes);
		agent_come(vm);
		assert_state(vm, VM_STATE_RUNNING);
	}
	return 0;
}

static int end(void **state)
{
	(void)state;
	for (size_t vm = 0; vm < BROKER_RIG_VMS; vm++) {
		vm_stop(rig.vms[vm], true, 0);
		if (agents[vm] >= 0)
			agent_go(vm);
	}
	broker_rig_settle(&rig);
	broker_rig_finish(&rig);
	world_run(&rig.loop);
	world_end(&world);
	return 0;
}

/* ---- it comes to stand still ---- */

/* One that has nothing to give stops at once. */
static void test_stops_at_once(void **state)
{
	struct wish paused;

	(void)state;
	wish_for(&paused, 1, WAIT_PAUSED);
	pause_ask(1);
	assert_int_equal(pauses(1), 1);
	assert_state(1, VM_STATE_RUNNING);
	assert_true(vm_is_pausing(rig.vms[1]));
	assert_int_equal(paused.done, 0);
	event(1, MONITOR_EVENT_PAUSED);
	assert_state(1, VM_STATE_PAUSED);
	assert_false(vm_is_pausing(rig.vms[1]));
	assert_int_equal(paused.done, 1);
	/* Once more changes nothing. */
	pause_ask(1);
	assert_int_equal(pauses(1), 1);
	wish_for(&paused, 1, WAIT_PAUSED);
	assert_int_equal(paused.done, 1);
}

/* As soon as its balloon is near enough to memory_min. */
static void test_gives_first(void **state)
{
	(void)state;
	pause_ask(0);
	assert_int_equal(fake_monitor_wanted(monitor_of(0)), LEAST);
	pass(2 * PAUSE_LOOK_MS);
	balloon(0, LEAST + PAUSE_NEAR + 1);
	assert_int_equal(pauses(0), 0);
	balloon(0, LEAST + PAUSE_NEAR);
	assert_int_equal(pauses(0), 1);
}

/* A balloon that stands still is waited for PAUSE_STILL_LOOKS times. */
static void test_gives_nothing(void **state)
{
	(void)state;
	pause_ask(0);
	pass((uint64_t)PAUSE_STILL_LOOKS * PAUSE_LOOK_MS - 1);
	assert_int_equal(pauses(0), 0);
	pass(1);
	assert_int_equal(pauses(0), 1);
}

/* And one that goes on and on is, until PAUSE_GIVE_MS are over. */
static void test_gives_for_ever(void **state)
{
	uint64_t has = 512 * MIB;

	(void)state;
	pause_ask(0);
	for (int ms = 0; ms < PAUSE_GIVE_MS - PAUSE_LOOK_MS; ms += PAUSE_LOOK_MS) {
		balloon(0, has -= 2 * PAUSE_NEAR);
		pass(PAUSE_LOOK_MS);
		assert_int_equal(pauses(0), 0);
	}
	balloon(0, has - 2 * PAUSE_NEAR);
	pass(PAUSE_LOOK_MS);
	assert_int_equal(pauses(0), 1);
}

/* A stream that is being opened is waited for, whether the balloon has something to do or not. */
static void test_streams_first(void **state)
{
	(void)state;
	for (size_t vm = 0; vm < BROKER_RIG_VMS; vm++) {
		vm_stream_count(rig.vms[vm], 1);
		pause_ask(vm);
		pass(2 * PAUSE_GIVE_MS);
		assert_int_equal(pauses(vm), 0);
		vm_stream_count(rig.vms[vm], -1);
		pass(PAUSE_LOOK_MS);
		assert_int_equal(pauses(vm), 1);
	}
}

static void test_monitor_does_not_stop_it(void **state)
{
	struct wish paused, running;

	(void)state;
	pause_ask(1);
	wish_for(&paused, 1, WAIT_PAUSED);
	wish_for(&running, 1, WAIT_RUNNING);
	pass(PAUSE_STOP_MS - 1);
	assert_int_equal(paused.failed, 0);
	assert_int_equal(running.done, 0);
	assert_true(vm_can_pause(rig.vms[1]));
	pass(1);
	assert_int_equal(paused.failed, 1);
	assert_int_equal(paused.code, VMSILO__BROKER__FAILURE__CODE__INTERNAL);
	assert_string_equal(paused.text, "vm \"two\" was not paused: its monitor did not stop it");
	assert_int_equal(running.done, 1);
	assert_state(1, VM_STATE_RUNNING);
	/* By itself it is not tried again in this run; and what comes late does not last. */
	assert_false(vm_can_pause(rig.vms[1]));
	assert_int_equal(resumes(1), 1);
	event(1, MONITOR_EVENT_PAUSED);
	assert_state(1, VM_STATE_RUNNING);
}

static void test_refused(void **state)
{
	struct error error = {0};

	(void)state;
	event(1, MONITOR_EVENT_DISK_FULL);
	assert_int_equal(vm_pause(rig.vms[1], &error), UV_EBUSY);
	assert_non_null(strstr(error.text, "\"two\" cannot be paused: it stands still"));
	assert_false(vm_can_pause(rig.vms[1]));
	event(1, MONITOR_EVENT_RESUMED);
	assert_true(vm_can_pause(rig.vms[1]));
	vm_stop(rig.vms[1], true, 0);
	assert_int_equal(vm_pause(rig.vms[1], &error), UV_ENOTCONN);
	turn();
	assert_int_equal(vm_pause(rig.vms[1], &error), UV_ENOTCONN);
}

/* One whose monitor stops it for the disk's sake, while its balloon gives, or as soon as it is up:
 * there is nothing to wait for. While it is being stopped, that stop counts. */
static void test_disk_fails_it(void **state)
{
	struct wish giving, stopping;

	(void)state;
	pause_ask(0);
	wish_for(&giving, 0, WAIT_PAUSED);
	event(0, MONITOR_EVENT_DISK_FULL);
	event(0, MONITOR_EVENT_PAUSED);
	assert_int_equal(giving.failed, 1);
	assert_int_equal(giving.code, VMSILO__BROKER__FAILURE__CODE__BUSY);
	assert_string_equal(giving.text,
		"vm \"one\" was not paused: it stands still, since the host's disk failed it");
	pass(PAUSE_GIVE_MS + PAUSE_STOP_MS);
	assert_int_equal(pauses(0), 0);
	assert_state(0, VM_STATE_RUNNING);
	event(0, MONITOR_EVENT_RESUMED);
	assert_true(vm_can_pause(rig.vms[0]));

	pause_ask(1);
	wish_for(&stopping, 1, WAIT_PAUSED);
	event(1, MONITOR_EVENT_DISK_FULL);
	event(1, MONITOR_EVENT_PAUSED);
	assert_int_equal(stopping.done, 1);
	assert_state(1, VM_STATE_PAUSED);
}

/* ---- somebody asks for it ---- */

/* While its balloon gives: it has it at once, and it is not paused. */
static void test_asked_while_it_gives(void **state)
{
	struct wish paused, running;

	(void)state;
	pause_ask(0);
	wish_for(&paused, 0, WAIT_PAUSED);
	wish_for(&running, 0, WAIT_RUNNING);
	assert_int_equal(running.done, 1);
	assert_int_equal(paused.failed, 1);
	assert_int_equal(paused.code, VMSILO__BROKER__FAILURE__CODE__BUSY);
	pass(2 * PAUSE_GIVE_MS);
	assert_int_equal(pauses(0), 0);
	assert_state(0, VM_STATE_RUNNING);
}

/* While its monitor stops it: it stands, and runs on. */
static void test_asked_while_it_stops(void **state)
{
	struct wish paused, running;

	(void)state;
	pause_ask(1);
	wish_for(&paused, 1, WAIT_PAUSED);
	wish_for(&running, 1, WAIT_RUNNING);
	assert_int_equal(running.done, 0);
	assert_int_equal(resumes(1), 0);
	event(1, MONITOR_EVENT_PAUSED);
	assert_int_equal(paused.done, 1);
	assert_int_equal(resumes(1), 1);
	event(1, MONITOR_EVENT_RESUMED);
	clock_say(1);
	assert_int_equal(running.done, 1);
	assert_state(1, VM_STATE_RUNNING);
}

/* Whoever asks has it when its clock is right, not before. */
static void test_runs_on(void **state)
{
	struct wish running;

	(void)state;
	stand(1);
	/* However long it stands, nobody waits for its agent. */
	pass(4 * START_TIMEOUT_MS);
	assert_state(1, VM_STATE_PAUSED);
	wish_for(&running, 1, WAIT_RUNNING);
	assert_int_equal(resumes(1), 1);
	assert_int_equal(running.done, 0);
	event(1, MONITOR_EVENT_RESUMED);
	assert_int_equal(running.done, 0);
	clock_say(1);
	assert_int_equal(running.done, 1);
	assert_false(vm_is_moving(rig.vms[1]));
	/* And again. */
	pause_ask(1);
	assert_int_equal(pauses(1), 2);
}

/* An agent that takes long for it is waited for PAUSE_SETTLE_MS. */
static void test_clock_is_late(void **state)
{
	struct wish running;

	(void)state;
	stand(1);
	wish_for(&running, 1, WAIT_RUNNING);
	event(1, MONITOR_EVENT_RESUMED);
	pass(PAUSE_SETTLE_MS - 1);
	assert_int_equal(running.done, 0);
	pass(1);
	assert_int_equal(running.done, 1);
	assert_state(1, VM_STATE_RUNNING);
}

/* The channel ended while it stood still: it has the time that any agent has to come back. */
static void test_agent_gone_meanwhile(void **state)
{
	struct wish running;

	(void)state;
	stand(1);
	agent_go(1);
	pass(4 * START_TIMEOUT_MS);
	assert_state(1, VM_STATE_PAUSED);
	wish_for(&running, 1, WAIT_RUNNING);
	event(1, MONITOR_EVENT_RESUMED);
	assert_state(1, VM_STATE_RUNNING);
	assert_int_equal(running.done, 0);
	agent_come(1);
	assert_int_equal(running.done, 1);
}

/* One that does not run on is of no use: its end is told, within start_timeout. */
static void test_does_not_run_on(void **state)
{
	struct wish running;

	(void)state;
	stand(0);
	wish_for(&running, 0, WAIT_RUNNING);
	pass(START_TIMEOUT_MS - 1);
	assert_state(0, VM_STATE_PAUSED);
	pass(1);
	broker_rig_settle(&rig);
	/* It is started again for who waits, as after any end. */
	assert_int_equal(running.done + running.failed, 0);
	assert_state(0, VM_STATE_STARTING);
	vm_wait_cancel(rig.vms[0], &running.waiter);
}

/* ---- the end ---- */

static void test_stopped_while_paused(void **state)
{
	(void)state;
	stand(0);
	vm_stop(rig.vms[0], false, 0);
	turn();
	assert_int_equal(resumes(0), 1);
	assert_state(0, VM_STATE_STOPPING);
	stand(1);
	vm_stop(rig.vms[1], true, 0);
	assert_int_equal(resumes(1), 0);
	broker_rig_settle(&rig);
	assert_state(1, VM_STATE_STOPPED);
}

/* It is to shut down, and its monitor says only then that it stands still, as of one that an
 * earlier broker has paused: it runs on. One whose disk failed it waits for that. */
static void test_stands_when_it_is_to_stop(void **state)
{
	(void)state;
	vm_stop(rig.vms[0], false, 0);
	event(0, MONITOR_EVENT_PAUSED);
	assert_int_equal(resumes(0), 1);
	assert_state(0, VM_STATE_STOPPING);
	vm_stop(rig.vms[1], false, 0);
	event(1, MONITOR_EVENT_DISK_FULL);
	event(1, MONITOR_EVENT_PAUSED);
	assert_int_equal(resumes(1), 0);
}

/* Those who wait for the pause learn of the end, in each phase of it. */
static void test_lost_on_the_way(void **state)
{
	struct wish giving, stopping;

	(void)state;
	pause_ask(0);
	wish_for(&giving, 0, WAIT_PAUSED);
	pause_ask(1);
	wish_for(&stopping, 1, WAIT_PAUSED);
	for (size_t vm = 0; vm < BROKER_RIG_VMS; vm++)
		fake_monitor_exit(monitor_of(vm), MONITOR_END_UNKNOWN);
	broker_rig_settle(&rig);
	assert_int_equal(giving.failed, 1);
	assert_int_equal(stopping.failed, 1);
	assert_int_equal(stopping.code, VMSILO__BROKER__FAILURE__CODE__NOT_RUNNING);
	assert_state(1, VM_STATE_FAILED);
}

/* Asked for while it starts: paused as soon as it is up, if nobody has come by then. */
static void test_as_soon_as_it_is_up(void **state)
{
	struct error error = {0};

	(void)state;
	for (int asked = 0; asked < 2; asked++) {
		vm_stop(rig.vms[1], true, 0);
		agent_go(1);
		broker_rig_settle(&rig);
		vm_start(rig.vms[1]);
		turn();
		assert_int_equal(vm_pause(rig.vms[1], &error), 0);
		if (asked)
			vm_start(rig.vms[1]);
		agent_come(1);
		assert_int_equal(pauses(1), !asked);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(test_stops_at_once),
		TEST(test_gives_first),
		TEST(test_gives_nothing),
		TEST(test_gives_for_ever),
		TEST(test_streams_first),
		TEST(test_monitor_does_not_stop_it),
		TEST(test_refused),
		TEST(test_disk_fails_it),
		TEST(test_asked_while_it_gives),
		TEST(test_asked_while_it_stops),
		TEST(test_runs_on),
		TEST(test_clock_is_late),
		TEST(test_agent_gone_meanwhile),
		TEST(test_does_not_run_on),
		TEST(test_stopped_while_paused),
		TEST(test_stands_when_it_is_to_stop),
		TEST(test_lost_on_the_way),
		TEST(test_as_soon_as_it_is_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
