/* The broker's half of SETUP: real VMs with fake monitors, and an agent that the test plays. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proto/common.pb-c.h"
#include "proto/control.pb-c.h"
#include "proto/wire/frame.h"
#include "proto/wire/hello.h"
#include "tests/lib/broker-rig.h"
#include "tests/lib/test.h"
#include "tests/lib/world.h"

#define TYPES_MAX 32

static struct broker_rig rig;
static struct world world;
static uint16_t types[TYPES_MAX]; /* of the frames that the agent was sent */
static size_t types_count;

static void turn(void)
{
	for (int i = 0; i < 4; i++)
		world_turn(&rig.loop);
}

/* ---- the agent ---- */

static void say(int fd, uint16_t type, const ProtobufCMessage *message)
{
	uint8_t bytes[FRAME_HEADER_SIZE + FRAME_SETUP_DONE_MAX];
	size_t length = protobuf_c_message_get_packed_size(message);

	assert_true(length <= FRAME_SETUP_DONE_MAX);
	frame_encode_header(bytes, type, 0, (uint32_t)length);
	protobuf_c_message_pack(message, bytes + FRAME_HEADER_SIZE);
	length += FRAME_HEADER_SIZE;
	assert_int_equal(send(fd, bytes, length, MSG_NOSIGNAL), length);
	turn();
}

static int agent_come(uint64_t features)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	Vmsilo__Hello hello;

	snprintf(address.sun_path, sizeof(address.sun_path), "%.64s/one/vsock/s_%d",
		broker_rig_paths()->runtime, PORT_CONTROL);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	hello_offer(&hello, "an agent", NULL);
	hello.features = features;
	say(fd, FRAME_HELLO, &hello.base);
	return fd;
}

/* Reads what there is. False: the channel has ended. */
static bool frames_read(int fd)
{
	static uint8_t bytes[256 * 1024];
	ssize_t length = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	struct frame frame;

	types_count = 0;
	for (ssize_t at = 0; at < length;) {
		int64_t size = frame_decode(bytes + at, (size_t)(length - at), &frame);
		assert_true(size > 0 && types_count < TYPES_MAX);
		types[types_count++] = frame.type;
		at += size;
	}
	return length != 0;
}

static size_t position_of(uint16_t type)
{
	size_t at = 0;

	while (at < types_count && types[at] != type)
		at++;
	return at;
}

static void done_say(int fd, size_t problems, char *text)
{
	Vmsilo__Control__SetupDone done = VMSILO__CONTROL__SETUP_DONE__INIT;
	char *texts[SETUP_PROBLEMS_MAX + 1];

	for (size_t i = 0; i < problems; i++)
		texts[i] = text;
	done.problems = texts;
	done.n_problems = problems;
	say(fd, FRAME_SETUP_DONE, &done.base);
}

/* ---- the broker ---- */

static struct vm *one(void)
{
	return rig.vms[0];
}

static size_t problems(void)
{
	return setups_problems(rig.setups, one())->count;
}

static int begin(void **state)
{
	(void)state;
	broker_rig_prepare();
	world_begin(&world, NULL, NULL);
	broker_rig_init(&rig);
	broker_rig_add_vms(&rig);
	vm_start(one());
	turn();
	return 0;
}

static int end(void **state)
{
	(void)state;
	vm_stop(one(), true, 0);
	broker_rig_settle(&rig);
	broker_rig_finish(&rig);
	world_run(&rig.loop);
	world_end(&world);
	return 0;
}

static void test_before_grants(void **state)
{
	const struct token token = {{1}};
	struct endpoint endpoint;

	(void)state;
	int fd = agent_come(PROTOCOL_FEATURES);
	assert_int_equal(vm_state(one()), VM_STATE_RUNNING);
	assert_int_equal(vm_grant(one(), &token, PORT_SESSION, "", &endpoint), 0);
	turn();
	assert_true(frames_read(fd));
	assert_int_equal(types[0], FRAME_HELLO);
	assert_int_equal(types[1], FRAME_SETUP);
	assert_true(position_of(FRAME_GRANT) < types_count);
	/* An agent that comes again is told again. */
	close(fd);
	turn();
	fd = agent_come(PROTOCOL_FEATURES);
	assert_true(frames_read(fd));
	assert_int_equal(types[1], FRAME_SETUP);
	close(fd);
}

static void test_old_agent(void **state)
{
	(void)state;
	int fd = agent_come(PROTOCOL_FEATURES & ~FEATURE_SETUP);
	setups_tell(rig.setups, one());
	turn();
	assert_true(frames_read(fd));
	assert_int_equal(position_of(FRAME_SETUP), types_count);
	assert_int_equal(vm_state(one()), VM_STATE_RUNNING);
	/* What it was not asked. */
	done_say(fd, 0, NULL);
	frames_read(fd);
	assert_false(frames_read(fd));
	close(fd);
}

static void test_again(void **state)
{
	(void)state;
	int fd = agent_come(PROTOCOL_FEATURES);
	frames_read(fd);
	/* Nothing of it has changed. */
	vm_configure(one(), vm_configuration(one()));
	turn();
	frames_read(fd);
	assert_int_equal(position_of(FRAME_SETUP), types_count);
	setups_tell(rig.setups, one());
	turn();
	assert_true(frames_read(fd));
	assert_true(position_of(FRAME_SETUP) < types_count);
	/* One answer for each, and no more. */
	assert_true(setups_is_busy(rig.setups, one()));
	done_say(fd, 1, (char *)"first");
	assert_int_equal(problems(), 1);
	done_say(fd, 0, NULL);
	assert_int_equal(problems(), 0);
	assert_false(setups_is_busy(rig.setups, one()));
	done_say(fd, 0, NULL);
	frames_read(fd);
	assert_false(frames_read(fd));
	close(fd);
}

static void test_problems(void **state)
{
	char text[SETUP_PROBLEM_MAX + 2];

	(void)state;
	int fd = agent_come(PROTOCOL_FEATURES);
	done_say(fd, SETUP_PROBLEMS_MAX, (char *)"an \x1b[31mescape");
	assert_int_equal(problems(), SETUP_PROBLEMS_MAX);
	assert_string_equal(setups_problems(rig.setups, one())->texts[0], "an \\x1b[31mescape");
	/* They hold while the agent is away, and not beyond the run. */
	close(fd);
	turn();
	assert_int_equal(problems(), SETUP_PROBLEMS_MAX);
	fd = agent_come(PROTOCOL_FEATURES);
	memset(text, 'x', sizeof(text));
	text[SETUP_PROBLEM_MAX] = '\0';
	done_say(fd, 1, text);
	assert_int_equal(strlen(setups_problems(rig.setups, one())->texts[0]), SETUP_PROBLEM_MAX);
	setups_tell(rig.setups, one());
	text[SETUP_PROBLEM_MAX] = 'x';
	text[SETUP_PROBLEM_MAX + 1] = '\0';
	done_say(fd, 1, text);
	frames_read(fd);
	assert_false(frames_read(fd));
	close(fd);
	vm_stop(one(), true, 0);
	broker_rig_settle(&rig);
	assert_int_equal(vm_state(one()), VM_STATE_STOPPED);
	assert_int_equal(problems(), 0);
}

static void test_too_many(void **state)
{
	(void)state;
	int fd = agent_come(PROTOCOL_FEATURES);
	done_say(fd, SETUP_PROBLEMS_MAX + 1, (char *)"x");
	frames_read(fd);
	assert_false(frames_read(fd));
	assert_int_equal(problems(), 0);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_before_grants),
		TEST(test_old_agent),
		TEST(test_again),
		TEST(test_problems),
		TEST(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
