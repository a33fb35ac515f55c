/* A session's streams from a peer who announces what he likes: judged by the header, bounded, and
 * no byte out of its place. */
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "tests/lib/stream-rig.h"
#include "tests/lib/test.h"

static void announce(const struct stream_rig *rig, uint16_t stream, uint32_t length)
{
	uint8_t header[FRAME_HEADER_SIZE];

	frame_encode_header(header, FRAME_DATA, stream, length);
	assert_int_equal(write(rig->peer, header, sizeof(header)), sizeof(header));
}

/* What was announced and has not come is waited for; once it cannot come any more, it is over. */
static void test_less_than_was_announced(void **state)
{
	struct stream_rig rig;
	int out[2];

	(void)state;
	rig_begin_hostile(&rig);
	rig_make(PIPE, out);
	rig_sink(&rig, &rig.client, 1, out[1]);
	announce(&rig, 1, 60000);
	rig_turns(&rig, 10);
	assert_int_equal(rig.client.closed, 0);
	assert_int_equal(write(rig.peer, rig_sent, 10000), 10000);
	rig_turns(&rig, 10);
	assert_int_equal(read(out[0], rig_got, sizeof(rig_got)), 10000);
	assert_memory_equal(rig_got, rig_sent, 10000);
	close(rig.peer);
	rig.peer = -1;
	rig_turns(&rig, 10);
	assert_int_equal(rig.client.closed, 1);
	assert_int_equal(rig.client.reason, UV_ECONNRESET);
	close(out[0]);
	close(out[1]);
	rig_end(&rig);
}

/* It is judged by its header, before any of it has come. */
static void test_more_than_there_is_credit_for(void **state)
{
	int out[2];
	struct stream_rig rig;

	(void)state;
	rig_begin_hostile(&rig);
	rig_make(PIPE, out);
	fcntl(out[1], F_SETPIPE_SZ, 4096);
	assert_int_equal(write(out[1], rig_sent, 4096), 4096); /* it is full */
	rig_sink(&rig, &rig.client, 1, out[1]);
	for (int i = 0; i < SESSION_WINDOW / FRAME_DATA_MAX; i++) {
		announce(&rig, 1, FRAME_DATA_MAX);
		assert_int_equal(write(rig.peer, rig_sent, FRAME_DATA_MAX), FRAME_DATA_MAX);
		rig_turns(&rig, 10);
	}
	assert_int_equal(rig.client.closed, 0);
	announce(&rig, 1, 32768);
	rig_turns(&rig, 10);
	assert_int_equal(rig.client.closed, 1);
	assert_int_equal(rig.client.reason, UV_EPROTO);
	assert_true(rig_waiting(&rig.client.sinks[1]) <= SESSION_WINDOW);
	close(out[0]);
	close(out[1]);
	rig_end(&rig);
}

/* A stream that the writer does not have, and one that has ended. */
static void test_a_stream_out_of_place(void **state)
{
	for (uint16_t stream = 0; stream < 2; stream++) {
		int out[2];
		struct stream_rig rig;
		(void)state;
		rig_begin_hostile(&rig);
		rig_make(PIPE, out);
		rig_sink(&rig, &rig.client, 1, out[1]);
		rig.client.streams.rules.ended[1] = true;
		announce(&rig, stream, 32768);
		rig_turns(&rig, 10);
		assert_int_equal(rig.client.reason, UV_EPROTO);
		close(out[0]);
		close(out[1]);
		rig_end(&rig);
	}
}

/* Each byte for itself takes a place in a pipe that a page could have: all come, and in order. */
static void test_bytes_one_by_one(void **state)
{
	enum { LENGTH = 20000 };
	struct stream_rig rig;
	int out[2];
	size_t taken = 0;

	(void)state;
	rig_begin_hostile(&rig);
	rig_make(PIPE, out);
	fcntl(out[1], F_SETPIPE_SZ, 4096);
	rig_far_end(out[0]);
	rig_sink(&rig, &rig.client, 1, out[1]);
	announce(&rig, 1, LENGTH);
	for (size_t i = 0; i < LENGTH; i++) {
		assert_int_equal(write(rig.peer, rig_sent + i, 1), 1);
		if (i % 64 == 0)
			rig_turn(&rig);
	}
	rig_turns(&rig, 100);
	assert_true(rig.client.sinks[1].hold.length > 0);
	assert_true(bytes_length(&rig.client.sinks[1].waiting) > 0);
	for (int i = 0; i < TURNS_MAX && taken < LENGTH; i++) {
		rig_take(out[0], &taken, 4096);
		rig_turn(&rig);
	}
	assert_int_equal(taken, LENGTH);
	assert_memory_equal(rig_sent, rig_got, LENGTH);
	close(out[0]);
	close(out[1]);
	rig_end(&rig);
}

/* Between large payloads, and in the midst of what waits, small frames keep their place. */
static void test_sizes_in_turn(void **state)
{
	static const uint32_t sizes[] = {1, 65536, 3, 16384, 16383, 40000, 100, 4096, 61440};
	size_t at = 0, taken = 0;
	struct stream_rig rig;
	int out[2];

	(void)state;
	rig_begin_hostile(&rig);
	rig_make(PIPE, out);
	rig_far_end(out[0]);
	rig_sink(&rig, &rig.client, 2, out[1]);
	for (int round = 0; round < 20; round++) {
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			announce(&rig, 2, sizes[i]);
			assert_int_equal(write(rig.peer, rig_sent + at, sizes[i]), sizes[i]);
			at += sizes[i];
			rig_turn(&rig);
			rig_take(out[0], &taken, i % 2 == 0 ? 65536 : 30000);
		}
		for (int i = 0; i < 1000 && taken < at; i++) {
			rig_take(out[0], &taken, 65536);
			rig_turn(&rig);
		}
		assert_int_equal(taken, at);
		if (at + 300000 > AMOUNT)
			at = taken = 0;
	}
	assert_int_equal(rig.client.closed, 0);
	assert_memory_equal(rig_sent, rig_got, at);
	close(out[0]);
	close(out[1]);
	rig_end(&rig);
}

/* The reader goes while a payload is on its way: its rest is dropped, and the next frame is read.
 */
static void test_a_reader_that_goes_within_a_payload(void **state)
{
	uint8_t end[FRAME_HEADER_SIZE];
	struct stream_rig rig;
	int out[2];

	(void)state;
	rig_begin_hostile(&rig);
	rig_make(PIPE, out);
	rig_sink(&rig, &rig.client, 1, out[1]);
	announce(&rig, 1, 60000);
	assert_int_equal(write(rig.peer, rig_sent, 20000), 20000);
	rig_turns(&rig, 5);
	close(out[0]);
	assert_int_equal(write(rig.peer, rig_sent + 20000, 40000), 40000);
	frame_encode_header(end, FRAME_END, 1, 0);
	assert_int_equal(write(rig.peer, end, sizeof(end)), sizeof(end));
	rig_turns(&rig, 20);
	assert_true(rig.client.sinks[1].closed);
	assert_true(rig.client.streams.rules.ended[1]);
	assert_int_equal(rig.client.closed, 0);
	close(out[1]);
	rig_end(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_less_than_was_announced),
		cmocka_unit_test(test_more_than_there_is_credit_for),
		cmocka_unit_test(test_a_stream_out_of_place),
		cmocka_unit_test(test_bytes_one_by_one),
		cmocka_unit_test(test_sizes_in_turn),
		cmocka_unit_test(test_a_reader_that_goes_within_a_payload),
	};

	signal(SIGPIPE, SIG_IGN);
	rig_fill();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
