/* Streams of frames over a socket pair: what is sent when, what is bounded, how it ends. Each test
 * ends with a loop that closes empty. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "proto/io/channel.h"
#include "proto/session.pb-c.h"
#include "tests/lib/test.h"

#define PAYLOAD_MAX 16

struct fixture {
	uv_loop_t loop;
	struct channel *channel;
	int peer; /* the other end, blocking */
	unsigned int frames;
	uint16_t last_type;
	uint32_t last_length;
	unsigned int drained;
	unsigned int closed;
	int reason;
	int refuse; /* what on_frame returns */
	int (*on_frame)(struct fixture *fixture, const struct frame *frame);
	struct fixture *successor; /* for hand-overs */
	int detached;              /* descriptor, or -1 */
	int detach_code;
};

static int on_frame(void *data, const struct frame *frame)
{
	struct fixture *fixture = data;

	fixture->frames++;
	fixture->last_type = frame->type;
	fixture->last_length = frame->length;
	if (fixture->on_frame)
		return fixture->on_frame(fixture, frame);
	return fixture->refuse;
}

static void on_close(void *data, int reason)
{
	struct fixture *fixture = data;

	fixture->closed++;
	fixture->reason = reason;
}

static void on_drain(void *data)
{
	struct fixture *fixture = data;

	fixture->drained++;
}

static const struct channel_ops ops = {
	.on_frame = on_frame, .on_close = on_close, .on_drain = on_drain};

static void setup(struct fixture *fixture)
{
	int fds[2];

	*fixture = (struct fixture){.detached = -1};
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

/* Until done, or a minute has passed: then the test's own assertions fail. */
static void turn_until(struct fixture *fixture, const unsigned int *done)
{
	for (int i = 0; i < 60000 && !*done; i++) {
		turn(fixture);
		if (!*done)
			usleep(1000);
	}
}

static void teardown(struct fixture *fixture)
{
	if (fixture->channel)
		channel_destroy(fixture->channel);
	uv_run(&fixture->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&fixture->loop), 0);
	if (fixture->peer >= 0)
		close(fixture->peer);
}

/* What has arrived at the peer by now. */
static ssize_t peer_read(const struct fixture *fixture, void *bytes, size_t size)
{
	return recv(fixture->peer, bytes, size, MSG_DONTWAIT);
}

static void peer_send(const struct fixture *fixture, uint16_t type, uint16_t stream,
	const void *payload, uint32_t length)
{
	uint8_t bytes[FRAME_HEADER_SIZE + PAYLOAD_MAX];

	frame_encode_header(bytes, type, stream, length);
	if (length > 0)
		memcpy(bytes + FRAME_HEADER_SIZE, payload, length);
	assert_int_equal(write(fixture->peer, bytes, FRAME_HEADER_SIZE + length),
		FRAME_HEADER_SIZE + length);
}

static void test_small_frames_share_a_packet(void **state)
{
	struct fixture fixture;
	uint8_t bytes[64];

	(void)state;
	setup(&fixture);
	assert_int_equal(channel_send_raw(fixture.channel, FRAME_END, 1, NULL, 0), 0);
	assert_int_equal(channel_send_raw(fixture.channel, FRAME_END, 2, NULL, 0), 0);
	assert_int_equal(peer_read(&fixture, bytes, sizeof(bytes)), -1); /* not yet */
	turn(&fixture);
	assert_int_equal(peer_read(&fixture, bytes, sizeof(bytes)), 2 * FRAME_HEADER_SIZE);
	teardown(&fixture);
}

static void test_flush_is_at_once(void **state)
{
	struct fixture fixture;
	uint8_t bytes[64];

	(void)state;
	setup(&fixture);
	channel_send_raw(fixture.channel, FRAME_END, 1, NULL, 0);
	channel_flush(fixture.channel);
	assert_int_equal(peer_read(&fixture, bytes, sizeof(bytes)), FRAME_HEADER_SIZE);
	teardown(&fixture);
}

/* What is held goes first. */
static void test_large_frames_go_at_once_and_in_order(void **state)
{
	static uint8_t bulk[FRAME_DATA_MAX], bytes[2 * FRAME_DATA_MAX];
	struct fixture fixture;

	(void)state;
	setup(&fixture);
	memset(bulk, 'x', sizeof(bulk));
	channel_send_raw(fixture.channel, FRAME_END, 2, NULL, 0);
	channel_send_raw(fixture.channel, FRAME_DATA, 1, bulk, sizeof(bulk));
	ssize_t got = peer_read(&fixture, bytes, sizeof(bytes));
	assert_int_equal(got, 2 * FRAME_HEADER_SIZE + FRAME_DATA_MAX);
	assert_int_equal(bytes[4], FRAME_END);
	assert_int_equal(bytes[FRAME_HEADER_SIZE + 4], FRAME_DATA);
	teardown(&fixture);
}

static void test_queue_is_bounded_and_drains(void **state)
{
	static uint8_t bulk[FRAME_DATA_MAX], bytes[FRAME_DATA_MAX];
	struct fixture fixture;
	int code = 0;

	(void)state;
	setup(&fixture);
	assert_true(channel_writable(fixture.channel));
	for (int i = 0; code == 0 && i < 1000; i++)
		code = channel_send_raw(fixture.channel, FRAME_DATA, 1, bulk, sizeof(bulk));
	assert_int_equal(code, UV_ENOBUFS);
	assert_false(channel_writable(fixture.channel));
	assert_true(channel_queued(fixture.channel) <= CHANNEL_QUEUE_MAX);
	assert_true(channel_queued(fixture.channel) > CHANNEL_QUEUE_MAX - 2 * FRAME_DATA_MAX);
	for (int i = 0; i < 10000 && channel_queued(fixture.channel) > 0; i++) {
		while (peer_read(&fixture, bytes, sizeof(bytes)) > 0)
			;
		turn(&fixture);
	}
	assert_int_equal(channel_queued(fixture.channel), 0);
	assert_int_equal(fixture.drained, 1);
	assert_true(channel_writable(fixture.channel));
	teardown(&fixture);
}

static void test_frames_arrive_byte_by_byte(void **state)
{
	uint8_t bytes[FRAME_HEADER_SIZE + 3] = {0};
	struct fixture fixture;

	(void)state;
	setup(&fixture);
	frame_encode_header(bytes, FRAME_DATA, 1, 3);
	for (size_t i = 0; i < sizeof(bytes); i++) {
		assert_int_equal(fixture.frames, 0);
		assert_int_equal(write(fixture.peer, &bytes[i], 1), 1);
		turn(&fixture);
	}
	assert_int_equal(fixture.frames, 1);
	assert_int_equal(fixture.last_length, 3);
	teardown(&fixture);
}

static void test_end_at_a_border_is_no_violation(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture);
	peer_send(&fixture, FRAME_END, 1, NULL, 0);
	shutdown(fixture.peer, SHUT_WR);
	turn_until(&fixture, &fixture.closed);
	assert_int_equal(fixture.frames, 1);
	assert_int_equal(fixture.closed, 1);
	assert_int_equal(fixture.reason, 0);
	assert_int_equal(channel_send_raw(fixture.channel, FRAME_END, 1, NULL, 0), UV_EPIPE);
	teardown(&fixture);
}

static void test_end_inside_a_frame_is_no_violation(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture);
	assert_int_equal(write(fixture.peer, "\3\0", 2), 2);
	shutdown(fixture.peer, SHUT_WR);
	turn_until(&fixture, &fixture.closed);
	assert_int_equal(fixture.reason, UV_ECONNRESET);
	teardown(&fixture);
}

static void test_what_the_owner_refuses_ends_it(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture);
	fixture.refuse = UV_EPROTO;
	peer_send(&fixture, FRAME_END, 1, NULL, 0);
	peer_send(&fixture, FRAME_END, 2, NULL, 0);
	turn_until(&fixture, &fixture.closed);
	assert_int_equal(fixture.frames, 1);
	assert_int_equal(fixture.closed, 1);
	assert_int_equal(fixture.reason, UV_EPROTO);
	teardown(&fixture);
}

static void test_pause_holds_frames_back(void **state)
{
	struct fixture fixture;

	(void)state;
	setup(&fixture);
	channel_pause(fixture.channel);
	peer_send(&fixture, FRAME_END, 1, NULL, 0);
	turn(&fixture);
	assert_int_equal(fixture.frames, 0);
	channel_resume(fixture.channel);
	turn_until(&fixture, &fixture.frames);
	assert_int_equal(fixture.frames, 1);
	teardown(&fixture);
}

static void on_other(uv_poll_t *poll, int status, int events)
{
	struct fixture *fixture = poll->data;

	(void)status;
	(void)events;
	fixture->detach_code = (int)fixture->frames;
	uv_close((uv_handle_t *)poll, NULL);
}

static void frames_pour(const struct fixture *fixture, unsigned int count)
{
	static uint8_t many[4096 * FRAME_HEADER_SIZE];

	for (unsigned int i = 0; i < count; i++)
		frame_encode_header(many + (size_t)i * FRAME_HEADER_SIZE, FRAME_END, 1, 0);
	assert_int_equal(write(fixture->peer, many, (size_t)count * FRAME_HEADER_SIZE),
		count * FRAME_HEADER_SIZE);
}

/* Who sends thousands of frames at once does not keep others from their turn, and none is lost. */
static void test_a_turn_is_bounded(void **state)
{
	struct fixture fixture;
	uv_poll_t other;
	int fds[2];

	(void)state;
	setup(&fixture);
	frames_pour(&fixture, 4096);
	turn_until(&fixture, &fixture.frames);
	assert_in_range(fixture.frames, 1, 128);
	/* Another becomes ready while the rest waits. */
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	uv_poll_init(&fixture.loop, &other, fds[0]);
	other.data = &fixture;
	uv_poll_start(&other, UV_READABLE, on_other);
	for (int i = 0; i < 200 && fixture.frames < 4096; i++)
		turn(&fixture);
	assert_int_equal(fixture.frames, 4096);
	assert_in_range(fixture.detach_code, 1, 512);
	close(fds[0]);
	close(fds[1]);
	teardown(&fixture);
}

/* What is sent in answer, the end, and a pause have their way while frames wait. */
static void test_what_waits_for_its_turn(void **state)
{
	uint8_t bytes[64];
	struct fixture fixture;

	(void)state;
	setup(&fixture);
	frames_pour(&fixture, 1000);
	turn_until(&fixture, &fixture.frames);
	unsigned int before = fixture.frames;
	channel_pause(fixture.channel);
	channel_send_raw(fixture.channel, FRAME_END, 2, NULL, 0);
	channel_flush(fixture.channel);
	for (int i = 0; i < 20; i++)
		turn(&fixture);
	assert_int_equal(fixture.frames, before);
	assert_int_equal(peer_read(&fixture, bytes, sizeof(bytes)), FRAME_HEADER_SIZE);
	channel_resume(fixture.channel);
	shutdown(fixture.peer, SHUT_WR);
	turn_until(&fixture, &fixture.closed);
	assert_int_equal(fixture.frames, 1000);
	assert_int_equal(fixture.reason, 0);
	teardown(&fixture);

	/* An answer that is queued when they wait arrives. */
	setup(&fixture);
	frames_pour(&fixture, 1000);
	turn_until(&fixture, &fixture.frames);
	channel_send_raw(fixture.channel, FRAME_END, 2, NULL, 0);
	channel_finish(fixture.channel, 1000);
	fixture.channel = NULL;
	for (int i = 0; i < 20; i++)
		turn(&fixture);
	assert_int_equal(peer_read(&fixture, bytes, sizeof(bytes)), FRAME_HEADER_SIZE);
	close(fixture.peer);
	fixture.peer = -1;
	teardown(&fixture);
}

static int hand_over(struct fixture *fixture, const struct frame *frame)
{
	(void)frame;
	channel_hand_over(fixture->channel, &ops, fixture->successor);
	return 0;
}

/* The frames that were received already are the next owner's. */
static void test_hand_over(void **state)
{
	struct fixture fixture, successor = {0};

	(void)state;
	setup(&fixture);
	fixture.on_frame = hand_over;
	fixture.successor = &successor;
	peer_send(&fixture, FRAME_END, 1, NULL, 0);
	peer_send(&fixture, FRAME_END, 2, NULL, 0);
	turn_until(&fixture, &successor.frames);
	assert_int_equal(fixture.frames, 1);
	assert_int_equal(successor.frames, 1);
	shutdown(fixture.peer, SHUT_WR);
	turn_until(&fixture, &successor.closed);
	assert_int_equal(fixture.closed, 0);
	teardown(&fixture);
}

static int detach(struct fixture *fixture, const struct frame *frame)
{
	(void)frame;
	channel_send_raw(fixture->channel, FRAME_END, 1, NULL, 0);
	fixture->detach_code = channel_detach(fixture->channel, &fixture->detached);
	fixture->channel = NULL;
	return 0;
}

/* What was said before has gone, and the descriptor is an ordinary one. */
static void test_detach(void **state)
{
	uint8_t bytes[64];
	struct fixture fixture;

	(void)state;
	setup(&fixture);
	fixture.on_frame = detach;
	peer_send(&fixture, FRAME_END, 1, NULL, 0);
	turn_until(&fixture, &fixture.frames);
	assert_int_equal(fixture.detach_code, 0);
	assert_int_equal(peer_read(&fixture, bytes, sizeof(bytes)), FRAME_HEADER_SIZE);
	turn(&fixture);
	assert_int_equal(write(fixture.detached, "raw", 3), 3);
	assert_int_equal(peer_read(&fixture, bytes, sizeof(bytes)), 3);
	close(fixture.detached);
	teardown(&fixture);
}

static void test_detach_refuses_what_came_too_early(void **state)
{
	uint8_t bytes[64];
	struct fixture fixture;

	(void)state;
	setup(&fixture);
	fixture.on_frame = detach;
	peer_send(&fixture, FRAME_DATA, 1, "x", 1);
	assert_int_equal(write(fixture.peer, "y", 1), 1);
	turn_until(&fixture, &fixture.frames);
	assert_int_equal(fixture.detach_code, UV_EPROTO);
	assert_int_equal(fixture.detached, -1);
	turn(&fixture);
	while (peer_read(&fixture, bytes, sizeof(bytes)) > 0)
		;
	assert_int_equal(peer_read(&fixture, bytes, sizeof(bytes)) <= 0, 1);
	teardown(&fixture);
}

/* All that is queued arrives, and then the end. */
static void test_finish(void **state)
{
	static uint8_t bulk[FRAME_DATA_MAX], bytes[FRAME_DATA_MAX];
	struct fixture fixture;
	size_t sent = 0, got = 0;
	ssize_t count = 1;

	(void)state;
	setup(&fixture);
	while (channel_queued(fixture.channel) == 0) {
		channel_send_raw(fixture.channel, FRAME_DATA, 1, bulk, sizeof(bulk));
		sent += FRAME_HEADER_SIZE + sizeof(bulk);
	}
	channel_finish(fixture.channel, 5000);
	fixture.channel = NULL;
	for (int i = 0; i < 10000 && count != 0; i++) {
		count = peer_read(&fixture, bytes, sizeof(bytes));
		got += count > 0 ? (size_t)count : 0;
		turn(&fixture);
	}
	assert_int_equal(count, 0);
	assert_int_equal(got, sent);
	assert_int_equal(fixture.closed, 0);
	close(fixture.peer);
	fixture.peer = -1;
	teardown(&fixture);
}

static void test_messages_fit_their_limit(void **state)
{
	Vmsilo__Session__Failed failed = VMSILO__SESSION__FAILED__INIT;
	static char text[FRAME_TEXT_MAX + 1];
	struct fixture fixture;

	(void)state;
	setup(&fixture);
	memset(text, 'x', sizeof(text) - 1);
	failed.text = text;
	assert_int_equal(channel_send(fixture.channel, FRAME_FAILED, 0, &failed.base), UV_EMSGSIZE);
	text[FRAME_TEXT_MAX - 3] = '\0'; /* tag and a length of two bytes */
	assert_int_equal(channel_send(fixture.channel, FRAME_FAILED, 0, &failed.base), 0);
	assert_int_equal(channel_send_raw(fixture.channel, FRAME_END, 1, "x", 1), UV_EMSGSIZE);
	teardown(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_small_frames_share_a_packet),
		cmocka_unit_test(test_flush_is_at_once),
		cmocka_unit_test(test_large_frames_go_at_once_and_in_order),
		cmocka_unit_test(test_queue_is_bounded_and_drains),
		cmocka_unit_test(test_frames_arrive_byte_by_byte),
		cmocka_unit_test(test_end_at_a_border_is_no_violation),
		cmocka_unit_test(test_end_inside_a_frame_is_no_violation),
		cmocka_unit_test(test_what_the_owner_refuses_ends_it),
		cmocka_unit_test(test_pause_holds_frames_back),
		cmocka_unit_test(test_a_turn_is_bounded),
		cmocka_unit_test(test_what_waits_for_its_turn),
		cmocka_unit_test(test_hand_over),
		cmocka_unit_test(test_detach),
		cmocka_unit_test(test_detach_refuses_what_came_too_early),
		cmocka_unit_test(test_finish),
		cmocka_unit_test(test_messages_fit_their_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
