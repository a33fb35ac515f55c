/* The QMP connection against a QEMU that is played: one command at a time, the newest wish wins,
 * and a QEMU that does not answer holds nobody up. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/monitor/qemu/qmp.h"
#include "tests/lib/test.h"

#define GREETING "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\n"
#define QUERY "{\"execute\": \"query-balloon\", \"id\": \"balloon\"}\n"

struct play {
	uv_loop_t loop;
	int fd; /* QEMU's end */
	void *qmp;
	uint64_t told; /* the guest's size */
	enum monitor_event event;
	int events;
	enum monitor_end ending;
	int endings;
	bool ended;
};

static void on_event(void *data, enum monitor_event event)
{
	struct play *play = data;

	play->event = event;
	play->events++;
}

static void on_balloon(void *data, uint64_t guest_bytes)
{
	struct play *play = data;

	play->told = guest_bytes;
}

static void on_shutdown(void *data, enum monitor_end end)
{
	struct play *play = data;

	play->ending = end;
	play->endings++;
}

static void on_end(void *data, const char *text)
{
	struct play *play = data;

	(void)text;
	play->ended = true;
}

static const struct monitor_control_callbacks callbacks = {.on_event = on_event,
	.on_balloon = on_balloon,
	.on_shutdown = on_shutdown,
	.on_end = on_end};

static void turn(struct play *play)
{
	for (int i = 0; i < 5; i++)
		uv_run(&play->loop, UV_RUN_NOWAIT);
}

static void say(struct play *play, const char *text)
{
	assert_int_equal(write(play->fd, text, strlen(text)), strlen(text));
	turn(play);
}

/* All that was sent to QEMU since. */
static void heard(struct play *play, const char *text)
{
	char got[4096];

	turn(play);
	ssize_t length = recv(play->fd, got, sizeof(got) - 1, MSG_DONTWAIT);
	got[length > 0 ? length : 0] = '\0';
	assert_string_equal(got, text);
}

/* There may be more. */
static void heard_first(struct play *play, const char *text)
{
	char got[128] = "";

	turn(play);
	assert_int_equal(recv(play->fd, got, strlen(text), MSG_DONTWAIT), strlen(text));
	assert_string_equal(got, text);
}

static void begin(struct play *play)
{
	int fds[2];

	*play = (struct play){0};
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
	play->fd = fds[1];
	assert_int_equal(uv_loop_init(&play->loop), 0);
	assert_int_equal(
		qmp_control.create(&play->loop, fds[0], 1 << 28, &callbacks, play, &play->qmp), 0);
}

static void ready(struct play *play)
{
	say(play, GREETING);
	heard(play, "{\"execute\": \"qmp_capabilities\"}\n");
	say(play, "{\"return\": {}}\n");
	heard_first(play, "{\"execute\": \"query-status\"}\n");
	assert_int_equal(play->events, 1);
	assert_int_equal(play->event, MONITOR_EVENT_CONTROL_READY);
}

/* The loop must be left empty. */
static void end(struct play *play)
{
	qmp_control.destroy(play->qmp);
	uv_run(&play->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&play->loop), 0);
	close(play->fd);
}

static const char *balloon(uint64_t bytes)
{
	static char text[128];

	snprintf(text, sizeof(text),
		"{\"execute\": \"balloon\", \"arguments\": {\"value\": %llu}, \"id\": "
		"\"balloon\"}\n",
		(unsigned long long)bytes);
	return text;
}

/* The guest stands still from the event on, not from the command. */
static void test_pause(void **state)
{
	struct play play;

	(void)state;
	begin(&play);
	ready(&play);
	assert_int_equal(qmp_control.pause(play.qmp, true), 0);
	heard(&play, "{\"execute\": \"stop\"}\n");
	say(&play, "{\"return\": {}}\n");
	assert_int_equal(play.events, 1);
	say(&play, "{\"event\": \"STOP\"}\n");
	assert_int_equal(play.event, MONITOR_EVENT_PAUSED);
	assert_int_equal(qmp_control.pause(play.qmp, false), 0);
	heard(&play, "{\"execute\": \"cont\"}\n");
	say(&play, "{\"event\": \"RESUME\"}\n");
	assert_int_equal(play.event, MONITOR_EVENT_RESUMED);
	assert_int_equal(play.events, 3);
	end(&play);
}

/* One that an earlier broker has paused tells nothing of it by itself. */
static void test_found_paused(void **state)
{
	struct play play;

	(void)state;
	begin(&play);
	ready(&play);
	say(&play, "{\"return\": {\"status\": \"running\", \"running\": true}}\n");
	assert_int_equal(play.events, 1);
	say(&play, "{\"return\": {\"status\": \"paused\", \"running\": false}}\n");
	assert_int_equal(play.events, 2);
	assert_int_equal(play.event, MONITOR_EVENT_PAUSED);
	end(&play);
}

/* Of what is asked for before QEMU listens, the last counts. */
static void test_pause_before_ready(void **state)
{
	struct play play;

	(void)state;
	begin(&play);
	assert_int_equal(qmp_control.pause(play.qmp, false), 0);
	assert_int_equal(qmp_control.pause(play.qmp, true), 0);
	heard(&play, "");
	ready(&play);
	heard(&play, "{\"execute\": \"stop\"}\n");
	say(&play, "no QMP\n");
	assert_true(play.ended);
	assert_int_equal(qmp_control.pause(play.qmp, false), UV_EPIPE);
	end(&play);
}

static void test_waits_for_ready(void **state)
{
	struct play play;

	(void)state;
	begin(&play);
	assert_int_equal(qmp_control.balloon(play.qmp, 0), 0);
	heard(&play, "");
	ready(&play);
	heard(&play, QUERY);
	say(&play, "{\"return\": {\"actual\": 4096}, \"id\": \"balloon\"}\n");
	assert_int_equal(play.told, 4096);
	heard(&play, "");
	end(&play);
}

static void test_one_at_a_time(void **state)
{
	struct play play;

	(void)state;
	begin(&play);
	ready(&play);
	assert_int_equal(qmp_control.balloon(play.qmp, 1000), 0);
	heard(&play, balloon(1000));
	for (uint64_t bytes = 2000; bytes < 200000; bytes += 1000)
		assert_int_equal(qmp_control.balloon(play.qmp, bytes), 0);
	heard(&play, "");
	/* Others' answers are not its. */
	say(&play, "{\"return\": {}}\n{\"return\": {}, \"id\": \"else\"}\n");
	heard(&play, "");
	say(&play, "{\"return\": {}, \"id\": \"balloon\"}\n");
	heard(&play, balloon(199000));
	say(&play, "{\"error\": {\"class\": \"X\", \"desc\": \"no\"}, \"id\": \"balloon\"}\n");
	heard(&play, QUERY);
	say(&play, "{\"event\": \"BALLOON_CHANGE\", \"data\": {\"actual\": 8192}}\n");
	assert_int_equal(play.told, 8192);
	say(&play, "{\"return\": {\"actual\": 12288}, \"id\": \"balloon\"}\n");
	assert_int_equal(play.told, 12288);
	heard(&play, "");
	end(&play);
}

static void test_events(void **state)
{
	struct play play;

	(void)state;
	begin(&play);
	ready(&play);
	say(&play, "{\"event\": \"NIC_RX_FILTER_CHANGED\"}\n");
	assert_int_equal(play.events, 1);
	say(&play, "{\"event\": \"GUEST_PANICKED\"}\n");
	assert_int_equal(play.event, MONITOR_EVENT_PANICKED);
	assert_int_equal(play.events, 2);
	assert_false(play.ended);
	say(&play, "no QMP\n");
	assert_true(play.ended);
	assert_int_equal(qmp_control.balloon(play.qmp, 1000), UV_EPIPE);
	end(&play);
}

#define DISK_ERROR(action, nospace) \
	"{\"event\": \"BLOCK_IO_ERROR\", \"data\": {\"device\": \"\", \"node-name\": " \
	"\"disk-home\", \"operation\": \"write\", \"action\": \"" action \
	"\", \"nospace\": " nospace ", \"reason\": \"No space left on device\"}}\n"

static void test_disk_errors(void **state)
{
	struct play play;

	(void)state;
	begin(&play);
	ready(&play);
	say(&play, "{\"return\": {\"status\": \"running\", \"running\": true}}\n");
	say(&play, DISK_ERROR("report", "true"));
	assert_int_equal(play.events, 1);
	say(&play, DISK_ERROR("stop", "true"));
	assert_int_equal(play.event, MONITOR_EVENT_DISK_FULL);
	say(&play, DISK_ERROR("stop", "false"));
	assert_int_equal(play.event, MONITOR_EVENT_DISK_FAILED);
	assert_int_equal(play.events, 3);
	end(&play);
}

static void test_resize(void **state)
{
	struct play play;

	(void)state;
	begin(&play);
	assert_int_equal(qmp_control.resize_disk(play.qmp, "home", 4096), UV_EAGAIN);
	ready(&play);
	assert_int_equal(qmp_control.resize_disk(play.qmp, "home", 1 << 30), 0);
	heard(&play,
		"{\"execute\": \"block_resize\", \"arguments\": {\"node-name\": \"disk-home\", "
		"\"size\": 1073741824}, \"id\": \"resize\"}\n");
	say(&play, "{\"error\": {\"class\": \"X\", \"desc\": \"no\"}, \"id\": \"resize\"}\n");
	assert_int_equal(play.events, 1);
	say(&play, "{\"return\": {}, \"id\": \"resize\"}\n");
	assert_int_equal(play.event, MONITOR_EVENT_DISK_RESIZED);
	end(&play);
}

/* An earlier broker was told of it. */
static void test_disk_error_before(void **state)
{
	struct play play;

	(void)state;
	begin(&play);
	ready(&play);
	say(&play, "{\"return\": {\"status\": \"io-error\", \"running\": false}}\n");
	assert_int_equal(play.event, MONITOR_EVENT_DISK_FULL);
	end(&play);
}

/* QEMU is gone while it owes an answer. */
static void test_end(void **state)
{
	struct play play;

	(void)state;
	begin(&play);
	ready(&play);
	qmp_control.balloon(play.qmp, 1000);
	shutdown(play.fd, SHUT_RDWR);
	turn(&play);
	assert_true(play.ended);
	end(&play);
}

/* All of QEMU's ShutdownCause, and what none of its versions has said yet. */
static void test_why_it_ends(void **state)
{
	static const struct {
		const char *reason;
		enum monitor_end end;
	} causes[] = {
		{"none", MONITOR_END_UNKNOWN},
		{"host-error", MONITOR_END_ERROR},
		{"host-qmp-quit", MONITOR_END_QUIT},
		{"host-qmp-system-reset", MONITOR_END_RESET},
		{"host-signal", MONITOR_END_SIGNAL},
		{"host-ui", MONITOR_END_QUIT},
		{"guest-shutdown", MONITOR_END_POWERED_OFF},
		{"guest-reset", MONITOR_END_RESET},
		{"guest-panic", MONITOR_END_PANICKED},
		{"subsystem-reset", MONITOR_END_RESET},
		{"snapshot-load", MONITOR_END_RESET},
		{"guest-shutdown ", MONITOR_END_UNKNOWN},
		{"", MONITOR_END_UNKNOWN},
	};
	struct play play;
	char line[256];

	(void)state;
	begin(&play);
	ready(&play);
	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		snprintf(line, sizeof(line),
			"{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": true, \"reason\": "
			"\"%s\"}}\n",
			causes[i].reason);
		say(&play, line);
		assert_int_equal(play.endings, i + 1);
		assert_int_equal(play.ending, causes[i].end);
	}
	say(&play, "{\"event\": \"SHUTDOWN\"}\n");
	assert_int_equal(play.ending, MONITOR_END_UNKNOWN);
	end(&play);
}

/* What is killed from outside may do better the next time; what crashes will crash again. */
static void test_an_end_without_words(void **state)
{
	(void)state;
	assert_int_equal(monitor_end_of_status(SIGKILL), MONITOR_END_KILLED);
	assert_int_equal(monitor_end_of_status(SIGTERM), MONITOR_END_KILLED);
	assert_int_equal(monitor_end_of_status(SIGSYS), MONITOR_END_UNKNOWN);
	assert_int_equal(monitor_end_of_status(SIGSEGV), MONITOR_END_UNKNOWN);
	assert_int_equal(monitor_end_of_status(0), MONITOR_END_UNKNOWN);
	assert_int_equal(monitor_end_of_status(1 << 8), MONITOR_END_UNKNOWN);
	assert_int_equal(monitor_end_of_status(-1), MONITOR_END_UNKNOWN);
	assert_null(monitor_end_words(MONITOR_END_UNKNOWN));
	assert_non_null(monitor_end_words(MONITOR_END_SIGNAL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_waits_for_ready),
		cmocka_unit_test(test_pause), cmocka_unit_test(test_found_paused),
		cmocka_unit_test(test_pause_before_ready), cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_events), cmocka_unit_test(test_resize),
		cmocka_unit_test(test_disk_errors), cmocka_unit_test(test_disk_error_before),
		cmocka_unit_test(test_end), cmocka_unit_test(test_why_it_ends),
		cmocka_unit_test(test_an_end_without_words)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
