/* Dialling and listening in the hybrid convention, both ends real. Each test ends with a loop that
 * closes empty. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "proto/io/dial.h"
#include "proto/io/listen.h"
#include "proto/io/socket.h"
#include "proto/limits.h"
#include "proto/wire/hybrid.h"
#include "tests/lib/test.h"

#define TIMEOUT_MS 60000 /* of what comes at once: for what never does */

struct fixture {
	uv_loop_t loop;
	char directory[32];
	struct endpoint endpoint;
	struct listener *listener;
	int accepted; /* -1: none */
	uint16_t accepted_port;
	int dialled; /* what on_dial was told; INT32_MIN: nothing */
};

static const uint16_t ports[] = {PORT_SESSION, PORT_TRAY};

static void on_accept(void *data, int fd, uint16_t port, uint32_t peer_cid)
{
	struct fixture *fixture = data;

	assert_int_equal(peer_cid, 0);
	assert_int_equal(fixture->accepted, -1);
	fixture->accepted = fd;
	fixture->accepted_port = port;
}

static void on_dial(void *data, int fd)
{
	struct fixture *fixture = data;

	fixture->dialled = fd;
}

static void setup(struct fixture *fixture, size_t count, enum listen_direction direction)
{
	*fixture = (struct fixture){.accepted = -1, .dialled = INT32_MIN};
	snprintf(fixture->directory, sizeof(fixture->directory), "/tmp/vmsilo-test-XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	fixture->endpoint.kind = ENDPOINT_UNIX;
	snprintf(
		fixture->endpoint.path, sizeof(fixture->endpoint.path), "%s/s", fixture->directory);
	assert_int_equal(uv_loop_init(&fixture->loop), 0);
	assert_int_equal(listen_create(&fixture->loop, &fixture->endpoint, ports, count, direction,
				 on_accept, fixture, &fixture->listener),
		0);
}

/* The listener removes its socket, so the directory is empty. */
static void teardown(struct fixture *fixture)
{
	if (fixture->listener)
		listen_destroy(fixture->listener);
	if (fixture->accepted >= 0)
		close(fixture->accepted);
	if (fixture->dialled >= 0)
		close(fixture->dialled);
	uv_run(&fixture->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&fixture->loop), 0);
	assert_int_equal(rmdir(fixture->directory), 0);
}

static void turn_until_dialled(struct fixture *fixture)
{
	for (int i = 0; i < TIMEOUT_MS && fixture->dialled == INT32_MIN; i++) {
		uv_run(&fixture->loop, UV_RUN_NOWAIT);
		if (fixture->dialled == INT32_MIN)
			usleep(1000);
	}
}

static void dial(struct fixture *fixture, uint32_t port, enum dial_direction direction)
{
	struct dial *started;

	assert_int_equal(dial_start(&fixture->loop, &fixture->endpoint, port, direction, TIMEOUT_MS,
				 on_dial, fixture, &started),
		0);
	turn_until_dialled(fixture);
}

static void test_guest_port(void **state)
{
	struct fixture fixture;
	char text[8];

	(void)state;
	setup(&fixture, 2, LISTEN_GUEST);
	dial(&fixture, PORT_TRAY, DIAL_GUEST);
	assert_true(fixture.dialled >= 0);
	assert_true(fixture.accepted >= 0);
	assert_int_equal(fixture.accepted_port, PORT_TRAY);
	assert_int_equal(write(fixture.accepted, "hello", 5), 5);
	assert_int_equal(recv(fixture.dialled, text, sizeof(text), 0), 5);
	teardown(&fixture);
}

static void test_unknown_port(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture, 2, LISTEN_GUEST);
	dial(&fixture, PORT_USB, DIAL_GUEST);
	assert_int_equal(fixture.dialled, UV_ECONNRESET);
	assert_int_equal(fixture.accepted, -1);
	teardown(&fixture);
}

static void test_host_port(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture, 1, LISTEN_HOST);
	dial(&fixture, PORT_SESSION, DIAL_HOST);
	assert_true(fixture.dialled >= 0);
	for (int i = 0; i < TIMEOUT_MS && fixture.accepted < 0; i++)
		uv_run(&fixture.loop, UV_RUN_NOWAIT);
	assert_int_equal(fixture.accepted_port, PORT_SESSION);
	teardown(&fixture);
}

static void test_nobody_listens(void **state)
{
	struct fixture fixture;
	struct dial *started;

	(void)state;
	setup(&fixture, 1, LISTEN_GUEST);
	listen_destroy(fixture.listener);
	fixture.listener = NULL;
	assert_int_equal(dial_start(&fixture.loop, &fixture.endpoint, PORT_SESSION, DIAL_GUEST,
				 TIMEOUT_MS, on_dial, &fixture, &started),
		UV_ENOENT);
	teardown(&fixture);
}

static void test_cancelled(void **state)
{
	struct fixture fixture;
	struct dial *started;

	(void)state;
	setup(&fixture, 1, LISTEN_GUEST);
	assert_int_equal(dial_start(&fixture.loop, &fixture.endpoint, PORT_SESSION, DIAL_GUEST,
				 TIMEOUT_MS, on_dial, &fixture, &started),
		0);
	dial_cancel(started);
	for (int i = 0; i < 10; i++)
		uv_run(&fixture.loop, UV_RUN_NOWAIT);
	assert_int_equal(fixture.dialled, INT32_MIN);
	teardown(&fixture);
}

/* The peer of a socket that is a guest's side, which says text; what comes back, until its end. */
static ssize_t converse(struct fixture *fixture, const char *text, char *answer, size_t size)
{
	int fd = socket_connect(fixture->endpoint.path);
	ssize_t count = -1;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	for (int i = 0; i < TIMEOUT_MS && count < 0; i++) {
		uv_run(&fixture->loop, UV_RUN_NOWAIT);
		count = recv(fd, answer, size, MSG_DONTWAIT);
		if (count < 0 && errno == ECONNRESET)
			count = 0; /* closed with our bytes unread */
		if (count < 0)
			usleep(1000);
	}
	close(fd);
	return count;
}

static void test_what_follows_the_line_is_the_streams(void **state)
{
	struct fixture fixture;
	char answer[64], rest[8];

	(void)state;
	setup(&fixture, 2, LISTEN_GUEST);
	assert_true(converse(&fixture, "CONNECT 5000\nrest", answer, sizeof(answer)) > 0);
	assert_true(fixture.accepted >= 0);
	assert_int_equal(recv(fixture.accepted, rest, sizeof(rest), 0), 4);
	assert_memory_equal(rest, "rest", 4);
	teardown(&fixture);
}

static void test_lines_that_are_none(void **state)
{
	static const char *const lines[] = {"CONNECT x\n", "OK 1\n", "CONNECT 5000 \n",
		"CONNECT 99999999999\n", "CONNECT 000000000000000000000000000000005000\n"};
	struct fixture fixture;
	char answer[64];

	(void)state;
	setup(&fixture, 2, LISTEN_GUEST);
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(converse(&fixture, lines[i], answer, sizeof(answer)), 0);
	assert_int_equal(fixture.accepted, -1);
	teardown(&fixture);
}

/* Peers wait in the backlog meanwhile. */
static void test_pause(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture, 1, LISTEN_HOST);
	listen_pause(fixture.listener);
	dial(&fixture, PORT_SESSION, DIAL_HOST);
	for (int i = 0; i < 10; i++)
		uv_run(&fixture.loop, UV_RUN_NOWAIT);
	assert_int_equal(fixture.accepted, -1);
	listen_resume(fixture.listener);
	for (int i = 0; i < TIMEOUT_MS && fixture.accepted < 0; i++)
		uv_run(&fixture.loop, UV_RUN_NOWAIT);
	assert_true(fixture.accepted >= 0);
	teardown(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guest_port),
		cmocka_unit_test(test_unknown_port),
		cmocka_unit_test(test_host_port),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_cancelled),
		cmocka_unit_test(test_what_follows_the_line_is_the_streams),
		cmocka_unit_test(test_lines_that_are_none),
		cmocka_unit_test(test_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
