/* A listening socket: how many come in a turn, who waits for whom, and that it neither spins nor
 * gives up when descriptors run out. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/io/acceptor.h"
#include "proto/io/socket.h"
#include "tests/lib/test.h"

#define PEERS (ACCEPTOR_PER_TURN + 4)
#define CROWD (2 * ACCEPTOR_CROWD) /* more peers */

static int said;

static void sink(enum log_level level, const char *vm, const char *text)
{
	(void)vm;
	if (level != LOG_LEVEL_WARNING)
		return;
	assert_non_null(strstr(text, "cannot accept friends: too many open files"));
	said++;
}

struct bed {
	uv_loop_t loop;
	struct acceptor *acceptor;
	char path[64];
	int peers[PEERS];
	int listener; /* the acceptor's */
	int accepted[3 * (PEERS + CROWD)];
	int count;
	int pause_at; /* 0: never */
	bool sends_away;
};

static void on_accept(void *data, int fd, const struct sockaddr_storage *peer)
{
	struct bed *bed = data;

	assert_int_equal(peer->ss_family, AF_UNIX);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	bed->accepted[bed->count++] = fd;
	if (bed->count == bed->pause_at)
		acceptor_pause(bed->acceptor);
	if (bed->sends_away)
		acceptor_gather(bed->acceptor);
}

static void bed_make(struct bed *bed)
{
	*bed = (struct bed){0};
	snprintf(bed->path, sizeof(bed->path), "/tmp/vmsilo-acceptor-%d", getpid());
	assert_int_equal(uv_loop_init(&bed->loop), 0);
	bed->listener = socket_listen(bed->path, 64);
	const struct acceptor_options options = {.fd = bed->listener,
		.what = "friends",
		.backlog = PEERS + CROWD,
		.on_accept = on_accept,
		.data = bed};
	assert_true(options.fd >= 0);
	assert_int_equal(acceptor_create(&bed->loop, &options, &bed->acceptor), 0);
	for (int i = 0; i < PEERS; i++)
		assert_true((bed->peers[i] = socket_connect(bed->path)) >= 0);
	said = 0;
	log_set_sink(sink);
}

static void bed_end(struct bed *bed)
{
	acceptor_destroy(bed->acceptor);
	uv_run(&bed->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&bed->loop), 0);
	for (int i = 0; i < PEERS; i++)
		close(bed->peers[i]);
	for (int i = 0; i < bed->count; i++)
		close(bed->accepted[i]);
	unlink(bed->path);
	log_set_sink(NULL);
}

static void test_a_turn_has_its_bound(void **state)
{
	struct bed bed;

	(void)state;
	bed_make(&bed);
	uv_run(&bed.loop, UV_RUN_NOWAIT);
	assert_int_equal(bed.count, ACCEPTOR_PER_TURN);
	uv_run(&bed.loop, UV_RUN_NOWAIT);
	assert_int_equal(bed.count, PEERS);
	bed_end(&bed);
}

static void test_the_owner_pauses(void **state)
{
	struct bed bed;

	(void)state;
	bed_make(&bed);
	bed.pause_at = 3;
	for (int i = 0; i < 3; i++)
		uv_run(&bed.loop, UV_RUN_NOWAIT);
	assert_int_equal(bed.count, 3);
	acceptor_resume(bed.acceptor);
	uv_run(&bed.loop, UV_RUN_NOWAIT);
	assert_int_equal(bed.count, 3 + ACCEPTOR_PER_TURN);
	bed_end(&bed);
}

static void test_a_crowd_gathers(void **state)
{
	struct bed bed;

	(void)state;
	bed_make(&bed);
	bed.sends_away = true;
	/* Those who are there do not wait for it. */
	uv_run(&bed.loop, UV_RUN_NOWAIT);
	uint64_t from = uv_hrtime();
	uv_run(&bed.loop, UV_RUN_NOWAIT);
	assert_int_equal(bed.count, PEERS);
	bed.sends_away = false;
	for (int i = 0; i < 3; i++) {
		close(bed.peers[i]);
		close(bed.accepted[--bed.count]);
		assert_true((bed.peers[i] = socket_connect(bed.path)) >= 0);
	}
	/* The timer's turn, and the one in which all of them come. */
	int turns = 0;
	for (; bed.count < PEERS; turns++)
		uv_run(&bed.loop, UV_RUN_ONCE);
	assert_true(turns <= 2);
	assert_true(uv_hrtime() - from >= (uint64_t)(ACCEPTOR_GATHER_MS - 1) * 1000000);
	/* None was sent away now: the next does not wait. */
	close(bed.peers[0]);
	close(bed.accepted[--bed.count]);
	assert_true((bed.peers[0] = socket_connect(bed.path)) >= 0);
	uv_run(&bed.loop, UV_RUN_NOWAIT);
	assert_int_equal(bed.count, PEERS);
	bed_end(&bed);
}

/* How many connect before the next would wait. They are gone when it returns. */
static int backlog_of(const struct bed *bed)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fds[PEERS + CROWD], count = 0;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", bed->path);
	for (bool fits = true; fits && count < PEERS + CROWD; count += fits) {
		fds[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		fits = connect(fds[count], (struct sockaddr *)&address, sizeof(address)) == 0;
		if (!fits)
			close(fds[count]);
	}
	for (int i = 0; i < count; i++)
		close(fds[i]);
	return count;
}

/* However many of a crowd come, they are met so many at a time. */
static void test_a_crowd_has_its_bound(void **state)
{
	static int more[CROWD];
	struct bed bed;

	(void)state;
	bed_make(&bed);
	bed.sends_away = true;
	assert_int_equal(listen(bed.listener, PEERS + CROWD), 0);
	for (int i = 0; i < CROWD; i++)
		assert_true((more[i] = socket_connect(bed.path)) >= 0);
	for (int i = 0; i < ACCEPTOR_CROWD / ACCEPTOR_PER_TURN; i++)
		uv_run(&bed.loop, UV_RUN_NOWAIT);
	assert_int_equal(bed.count, ACCEPTOR_CROWD);
	/* By the clock of its timer: this process may have been asleep since. */
	uint64_t from = uv_now(&bed.loop);
	uv_run(&bed.loop, UV_RUN_ONCE);
	assert_true(uv_now(&bed.loop) - from >= ACCEPTOR_GATHER_MS - 1);
	assert_int_equal(bed.count, ACCEPTOR_CROWD);
	while (bed.count < PEERS + CROWD)
		uv_run(&bed.loop, UV_RUN_ONCE);
	assert_int_equal(backlog_of(&bed), ACCEPTOR_CROWD + 1);
	/* Once it is over others come as many at once as ever. */
	bed.sends_away = false;
	uv_sleep(ACCEPTOR_CALM_MS);
	while (acceptor_waits(bed.acceptor))
		uv_run(&bed.loop, UV_RUN_ONCE);
	int met = bed.count;
	for (; bed.count < met + ACCEPTOR_CROWD; uv_run(&bed.loop, UV_RUN_ONCE))
		close(socket_connect(bed.path));
	assert_int_equal(backlog_of(&bed), PEERS + CROWD);
	for (int i = 0; i < CROWD; i++)
		close(more[i]);
	bed_end(&bed);
}

static uint64_t cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void test_descriptors_run_out(void **state)
{
	struct rlimit limit, few;
	struct bed bed;

	(void)state;
	bed_make(&bed);
	int first_free = dup(0);
	close(first_free);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	few = limit;
	few.rlim_cur = (rlim_t)first_free + 1;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	uint64_t cpu = cpu_ms();
	uint64_t end = uv_hrtime() + 4 * (uint64_t)ACCEPTOR_RETRY_MS * 1000000;
	int turns = 0;
	while (uv_hrtime() < end) {
		uv_run(&bed.loop, UV_RUN_ONCE);
		turns++;
	}
	/* One place is free: one comes in, the others wait, for a timer and not in a circle. */
	assert_int_equal(bed.count, 1);
	assert_int_equal(said, 1);
	assert_true(turns < 20);
	assert_true(cpu_ms() - cpu < ACCEPTOR_RETRY_MS);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (bed.count < PEERS)
		uv_run(&bed.loop, UV_RUN_ONCE);
	assert_int_equal(said, 1);
	bed_end(&bed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_turn_has_its_bound),
		cmocka_unit_test(test_the_owner_pauses),
		cmocka_unit_test(test_a_crowd_gathers),
		cmocka_unit_test(test_a_crowd_has_its_bound),
		cmocka_unit_test(test_descriptors_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
