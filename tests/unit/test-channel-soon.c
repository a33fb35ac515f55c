/* What nobody waits for: with what it goes, and when at the latest; and descriptors beside frames.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "proto/io/channel.h"
#include "proto/io/socket.h"
#include "proto/session.pb-c.h"
#include "tests/lib/test.h"

struct fixture {
	uv_loop_t loop;
	struct channel *channel;
	int peer;
};

static int on_frame(void *data, const struct frame *frame)
{
	(void)data;
	(void)frame;
	return 0;
}

static void on_close(void *data, int reason)
{
	(void)data;
	(void)reason;
}

static const struct channel_ops ops = {.on_frame = on_frame, .on_close = on_close};

static void setup(struct fixture *fixture)
{
	int fds[2];

	assert_int_equal(uv_loop_init(&fixture->loop), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	assert_int_equal(
		channel_create(&fixture->loop, fds[0], &ops, fixture, &fixture->channel), 0);
	fixture->peer = fds[1];
}

static void turn(struct fixture *fixture)
{
	uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

static void teardown(struct fixture *fixture)
{
	channel_destroy(fixture->channel);
	uv_run(&fixture->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&fixture->loop), 0);
	close(fixture->peer);
}

/* What has arrived at the peer by now. */
static ssize_t peer_read(const struct fixture *fixture, void *bytes, size_t size)
{
	return recv(fixture->peer, bytes, size, MSG_DONTWAIT);
}

static int end_soon(const struct fixture *fixture, uint64_t within_ms, uint16_t stream)
{
	return channel_send_soon(fixture->channel, within_ms, FRAME_END, stream, NULL);
}

static void test_soon_waits_for_company(void **state)
{
	struct fixture fixture;
	uint8_t bytes[64];

	(void)state;
	setup(&fixture);
	assert_int_equal(end_soon(&fixture, 60000, 1), 0);
	turn(&fixture);
	turn(&fixture);
	assert_int_equal(peer_read(&fixture, bytes, sizeof(bytes)), -1);
	assert_int_equal(channel_send_raw(fixture.channel, FRAME_END, 2, NULL, 0), 0);
	turn(&fixture);
	assert_int_equal(peer_read(&fixture, bytes, sizeof(bytes)), 2 * FRAME_HEADER_SIZE);
	assert_int_equal(bytes[6], 1);
	assert_int_equal(bytes[FRAME_HEADER_SIZE + 6], 2);
	assert_int_equal(uv_backend_timeout(&fixture.loop), -1); /* nothing is left to wake for */
	teardown(&fixture);
}

static void test_soon_goes_by_itself(void **state)
{
	struct fixture fixture;
	uint8_t bytes[64];
	ssize_t length = -1;

	(void)state;
	setup(&fixture);
	assert_int_equal(end_soon(&fixture, 5, 1), 0);
	assert_int_equal(end_soon(&fixture, 60000, 2), 0); /* with the first */
	for (int i = 0; i < 60000 && length < 0; i++) {
		turn(&fixture);
		length = peer_read(&fixture, bytes, sizeof(bytes));
		usleep(1000);
	}
	assert_int_equal(length, 2 * FRAME_HEADER_SIZE);
	teardown(&fixture);
}

static void test_hold_is_for_this_turn(void **state)
{
	struct fixture fixture;
	uint8_t bytes[64];

	(void)state;
	setup(&fixture);
	channel_hold(fixture.channel, 60000); /* nothing is there */
	turn(&fixture);
	assert_int_equal(uv_backend_timeout(&fixture.loop), -1);
	assert_int_equal(channel_send_raw(fixture.channel, FRAME_END, 1, NULL, 0), 0);
	channel_hold(fixture.channel, 60000);
	turn(&fixture);
	assert_int_equal(peer_read(&fixture, bytes, sizeof(bytes)), -1);
	assert_int_equal(channel_send_raw(fixture.channel, FRAME_END, 2, NULL, 0), 0);
	turn(&fixture);
	assert_int_equal(peer_read(&fixture, bytes, sizeof(bytes)), 2 * FRAME_HEADER_SIZE);
	teardown(&fixture);
}

static void test_soon_keeps_its_place(void **state)
{
	static uint8_t payload[4096], bytes[2 * sizeof(payload)];
	struct fixture fixture;

	(void)state;
	setup(&fixture);
	assert_int_equal(end_soon(&fixture, 60000, 1), 0);
	assert_int_equal(
		channel_send_raw(fixture.channel, FRAME_DATA, 2, payload, sizeof(payload)), 0);
	assert_int_equal(peer_read(&fixture, bytes, sizeof(bytes)),
		2 * FRAME_HEADER_SIZE + (ssize_t)sizeof(payload));
	assert_int_equal(bytes[4], FRAME_END);
	turn(&fixture);
	assert_int_equal(uv_backend_timeout(&fixture.loop), -1);
	teardown(&fixture);
}

static void test_descriptor_follows_what_is_queued(void **state)
{
	Vmsilo__Session__Failed failed = VMSILO__SESSION__FAILED__INIT;
	struct fixture fixture;
	uint8_t bytes[256];
	int fd;

	(void)state;
	setup(&fixture);
	failed.text = "no";
	assert_int_equal(end_soon(&fixture, 60000, 1), 0);
	assert_int_equal(channel_send_fd(fixture.channel, FRAME_FAILED, &failed.base, 0), 0);
	assert_int_equal(socket_receive_fd(fixture.peer, bytes, sizeof(bytes), &fd),
		2 * FRAME_HEADER_SIZE + 4);
	assert_int_equal(bytes[4], FRAME_END);
	assert_int_equal(bytes[FRAME_HEADER_SIZE + 4], FRAME_FAILED);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(channel_queued(fixture.channel), 0);
	teardown(&fixture);
}

/* As many as the socket takes, until one does not fit. */
static void test_descriptor_goes_whole_or_not(void **state)
{
	static uint8_t payload[FRAME_DATA_MAX];
	Vmsilo__Session__Failed failed = VMSILO__SESSION__FAILED__INIT;
	struct fixture fixture;

	(void)state;
	setup(&fixture);
	failed.text = "no";
	while (channel_queued(fixture.channel) == 0)
		channel_send_raw(fixture.channel, FRAME_DATA, 1, payload, sizeof(payload));
	assert_int_equal(
		channel_send_fd(fixture.channel, FRAME_FAILED, &failed.base, 0), UV_ENOBUFS);
	teardown(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_soon_waits_for_company),
		cmocka_unit_test(test_soon_goes_by_itself),
		cmocka_unit_test(test_hold_is_for_this_turn),
		cmocka_unit_test(test_soon_keeps_its_place),
		cmocka_unit_test(test_descriptor_follows_what_is_queued),
		cmocka_unit_test(test_descriptor_goes_whole_or_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
