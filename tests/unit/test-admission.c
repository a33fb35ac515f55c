/* Streams that wait while the guest is not what it is to be yet. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest-agent/access/admission.h"
#include "proto/common.pb-c.h"
#include "proto/wire/frame.h"
#include "proto/wire/hello.h"
#include "tests/lib/test.h"

struct rig {
	uv_loop_t loop;
	struct admissions admissions;
	unsigned int admitted;
};

static void on_admitted(void *data, struct channel *channel, const struct grant *grant)
{
	struct rig *rig = data;

	(void)grant;
	rig->admitted++;
	channel_destroy(channel);
}

static void rig_init(struct rig *rig)
{
	*rig = (struct rig){0};
	assert_int_equal(uv_loop_init(&rig->loop), 0);
	admissions_init(&rig->admissions, &rig->loop, on_admitted, rig);
}

static void rig_turn(struct rig *rig)
{
	for (int i = 0; i < 10; i++)
		uv_run(&rig->loop, UV_RUN_NOWAIT);
}

static void rig_finish(struct rig *rig)
{
	uv_run(&rig->loop, UV_RUN_DEFAULT);
	grants_finish(&rig->admissions.grants);
	assert_int_equal(uv_loop_close(&rig->loop), 0);
}

static struct token token_of(uint8_t number)
{
	return (struct token){.bytes = {number}};
}

static void grant(struct rig *rig, uint8_t number, uint16_t port)
{
	const struct grant made = {.token = token_of(number),
		.port = port,
		.expires_ms = uv_now(&rig->loop) + GRANT_TTL_MS};

	assert_int_equal(admissions_grant(&rig->admissions, &made), 0);
}

/* A stream that has said its hello; returns the other end. */
static int stream_make(struct rig *rig, uint8_t number, uint16_t port)
{
	const struct token token = token_of(number);
	uint8_t bytes[FRAME_HEADER_SIZE + FRAME_HELLO_MAX];
	Vmsilo__Hello hello;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	hello_offer(&hello, "test", &token);
	size_t length = vmsilo__hello__get_packed_size(&hello);
	frame_encode_header(bytes, FRAME_HELLO, 0, (uint32_t)length);
	vmsilo__hello__pack(&hello, bytes + FRAME_HEADER_SIZE);
	length += FRAME_HEADER_SIZE;
	assert_int_equal(write(fds[0], bytes, length), length);
	admissions_accept(&rig->admissions, fds[1], port);
	return fds[0];
}

static int stream(struct rig *rig, uint8_t number, uint16_t port)
{
	int fd = stream_make(rig, number, port);

	rig_turn(rig);
	return fd;
}

static void test_held(void **state)
{
	struct rig rig;

	(void)state;
	rig_init(&rig);
	grant(&rig, 1, PORT_SESSION);
	admissions_hold(&rig.admissions, true);
	grant(&rig, 2, PORT_SESSION);
	grant(&rig, 3, PORT_USB);
	int first = stream(&rig, 1, PORT_SESSION);
	int second = stream(&rig, 2, PORT_SESSION);
	assert_int_equal(rig.admitted, 0);
	/* Others need nothing of it. */
	int third = stream(&rig, 3, PORT_USB);
	assert_int_equal(rig.admitted, 1);
	admissions_hold(&rig.admissions, true);
	assert_int_equal(rig.admitted, 1);
	admissions_hold(&rig.admissions, false);
	assert_int_equal(rig.admitted, 3);
	grant(&rig, 4, PORT_SESSION);
	int fourth = stream(&rig, 4, PORT_SESSION);
	assert_int_equal(rig.admitted, 4);
	close(first);
	close(second);
	close(third);
	close(fourth);
	rig_finish(&rig);
}

/* However long it takes: a grant that would have expired meanwhile. */
static void test_held_long(void **state)
{
	const struct grant old = {.token = token_of(1), .port = PORT_SESSION, .expires_ms = 1};
	struct rig rig;

	(void)state;
	rig_init(&rig);
	admissions_hold(&rig.admissions, true);
	assert_int_equal(admissions_grant(&rig.admissions, &old), 0);
	grant(&rig, 2, PORT_SESSION);
	admissions_hold(&rig.admissions, false);
	int fd = stream(&rig, 1, PORT_SESSION);
	assert_int_equal(rig.admitted, 1);
	close(fd);
	rig_finish(&rig);
}

/* The loop was busy with others for longer than a stream may take: what it has said is heard. */
static void test_late(void **state)
{
	struct rig rig;
	int silent[2];
	char byte;

	(void)state;
	rig_init(&rig);
	grant(&rig, 1, PORT_SESSION);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, silent), 0);
	rig.loop.time -= (uint64_t)2 * ADMISSION_TIMEOUT_MS; /* when it last looked at the clock */
	int spoken = stream_make(&rig, 1, PORT_SESSION);
	admissions_accept(&rig.admissions, silent[1], PORT_SESSION);
	uv_run(&rig.loop, UV_RUN_DEFAULT);
	assert_int_equal(rig.admitted, 1);
	assert_int_equal(read(silent[0], &byte, 1), 0);
	close(silent[0]);
	close(spoken);
	rig_finish(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_held_long),
		cmocka_unit_test(test_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
