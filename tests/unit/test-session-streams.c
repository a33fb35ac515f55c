/* A session's streams from descriptor to descriptor, of each kind: all comes, and in order; a stall
 * is its own; who shares a file keeps his place in it. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/stream-rig.h"
#include "tests/lib/test.h"

/* ---- what goes in comes out ---- */

static void carry(struct stream_rig *rig, enum stream_far_kind input, enum stream_far_kind output,
	size_t piece)
{
	int in, in_far, out, out_far;
	size_t fed = 0, taken = 0;

	rig_input(input, &in, &in_far);
	rig_output(output, &out, &out_far);
	rig_source(rig, &rig->agent, 1, in);
	rig_sink(rig, &rig->client, 1, out);
	for (int i = 0; i < TURNS_MAX && taken < AMOUNT; i++) {
		rig_feed(in_far, &fed, piece);
		rig_turn(rig);
		if (output == FILE_ITSELF)
			taken = (size_t)lseek(out_far, 0, SEEK_CUR);
		else
			rig_take(out_far, &taken, piece);
	}
	if (output == FILE_ITSELF)
		assert_int_equal(pread(out_far, rig_got, sizeof(rig_got), 0), AMOUNT);
	assert_int_equal(taken, AMOUNT);
	assert_memory_equal(rig_sent, rig_got, AMOUNT);
	if (in_far >= 0)
		close(in_far);
	close(in);
	close(out);
	close(out_far);
}

static void carry_each_kind(int buffer, size_t piece)
{
	for (int input = PIPE; input <= FILE_ITSELF; input++)
		for (int output = PIPE; output <= FILE_ITSELF; output++) {
			struct stream_rig rig;
			rig_begin(&rig, buffer);
			memset(rig_got, 0, sizeof(rig_got));
			carry(&rig, (enum stream_far_kind)input, (enum stream_far_kind)output,
				piece);
			assert_int_equal(rig.client.failed, 0);
			assert_int_equal(rig.client.closed + rig.agent.closed, 0);
			rig_end(&rig);
		}
}

static void test_each_kind(void **state)
{
	(void)state;
	carry_each_kind(0, 65536);
}

static void test_each_kind_in_odd_pieces_over_a_small_socket(void **state)
{
	(void)state;
	carry_each_kind(4096, 61440 + 4096 + 13);
}

/* The kernel moves what it can, and what it cannot is copied. */
static void test_what_is_spliced(void **state)
{
	struct stream_rig rig;

	(void)state;
	rig_begin(&rig, 0);
	carry(&rig, PIPE, PIPE, 65536);
	assert_int_equal(rig.agent.sources[1].splice, SPLICE_WORKS);
	assert_false(rig.client.sinks[1].copies);
	assert_true(rig.client.sinks[1].hold.read_fd >= 0 || rig.client.sinks[1].closed);
	rig_end(&rig);
	rig_begin(&rig, 0);
	carry(&rig, FILE_ITSELF, FILE_ITSELF, 65536);
	assert_int_equal(rig.agent.sources[1].splice, SPLICE_WORKS);
	assert_true(rig.client.sinks[1].copies); /* others may write to the file as well */
	rig_end(&rig);
	rig_begin(&rig, 0);
	carry(&rig, SOCKET, SOCKET, 65536);
	assert_int_equal(rig.agent.sources[1].splice, SPLICE_NEVER);
	assert_true(rig.client.sinks[1].copies);
	rig_end(&rig);
}

/* ---- files that others read too ---- */

/* Two who read one file have each of its bytes once, and leave it at its end. */
static void test_a_shared_file(void **state)
{
	static unsigned int seen[256], had[256];
	int in, none, out[2][2];
	size_t taken = 0;
	struct stream_rig rig;

	(void)state;
	rig_begin(&rig, 0);
	rig_input(FILE_ITSELF, &in, &none);
	for (int i = 0; i < 2; i++) {
		rig_make(PIPE, out[i]);
		rig_far_end(out[i][0]);
		rig_source(&rig, &rig.agent, (uint16_t)(i + 1), in);
		rig_sink(&rig, &rig.client, (uint16_t)(i + 1), out[i][1]);
	}
	for (int i = 0; i < TURNS_MAX && taken < AMOUNT; i++) {
		rig_turn(&rig);
		rig_take(out[i & 1][0], &taken, 65536);
	}
	assert_int_equal(taken, AMOUNT);
	assert_true(rig.client.sinks[1].credit.consumed + rig.client.sinks[2].credit.consumed > 0);
	for (size_t i = 0; i < AMOUNT; i++) {
		had[rig_sent[i]]++;
		seen[rig_got[i]]++;
	}
	assert_memory_equal(seen, had, sizeof(had));
	assert_int_equal(lseek(in, 0, SEEK_CUR), AMOUNT);
	for (int i = 0; i < 2; i++) {
		close(out[i][0]);
		close(out[i][1]);
	}
	close(in);
	rig_end(&rig);
}

/* What was read of a file that is read no further was rig_sent; the rest is the next one's. */
static void test_a_file_that_is_left(void **state)
{
	int in, none, out[2];
	size_t taken = 0;
	struct stream_rig rig;

	(void)state;
	rig_begin(&rig, 0);
	rig_input(FILE_ITSELF, &in, &none);
	rig_make(PIPE, out);
	rig_far_end(out[0]);
	rig_source(&rig, &rig.agent, 1, in);
	rig_sink(&rig, &rig.client, 1, out[1]);
	rig_turns(&rig, 50);
	off_t at = lseek(in, 0, SEEK_CUR);
	assert_in_range(at, SESSION_WINDOW, AMOUNT - 1);
	source_stop(&rig.agent.sources[1]);
	for (int i = 0; i < 1000 && taken < (size_t)at; i++) {
		rig_take(out[0], &taken, 65536);
		rig_turn(&rig);
	}
	rig_turns(&rig, 50);
	assert_int_equal(taken, at);
	assert_int_equal(lseek(in, 0, SEEK_CUR), at);
	assert_memory_equal(rig_sent, rig_got, (size_t)at);
	assert_true(rig.client.sinks[1].closed); /* END came behind it */
	close(in);
	close(out[0]);
	close(out[1]);
	rig_end(&rig);
}

/* ---- streams that stall, end and break ---- */

/* Who does not read stdout has his stderr all the same, and costs a window. */
static void test_a_stall_is_its_own(void **state)
{
	int in[2], in_far, out[2], unread[2];
	size_t fed = 0, taken = 0;
	struct stream_rig rig;

	(void)state;
	rig_begin(&rig, 0);
	rig_input(FILE_ITSELF, &in[0], &in_far);
	rig_input(PIPE, &in[1], &in_far);
	rig_make(PIPE, unread);
	rig_make(PIPE, out);
	rig_far_end(out[0]);
	rig_source(&rig, &rig.agent, 1, in[0]);
	rig_source(&rig, &rig.agent, 2, in[1]);
	rig_sink(&rig, &rig.client, 1, unread[1]);
	rig_sink(&rig, &rig.client, 2, out[1]);
	for (int i = 0; i < TURNS_MAX && taken < AMOUNT; i++) {
		rig_feed(in_far, &fed, 65536);
		rig_turn(&rig);
		rig_take(out[0], &taken, 65536);
		assert_true(rig_waiting(&rig.client.sinks[1]) <= SESSION_WINDOW);
	}
	assert_memory_equal(rig_sent, rig_got, AMOUNT);
	assert_int_equal(taken, AMOUNT);
	assert_in_range(rig_waiting(&rig.client.sinks[1]), SESSION_WINDOW / 2, SESSION_WINDOW);
	assert_in_range(lseek(in[0], 0, SEEK_CUR), SESSION_WINDOW, 3 * SESSION_WINDOW);
	for (int i = 0; i < 2; i++) {
		close(in[i]);
		close(out[i]);
		close(unread[i]);
	}
	close(in_far);
	rig_end(&rig);
}

/* STOP goes to the writer, what was under way is dropped, and the other stream goes on. */
static void test_a_reader_that_goes(void **state)
{
	int in, none, out[2], other[2], other_in[2];
	char text[8];
	struct stream_rig rig;

	(void)state;
	rig_begin(&rig, 0);
	rig_input(FILE_ITSELF, &in, &none);
	rig_make(PIPE, out);
	rig_make(PIPE, other);
	rig_make(PIPE, other_in);
	rig_source(&rig, &rig.agent, 1, in);
	rig_source(&rig, &rig.agent, 2, other_in[0]);
	rig_sink(&rig, &rig.client, 1, out[1]);
	rig_sink(&rig, &rig.client, 2, other[1]);
	rig_turns(&rig, 50);
	assert_true(rig_waiting(&rig.client.sinks[1]) > 0);
	close(out[0]);
	rig_turns(&rig, 50);
	assert_true(rig.client.sinks[1].closed);
	assert_int_equal(rig.client.failed, 0);
	assert_false(rig.agent.sources[1].open);
	assert_true(rig.agent.streams.rules.stopped[1]);
	assert_true(rig.client.streams.rules.ended[1]);
	assert_int_equal(write(other_in[1], "still", 5), 5);
	rig_turns(&rig, 50);
	assert_int_equal(read(other[0], text, sizeof(text)), 5);
	close(in);
	close(out[1]);
	for (int i = 0; i < 2; i++) {
		close(other[i]);
		close(other_in[i]);
	}
	rig_end(&rig);
}

/* A full disk is told of once. */
static void test_a_full_device(void **state)
{
	int in, none, full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	struct stream_rig rig;

	(void)state;
	rig_begin(&rig, 0);
	rig_input(FILE_ITSELF, &in, &none);
	rig_source(&rig, &rig.agent, 1, in);
	rig_sink(&rig, &rig.client, 1, full);
	rig_turns(&rig, 100);
	assert_int_equal(rig.client.failed, UV_ENOSPC);
	assert_false(rig.agent.sources[1].open);
	close(full);
	close(in);
	rig_end(&rig);
}

/* All that a program wrote comes, to the last byte, and then the end. */
static void test_the_end_waits_for_what_is_before_it(void **state)
{
	int in, none, out[2];
	struct stream_rig rig;

	(void)state;
	rig_begin(&rig, 0);
	rig_make(PIPE, out);
	rig_input(FILE_ITSELF, &in, &none);
	lseek(in, AMOUNT - 200000, SEEK_SET);
	rig_source(&rig, &rig.agent, 1, in);
	rig_sink(&rig, &rig.client, 1, out[1]);
	close(out[1]); /* ours is another: it was opened again */
	rig_turns(&rig, 50);
	assert_true(rig.client.sinks[1].ending);
	assert_false(rig.client.sinks[1].closed);
	size_t taken = 0;
	for (int i = 0; i < 100; i++) {
		rig_far_end(out[0]);
		rig_take(out[0], &taken, 65536);
		rig_turn(&rig);
	}
	assert_int_equal(taken, 200000);
	assert_true(rig.client.sinks[1].closed);
	assert_int_equal(read(out[0], rig_got, 1), 0);
	close(out[0]);
	close(in);
	rig_end(&rig);
}

/* Of what is drained the rest is another's: what is there is rig_sent, then END. */
static void test_a_drained_source(void **state)
{
	int in[2], out[2];
	struct stream_rig rig;

	(void)state;
	rig_begin(&rig, 0);
	rig_make(PIPE, in);
	rig_make(PIPE, out);
	assert_int_equal(write(in[1], rig_sent, 1000), 1000);
	rig_source(&rig, &rig.agent, 1, in[0]);
	rig_sink(&rig, &rig.client, 1, out[1]);
	source_drain(&rig.agent.sources[1]);
	assert_true(rig.agent.sources[1].ended);
	assert_true(rig.agent.sources[1].cut);
	rig_turns(&rig, 20);
	assert_int_equal(read(out[0], rig_got, sizeof(rig_got)), 1000);
	for (int i = 0; i < 2; i++) {
		close(in[i]);
		close(out[i]);
	}
	rig_end(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_kind),
		cmocka_unit_test(test_each_kind_in_odd_pieces_over_a_small_socket),
		cmocka_unit_test(test_what_is_spliced),
		cmocka_unit_test(test_a_shared_file),
		cmocka_unit_test(test_a_file_that_is_left),
		cmocka_unit_test(test_a_stall_is_its_own),
		cmocka_unit_test(test_a_reader_that_goes),
		cmocka_unit_test(test_a_full_device),
		cmocka_unit_test(test_the_end_waits_for_what_is_before_it),
		cmocka_unit_test(test_a_drained_source),
	};

	signal(SIGPIPE, SIG_IGN);
	rig_fill();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
