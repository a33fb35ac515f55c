/* The guest's end of the windows stream: its beginning, and frames that are larger than what may
 * wait to be sent. */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/common.pb-c.h"
#include "proto/wire/hello.h"
#include "proto/wire/message.h"
#include "tests/lib/test.h"
#include "tray/windows/guest/stream/stream.h"

#define WIDTH 1000
#define HEIGHT 1500
#define TURNS_MAX 100000

struct fixture {
	uv_loop_t loop;
	struct stream stream;
	int peer;
	unsigned int firsts, settings, messages, ends, readies;
	uint8_t *in;
	size_t length, room;
};

static void on_settings(void *data, bool first)
{
	struct fixture *fixture = data;

	fixture->settings++;
	fixture->firsts += first;
}

static void on_message(void *data, uint16_t type, const ProtobufCMessage *message)
{
	struct fixture *fixture = data;

	(void)message;
	assert_int_equal(type, FRAME_WINDOWS_CLOSE);
	fixture->messages++;
}

static void on_end(void *data)
{
	((struct fixture *)data)->ends++;
}

static void on_ready(void *data)
{
	((struct fixture *)data)->readies++;
}

static const struct stream_ops ops = {.on_settings = on_settings,
	.on_message = on_message,
	.on_end = on_end,
	.on_ready = on_ready};

static void turn(struct fixture *fixture)
{
	uv_run(&fixture->loop, UV_RUN_NOWAIT);
}

static void peer_connect(struct fixture *fixture, bool greeted)
{
	int fds[2];

	assert_int_equal(
		socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds), 0);
	fixture->peer = fds[1];
	stream_begin(&fixture->stream, fds[0], -1, greeted);
}

static struct fixture *fixture_make(bool greeted)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	assert_int_equal(uv_loop_init(&fixture->loop), 0);
	assert_int_equal(stream_init(&fixture->stream, &fixture->loop, &ops, fixture), 0);
	peer_connect(fixture, greeted);
	return fixture;
}

static void fixture_free(struct fixture *fixture)
{
	stream_finish(&fixture->stream);
	close(fixture->peer);
	uv_run(&fixture->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&fixture->loop), 0);
	free(fixture->in);
	free(fixture);
}

static void peer_send(struct fixture *fixture, uint16_t type, const ProtobufCMessage *message)
{
	uint8_t bytes[1024];
	size_t length = protobuf_c_message_get_packed_size(message);

	assert_true(length <= sizeof(bytes) - FRAME_HEADER_SIZE);
	frame_encode_header(bytes, type, 0, (uint32_t)length);
	protobuf_c_message_pack(message, bytes + FRAME_HEADER_SIZE);
	length += FRAME_HEADER_SIZE;
	assert_int_equal(send(fixture->peer, bytes, length, 0), length);
}

static void peer_settings(struct fixture *fixture, uint32_t windows)
{
	Vmsilo__Windows__Settings settings = VMSILO__WINDOWS__SETTINGS__INIT;

	settings.windows = windows;
	settings.pixels = WINDOWS_PIXELS_MAX;
	peer_send(fixture, FRAME_WINDOWS_SETTINGS, &settings.base);
}

static void peer_close_message(struct fixture *fixture)
{
	Vmsilo__Windows__Close close_message = VMSILO__WINDOWS__CLOSE__INIT;

	close_message.window = 1;
	peer_send(fixture, FRAME_WINDOWS_CLOSE, &close_message.base);
}

/* What has come, at most so many bytes. */
static size_t peer_read(struct fixture *fixture, size_t most)
{
	if (fixture->room - fixture->length < most) {
		fixture->room = fixture->length + most;
		fixture->in = realloc(fixture->in, fixture->room);
		assert_non_null(fixture->in);
	}
	ssize_t count = recv(fixture->peer, fixture->in + fixture->length, most, 0);
	fixture->length += count > 0 ? (size_t)count : 0;
	return count > 0 ? (size_t)count : 0;
}

static void until_phase(struct fixture *fixture, enum stream_phase phase)
{
	for (int i = 0; i < TURNS_MAX && fixture->stream.phase != phase; i++)
		turn(fixture);
	assert_int_equal(fixture->stream.phase, phase);
}

static void it_begins_with_hello_and_settings(void **state)
{
	struct fixture *fixture = fixture_make(false);
	Vmsilo__Hello hello;
	struct frame frame;

	(void)state;
	assert_false(stream_open(&fixture->stream));
	hello_offer(&hello, "test", NULL);
	peer_send(fixture, FRAME_HELLO, &hello.base);
	until_phase(fixture, STREAM_GREETED);
	for (int i = 0; i < TURNS_MAX && peer_read(fixture, 4096) == 0; i++)
		turn(fixture);
	assert_true(frame_decode(fixture->in, fixture->length, &frame) > 0);
	assert_int_equal(frame.type, FRAME_HELLO);
	peer_settings(fixture, 1);
	until_phase(fixture, STREAM_OPEN);
	peer_settings(fixture, 2);
	peer_close_message(fixture);
	for (int i = 0; i < TURNS_MAX && fixture->messages == 0; i++)
		turn(fixture);
	assert_int_equal(fixture->firsts, 1);
	assert_int_equal(fixture->settings, 2);
	assert_int_equal(fixture->messages, 1);
	assert_int_equal(stream_number(&fixture->stream), 1);
	assert_int_equal(stream_number(&fixture->stream), 2);
	fixture_free(fixture);
}

static void what_comes_too_early_ends_it(void **state)
{
	struct fixture *fixture = fixture_make(true);

	(void)state;
	peer_close_message(fixture);
	until_phase(fixture, STREAM_NONE);
	/* It had never opened. */
	assert_int_equal(fixture->ends, 0);
	fixture_free(fixture);
}

static void settings_out_of_bounds_end_it(void **state)
{
	struct fixture *fixture = fixture_make(true);

	(void)state;
	peer_settings(fixture, WINDOWS_MAX);
	until_phase(fixture, STREAM_OPEN);
	peer_settings(fixture, WINDOWS_MAX + 1);
	until_phase(fixture, STREAM_NONE);
	assert_int_equal(fixture->ends, 1);
	fixture_free(fixture);
}

static void a_newer_stream_takes_over(void **state)
{
	struct fixture *fixture = fixture_make(true);

	(void)state;
	peer_settings(fixture, 1);
	until_phase(fixture, STREAM_OPEN);
	assert_int_equal(stream_number(&fixture->stream), 1);
	close(fixture->peer);
	peer_connect(fixture, true);
	assert_int_equal(fixture->ends, 1);
	peer_settings(fixture, 1);
	until_phase(fixture, STREAM_OPEN);
	assert_int_equal(stream_number(&fixture->stream), 1);
	assert_int_equal(fixture->firsts, 2);
	fixture_free(fixture);
}

/* ---- frames ---- */

static void frame_begin(struct fixture *fixture, const struct picture *picture)
{
	Vmsilo__Windows__Frame message = VMSILO__WINDOWS__FRAME__INIT;
	const struct piece pieces[] = {
		{.kind = PIECE_RECT, .area = {0, 0, WIDTH, HEIGHT - 20}},
		{.kind = PIECE_FILL, .area = {0, HEIGHT - 20, WIDTH, 10}, .colour = 7},
		{.kind = PIECE_RECT, .area = {0, HEIGHT - 10, WIDTH - 1, 10}},
		{.kind = PIECE_RECT, .area = {WIDTH - 1, HEIGHT - 10, 1, 10}},
	};

	peer_settings(fixture, 1);
	until_phase(fixture, STREAM_OPEN);
	pieces_clear(&fixture->stream.frame.pieces);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(*pieces); i++)
		assert_int_equal(pieces_add(&fixture->stream.frame.pieces, &pieces[i]), 0);
	message.window = 3;
	message.width = WIDTH;
	message.height = HEIGHT;
	stream_frame_send(&fixture->stream, &message, picture);
	/* More than what may wait: it is not done, and nothing else is sent. */
	assert_false(stream_ready(&fixture->stream));
	assert_true(channel_queued(fixture->stream.channel) <=
		    CHANNEL_HIGH_WATER + FRAME_WINDOWS_PIXELS_MAX + 1024);
}

/* Paints what came into picture, and counts the pixels of FILL. Returns whether the frame ended. */
static bool frame_apply(const struct fixture *fixture, struct picture *picture, uint64_t *filled)
{
	struct area area = {0};
	struct frame frame;
	int64_t size;

	for (size_t at = 0; at < fixture->length; at += (size_t)size) {
		size = frame_decode(fixture->in + at, fixture->length - at, &frame);
		assert_true(size > 0);
		if (frame.type == FRAME_WINDOWS_PIXELS) {
			assert_int_equal(frame.length, area.width * area.height * 4);
			for (uint32_t y = 0; y < area.height; y++)
				memcpy(picture_at(picture, area.x, area.y + y),
					frame.payload + y * area.width * 4, area.width * 4);
			continue;
		}
		ProtobufCMessage *message = message_unpack(&frame);
		assert_non_null(message);
		const Vmsilo__Windows__Rect *rect = (const Vmsilo__Windows__Rect *)message;
		if (frame.type == FRAME_WINDOWS_RECT || frame.type == FRAME_WINDOWS_FILL)
			area = (struct area){rect->x, rect->y, rect->width, rect->height};
		if (frame.type == FRAME_WINDOWS_FILL)
			*filled += (uint64_t)area.width * area.height;
		message_free(message);
		if (frame.type == FRAME_WINDOWS_FRAME_END)
			return true;
	}
	return false;
}

static struct picture picture_make(bool noise)
{
	struct picture picture = {.width = WIDTH, .height = HEIGHT, .stride = WIDTH};

	picture.pixels = calloc((size_t)WIDTH * HEIGHT, 4);
	assert_non_null(picture.pixels);
	for (uint32_t i = 0; noise && i < WIDTH * HEIGHT; i++)
		picture.pixels[i] = i * 2654435761u | 1;
	return picture;
}

static void a_large_frame_goes_as_it_is_taken(void **state)
{
	struct fixture *fixture = fixture_make(true);
	struct picture sent = picture_make(true), got = picture_make(false);
	uint64_t filled = 0;

	(void)state;
	frame_begin(fixture, &sent);
	for (int i = 0; i < TURNS_MAX && !stream_ready(&fixture->stream); i++) {
		peer_read(fixture, 100000);
		turn(fixture);
		assert_true(channel_queued(fixture->stream.channel) <=
			    CHANNEL_HIGH_WATER + FRAME_WINDOWS_PIXELS_MAX + 1024);
	}
	assert_true(fixture->readies > 0);
	for (int i = 0; i < TURNS_MAX && channel_queued(fixture->stream.channel) > 0; i++) {
		peer_read(fixture, 1000000);
		turn(fixture);
	}
	while (peer_read(fixture, 1000000) > 0)
		continue;
	assert_true(frame_apply(fixture, &got, &filled));
	assert_int_equal(filled, WIDTH * 10);
	memset(picture_at(&sent, 0, HEIGHT - 20), 0, WIDTH * 10 * 4);
	assert_memory_equal(sent.pixels, got.pixels, (size_t)WIDTH * HEIGHT * 4);
	free(sent.pixels);
	free(got.pixels);
	fixture_free(fixture);
}

/* All of it is covered, so that the host has no fault to find. */
static void a_window_that_goes_ends_its_frame(void **state)
{
	struct fixture *fixture = fixture_make(true);
	struct picture sent = picture_make(true), got = picture_make(false);
	uint64_t filled = 0, pixels = 0;

	(void)state;
	frame_begin(fixture, &sent);
	stream_frame_leave(&fixture->stream, 2);
	assert_int_equal(fixture->stream.frame.window, 3);
	stream_frame_leave(&fixture->stream, 3);
	assert_int_equal(fixture->stream.frame.window, 0);
	free(sent.pixels);
	for (int i = 0; i < TURNS_MAX && channel_queued(fixture->stream.channel) > 0; i++) {
		peer_read(fixture, 1000000);
		turn(fixture);
	}
	while (peer_read(fixture, 1000000) > 0)
		continue;
	assert_true(frame_apply(fixture, &got, &filled));
	for (size_t i = 0; i < (size_t)WIDTH * HEIGHT; i++)
		pixels += got.pixels[i] != 0;
	assert_true(filled >= WIDTH * 10 && pixels > 0);
	assert_true(filled + pixels >= (uint64_t)WIDTH * HEIGHT);
	free(got.pixels);
	fixture_free(fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_begins_with_hello_and_settings),
		cmocka_unit_test(what_comes_too_early_ends_it),
		cmocka_unit_test(settings_out_of_bounds_end_it),
		cmocka_unit_test(a_newer_stream_takes_over),
		cmocka_unit_test(a_large_frame_goes_as_it_is_taken),
		cmocka_unit_test(a_window_that_goes_ends_its_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
