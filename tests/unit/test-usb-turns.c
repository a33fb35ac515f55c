/* A guest that queues requests by the thousand, and what else the server's loop has to do. */
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "tests/lib/test.h"
#include "tests/lib/usb-rig.h"

#define REQUEST_SIZE 48
#define QUEUED 1000                       /* requests, in one read */
#define FLOOD (SERVER_ANSWERS_MAX + 1024) /* more than the queue of answers and the socket hold */
#define SMALL_BUFFER 4096                 /* bytes of the socket: soon full */
#define UNKNOWN 0xffffff                  /* a request's number that was never given */
#define WAIT_MS 50

struct turns {
	struct rig *rig;
	uv_loop_t loop;
	uv_check_t check; /* sees the end of each turn */
	uv_timer_t timer;
	uv_async_t device; /* a descriptor of libusb's: a transfer is finished */
	uv_signal_t term;
	void (*after_first)(struct turns *turns);
	int fds[2]; /* the server's, the guest's */
	unsigned int count;
	unsigned int called, outputs;           /* up to the last turn's end */
	unsigned int called_most, outputs_most; /* in one turn */
	unsigned int called_at_timer, called_at_finish, called_at_term;
	bool timer_ran, finished, stopped;
};

/* ---- the loop's other work ---- */

static unsigned int most(unsigned int a, unsigned int b)
{
	return a > b ? a : b;
}

static void on_turn(uv_check_t *check)
{
	struct turns *turns = check->data;

	turns->called_most = most(turns->called_most, fake_usb.called - turns->called);
	turns->outputs_most = most(turns->outputs_most, turns->rig->outputs - turns->outputs);
	if (turns->outputs == 0 && turns->rig->outputs > 0 && turns->after_first)
		turns->after_first(turns);
	turns->called = fake_usb.called;
	turns->outputs = turns->rig->outputs;
	turns->count++;
}

static void on_timer(uv_timer_t *timer)
{
	struct turns *turns = timer->data;

	turns->timer_ran = true;
	turns->called_at_timer = fake_usb.called;
}

static void on_device(uv_async_t *device)
{
	struct turns *turns = device->data;

	turns->finished = true;
	turns->called_at_finish = fake_usb.called;
	fake_usb_complete(0, LIBUSB_TRANSFER_COMPLETED, 0);
}

static void stream_stop(struct turns *turns)
{
	if (turns->rig->stream)
		stream_destroy(turns->rig->stream);
	turns->rig->stream = NULL;
}

/* As the program does. */
static void on_term(uv_signal_t *term, int number)
{
	struct turns *turns = term->data;

	(void)number;
	turns->stopped = true;
	turns->called_at_term = fake_usb.called;
	stream_stop(turns);
	server_stop(turns->rig->server);
}

static void on_end(void *data, int reason)
{
	(void)data;
	fail_msg("the stream ended: %d", reason);
}

static int turns_up(void **state)
{
	static struct turns turns;
	void *rig;

	memset(&turns, 0, sizeof(turns));
	rig_up(&rig);
	turns.rig = rig;
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, turns.fds), 0);
	assert_int_equal(uv_loop_init(&turns.loop), 0);
	uv_check_init(&turns.loop, &turns.check);
	uv_timer_init(&turns.loop, &turns.timer);
	uv_async_init(&turns.loop, &turns.device, on_device);
	uv_signal_init(&turns.loop, &turns.term);
	turns.check.data = turns.timer.data = turns.device.data = turns.term.data = &turns;
	uv_check_start(&turns.check, on_turn);
	uv_signal_start(&turns.term, on_term, SIGTERM);
	assert_int_equal(stream_create(&turns.loop, turns.fds[0], turns.rig->server, on_end, &turns,
				 &turns.rig->stream),
		0);
	*state = &turns;
	return 0;
}

static int turns_down(void **state)
{
	struct turns *turns = *state;
	void *rig = turns->rig;

	stream_stop(turns);
	uv_close((uv_handle_t *)&turns->check, NULL);
	uv_close((uv_handle_t *)&turns->timer, NULL);
	uv_close((uv_handle_t *)&turns->device, NULL);
	uv_close((uv_handle_t *)&turns->term, NULL);
	uv_run(&turns->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&turns->loop), 0);
	close(turns->fds[0]);
	close(turns->fds[1]);
	return rig_down(&rig);
}

/* ---- the guest ---- */

static void guest_queue(struct turns *turns, const uint8_t *bytes, size_t length)
{
	assert_int_equal(send(turns->fds[1], bytes, length, MSG_NOSIGNAL), length);
}

/* A transfer that the device has, and behind it ports' resets. */
static void resets_queue(struct turns *turns)
{
	static uint8_t bytes[(1 + QUEUED) * REQUEST_SIZE];

	submit_header(bytes, (struct submit){.in = true, .endpoint = 3, .length = 8});
	for (uint32_t i = 1; i <= QUEUED; i++)
		submit_header(bytes + i * REQUEST_SIZE,
			(struct submit){.seqnum = i, .setup = {0x23, 3, 4, 0, 1, 0, 0, 0}});
	guest_queue(turns, bytes, sizeof(bytes));
}

static void unlinks_queue(struct turns *turns, uint32_t count)
{
	static uint8_t bytes[FLOOD * REQUEST_SIZE];

	for (uint32_t i = 0; i < count; i++)
		unlink_header(bytes + i * REQUEST_SIZE, i, UNKNOWN);
	guest_queue(turns, bytes, count * REQUEST_SIZE);
}

/* Answers to all, in order. The loop does not see when they are read, so it must not sleep. */
static void unlinks_expect(struct turns *turns, uint32_t count)
{
	uint8_t answer[REQUEST_SIZE];

	for (uint32_t i = 0; i < count; i++) {
		while (recv(turns->fds[1], answer, sizeof(answer), MSG_PEEK) < REQUEST_SIZE)
			uv_run(&turns->loop, UV_RUN_NOWAIT);
		assert_int_equal(recv(turns->fds[1], answer, sizeof(answer), 0), REQUEST_SIZE);
		assert_int_equal(get(answer, 0), USBIP_RET_UNLINK);
		assert_int_equal(get(answer, 4), i);
	}
}

/* ---- tests ---- */

static void work_add(struct turns *turns)
{
	uv_timer_start(&turns->timer, on_timer, 0, 0);
	uv_async_send(&turns->device);
}

static void test_others_between(void **state)
{
	struct turns *turns = *state;

	turns->after_first = work_add;
	resets_queue(turns);
	while (turns->rig->outputs < QUEUED + 1)
		uv_run(&turns->loop, UV_RUN_ONCE);
	assert_int_equal(fake_usb.called, QUEUED);
	assert_int_equal(turns->called_most, 1);
	/* In the next turn; within it, before or after the guest. */
	assert_true(turns->timer_ran);
	assert_in_range(turns->called_at_timer, 1, 2);
	assert_true(turns->finished);
	assert_in_range(turns->called_at_finish, 1, 2);
}

static void term_send(struct turns *turns)
{
	(void)turns;
	raise(SIGTERM);
}

static void test_term(void **state)
{
	struct turns *turns = *state;

	turns->after_first = term_send;
	resets_queue(turns);
	while (!turns->stopped)
		uv_run(&turns->loop, UV_RUN_ONCE);
	assert_in_range(turns->called_at_term, 1, 2);
	fake_usb_settle();
	assert_int_equal(turns->rig->idle, 1);
	uv_run(&turns->loop, UV_RUN_NOWAIT);
	assert_int_equal(fake_usb.called, turns->called_at_term);
}

static void test_requests_bounded(void **state)
{
	struct turns *turns = *state;

	/* As many as a turn has, at once; one more is the next one's. */
	unlinks_queue(turns, SERVER_REQUESTS_PER_TURN);
	unlinks_expect(turns, SERVER_REQUESTS_PER_TURN);
	assert_int_equal(turns->outputs_most, SERVER_REQUESTS_PER_TURN);
	unlinks_queue(turns, SERVER_REQUESTS_PER_TURN + 1);
	unlinks_expect(turns, SERVER_REQUESTS_PER_TURN + 1);
	unlinks_queue(turns, QUEUED);
	unlinks_expect(turns, QUEUED);
	assert_int_equal(turns->outputs_most, SERVER_REQUESTS_PER_TURN);
}

/* A guest that reads no answers costs no turn, and finds them all when it does. */
static void test_answers_unread(void **state)
{
	struct turns *turns = *state;
	const int small = SMALL_BUFFER;

	setsockopt(turns->fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	unlinks_queue(turns, FLOOD);
	while (server_wants_input(turns->rig->server))
		uv_run(&turns->loop, UV_RUN_ONCE);
	uv_run(&turns->loop, UV_RUN_NOWAIT);
	/* More lies in the socket: it is not looked at before there is room. */
	unlinks_queue(turns, QUEUED);
	unsigned int before = turns->count;
	uv_timer_start(&turns->timer, on_timer, WAIT_MS, 0);
	while (!turns->timer_ran)
		uv_run(&turns->loop, UV_RUN_ONCE);
	assert_in_range(turns->count - before, 1, 2);
	assert_false(server_wants_input(turns->rig->server));
	unlinks_expect(turns, FLOOD);
	unlinks_expect(turns, QUEUED);
}

#define TURNING(test) cmocka_unit_test_setup_teardown(test, turns_up, turns_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TURNING(test_others_between),
		TURNING(test_term),
		TURNING(test_requests_bounded),
		TURNING(test_answers_unread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
