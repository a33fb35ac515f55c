/* A failure that a client is told: whatever the broker knows of it, there are words. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "host-broker/client/answer.h"
#include "proto/wire/frame.h"
#include "proto/wire/message.h"
#include "tests/lib/test.h"

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

/* What the client reads. */
static Vmsilo__Broker__Failure *told(const char *vm, const struct failure *failure)
{
	uint8_t bytes[8192];
	struct channel *channel;
	struct frame frame;
	uv_loop_t loop;
	int fds[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(channel_create(&loop, fds[0], &ops, NULL, &channel), 0);
	assert_int_equal(answer_failure(channel, vm, failure), 0);
	channel_flush(channel);
	ssize_t length = read(fds[1], bytes, sizeof(bytes));
	assert_true(length > 0);
	assert_int_equal(frame_decode(bytes, (size_t)length, &frame), length);
	assert_int_equal(frame.type, FRAME_FAILURE);
	Vmsilo__Broker__Failure *message = (Vmsilo__Broker__Failure *)message_unpack(&frame);
	assert_non_null(message);
	channel_destroy(channel);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	close(fds[1]);
	return message;
}

static void test_the_words_of_who_knows(void **state)
{
	const struct failure failure = {.code = VMSILO__BROKER__FAILURE__CODE__START_FAILED,
		.text = "vm \"one\" ended: so it is",
		.monitor = "first\nlast\n"};
	Vmsilo__Broker__Failure *message = told("one", &failure);

	(void)state;
	assert_string_equal(message->text, "vm \"one\" ended: so it is");
	assert_int_equal(message->n_monitor, 2);
	assert_string_equal(message->monitor[1], "last");
	message_free(&message->base);
}

static void test_no_failure_without_words(void **state)
{
	const struct failure nothing = {.code = VMSILO__BROKER__FAILURE__CODE__START_FAILED};
	const struct failure empty = {
		.code = VMSILO__BROKER__FAILURE__CODE__INTERNAL, .text = "", .monitor = ""};
	const struct failure strange = {.code = (Vmsilo__Broker__Failure__Code)77, .text = ""};
	Vmsilo__Broker__Failure *message = told("one", &nothing);

	(void)state;
	assert_non_null(strstr(message->text, "vm \"one\": "));
	assert_non_null(strstr(message->text, "START_FAILED"));
	message_free(&message->base);
	message = told("", &empty);
	assert_non_null(strstr(message->text, "INTERNAL"));
	message_free(&message->base);
	message = told("", &strange);
	assert_true(strlen(message->text) > 0);
	message_free(&message->base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_words_of_who_knows),
		cmocka_unit_test(test_no_failure_without_words)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
