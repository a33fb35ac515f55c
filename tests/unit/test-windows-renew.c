/* What crosses between a VM and the desktop: made anew, within bounds; and how it travels. */
#include <png.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "tests/lib/test.h"
#include "tray/windows/clipboard/pipes.h"
#include "tray/windows/clipboard/renew.h"

#define TEXT VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_TEXT
#define PNG VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_PNG

static struct blob *blob;

static int text(const char *line, size_t most)
{
	return renew(TEXT, (const uint8_t *)line, strlen(line), most, &blob);
}

static void text_is(const char *line, const char *wanted)
{
	assert_int_equal(text(line, 1000), 0);
	assert_int_equal(blob->length, strlen(wanted));
	assert_memory_equal(blob->bytes, wanted, blob->length);
	blob_release(blob);
}

static void test_text(void **state)
{
	(void)state;
	text_is("plain\ttext\r\n", "plain\ttext\r\n");
	text_is("", "");
	/* Nothing that a terminal would take for something to do. */
	text_is("rm\x1b[2J\x07\x7f x\xc2\x9b"
		"31m",
		"rm[2J x31m");
	/* What belongs to a script stays: joiners, marks of direction. */
	text_is("\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb \xe2\x80\x8f\xd7\xa9 \xc3\xa9",
		"\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb \xe2\x80\x8f\xd7\xa9 \xc3\xa9");
	assert_int_equal(text("\xff", 1000), UV_EINVAL);
	assert_int_equal(text("\xc2", 1000), UV_EINVAL);
	assert_int_equal(renew(TEXT, (const uint8_t *)"a\0b", 3, 1000, &blob), UV_EINVAL);
}

static void test_text_bound(void **state)
{
	(void)state;
	assert_int_equal(text("12345", 5), 0);
	blob_release(blob);
	assert_int_equal(text("123456", 5), UV_E2BIG);
	assert_null(blob);
	assert_int_equal(
		renew(VMSILO__WINDOWS__CLIPBOARD_KIND__CLIPBOARD_NOTHING, NULL, 0, 5, &blob), 0);
	assert_null(blob);
}

static size_t png_make(uint32_t width, uint32_t height, uint8_t **ret)
{
	png_image image = {.version = PNG_IMAGE_VERSION,
		.width = width,
		.height = height,
		.format = PNG_FORMAT_GRAY};
	uint8_t *pixels = calloc(width, height);
	png_alloc_size_t room = PNG_IMAGE_PNG_SIZE_MAX(image);

	*ret = malloc(room);
	assert_true(png_image_write_to_memory(&image, *ret, &room, 0, pixels, 0, NULL));
	free(pixels);
	return room;
}

static void test_pictures(void **state)
{
	uint8_t *png;
	size_t length = png_make(30, 20, &png);
	png_image image = {.version = PNG_IMAGE_VERSION};

	(void)state;
	assert_int_equal(renew(PNG, png, length, 1 << 20, &blob), 0);
	assert_true(png_image_begin_read_from_memory(&image, blob->bytes, blob->length));
	assert_int_equal(image.width, 30);
	assert_int_equal(image.height, 20);
	png_image_free(&image);
	blob_release(blob);
	/* Not one byte of what stands beside the pixels. */
	uint8_t *longer = malloc(length + 100);
	memcpy(longer, png, length);
	memset(longer + length, 'x', 100);
	assert_int_equal(renew(PNG, longer, length + 100, 1 << 20, &blob), 0);
	assert_null(memmem(blob->bytes, blob->length, "xxxx", 4));
	blob_release(blob);
	assert_int_equal(renew(PNG, png, length, 20, &blob), UV_E2BIG);
	for (size_t cut = 0; cut < length; cut++)
		if (renew(PNG, png, cut, 1 << 20, &blob) == 0)
			blob_release(blob);
	assert_int_equal(renew(PNG, (const uint8_t *)"no picture", 10, 1 << 20, &blob), UV_EINVAL);
	free(longer);
	free(png);
}

static void test_picture_bound(void **state)
{
	uint8_t *png;
	size_t length = png_make(4096, RENEW_PIXELS_MAX / 4096, &png);

	(void)state;
	assert_int_equal(renew(PNG, png, length, 64 << 20, &blob), 0);
	blob_release(blob);
	free(png);
	length = png_make(4096, RENEW_PIXELS_MAX / 4096 + 1, &png);
	assert_int_equal(renew(PNG, png, length, 64 << 20, &blob), UV_E2BIG);
	free(png);
}

/* ---- pipes ---- */

static int read_code;
static size_t read_length;
static bool is_read;

static void on_read(void *data, int code, const uint8_t *bytes, size_t length)
{
	(void)data;
	(void)bytes;
	read_code = code;
	read_length = length;
	is_read = true;
}

/* Of so many bytes through a pipe, at most most. */
static void pass(size_t length, size_t most)
{
	struct pipe_writers writers = {0};
	struct pipe_reader *reader;
	uint8_t *bytes = calloc(1, length + 1);
	uv_loop_t loop;
	int fds[2];

	is_read = false;
	uv_loop_init(&loop);
	writers.loop = &loop;
	assert_int_equal(pipe(fds), 0);
	struct blob *sent = blob_create(bytes, length);
	pipe_write(&writers, fds[1], sent);
	blob_release(sent);
	assert_int_equal(pipe_read(&loop, fds[0], most, on_read, NULL, &reader), 0);
	while (!is_read)
		uv_run(&loop, UV_RUN_ONCE);
	pipe_writers_finish(&writers);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	free(bytes);
}

static void test_pipes(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	pass(1000000, 1000000);
	assert_int_equal(read_code, 0);
	assert_int_equal(read_length, 1000000);
	pass(1000001, 1000000);
	assert_int_equal(read_code, UV_E2BIG);
	pass(0, 10);
	assert_int_equal(read_code, 0);
	assert_int_equal(read_length, 0);
}

/* Of programs that ask and do not read, as many are served as may be. */
static void test_writers_bound(void **state)
{
	struct pipe_writers writers = {0};
	uint8_t *much = calloc(1, 1 << 20);
	struct blob *given = blob_create(much, 1 << 20);
	uv_loop_t loop;
	int ends[PIPES_WRITERS_MAX + 1];

	(void)state;
	uv_loop_init(&loop);
	writers.loop = &loop;
	for (int i = 0; i <= PIPES_WRITERS_MAX; i++) {
		int fds[2];
		assert_int_equal(pipe(fds), 0);
		ends[i] = fds[0];
		pipe_write(&writers, fds[1], given);
		assert_int_equal(writers.count, i < PIPES_WRITERS_MAX ? i + 1 : i);
	}
	assert_int_equal(read(ends[PIPES_WRITERS_MAX], much, 1), 0);
	pipe_writers_finish(&writers);
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
	assert_int_equal(given->holders, 1);
	for (int i = 0; i <= PIPES_WRITERS_MAX; i++)
		close(ends[i]);
	blob_release(given);
	free(much);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_text_bound),
		cmocka_unit_test(test_pictures),
		cmocka_unit_test(test_picture_bound),
		cmocka_unit_test(test_pipes),
		cmocka_unit_test(test_writers_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
