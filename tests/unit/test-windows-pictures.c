/*
 * The memory that the pictures of a VM's windows take: the real view with a compositor that is
 * played, and a guest whose windows have as many pixels as they may, each frame in another size.
 * What is counted is what the kernel has: memfds that are mapped, by the view or the compositor.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proto/wire/hello.h"
#include "tests/lib/compositor/compositor.h"
#include "tests/lib/test.h"
#include "tests/lib/view-guest.h"
#include "tests/lib/world.h"
#include "tray/windows/host/host.h"
#include "tray/windows/window/pictures.h"
#include "tray/windows/window/popup.h"

#define PIXELS (1u << 20)
#define LIMIT (UINT64_C(4) * PIXELS)
#define WINDOWS 8
#define FRAME_MS 16
#define MAPPED_MAX 256

/* Steps of the compositor's, by their place in its table. */
enum { STEP_FRAME = 4, STEP_RELEASE, STEP_SCALE, STEP_POPUP = 12, STEP_POPUP_DONE };
#define FRAME_RELEASES 2 /* with the frame */

static struct host host;
static struct view_end guest;
static struct world world;
static int held_fd;

/* ---- what there is ---- */

struct mapped {
	unsigned long inode[MAPPED_MAX];
	uint64_t bytes[MAPPED_MAX];
	int count;
};

static void mapped_add(struct mapped *mapped, unsigned long inode, uint64_t bytes)
{
	for (int i = 0; i < mapped->count; i++)
		if (mapped->inode[i] == inode) {
			if (bytes > mapped->bytes[i])
				mapped->bytes[i] = bytes;
			return;
		}
	assert_true(mapped->count < MAPPED_MAX);
	mapped->inode[mapped->count] = inode;
	mapped->bytes[mapped->count++] = bytes;
}

/* Each memfd of a picture once: the played compositor maps it in this process as well. */
static void mapped_read(struct mapped *ret)
{
	FILE *file = fopen("/proc/self/maps", "r");
	char line[512];

	assert_non_null(file);
	*ret = (struct mapped){0};
	while (fgets(line, sizeof(line), file)) {
		uint64_t from, to;
		unsigned long inode;
		if (strstr(line, "memfd:vmsilo-window") &&
			sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %*s %*s %lu", &from, &to,
				&inode) == 3)
			mapped_add(ret, inode, to - from);
	}
	fclose(file);
}

/* The frames' titles are ours, and not counted. */
static uint64_t titles_bytes(void)
{
	uint64_t bytes = 3 * 4096;

	for (int i = 0; i < WINDOWS_MAX; i++)
		for (int j = 0; host.view.windows[i] && j < 2; j++)
			bytes += host.view.windows[i]->edges.titles[j].size + 4096;
	return bytes;
}

static uint64_t bytes_mapped(void)
{
	struct mapped mapped;
	uint64_t bytes = 0;

	mapped_read(&mapped);
	for (int i = 0; i < mapped.count; i++)
		bytes += mapped.bytes[i];
	return bytes;
}

/* A map has whole pages. */
#define PAGES (UINT64_C(4096) * WINDOWS * CONTENT_PICTURES)

/* ---- both ends ---- */

static void settle(void)
{
	for (int i = 0; i < 3; i++) {
		compositor_turn();
		world_turn(&host.loop);
		view_end_read(&guest, NULL);
	}
	compositor_turn();
}

static void assert_within(uint64_t limit)
{
	settle(); /* what was destroyed last is heard of */
	uint64_t bytes = bytes_mapped();

	if (bytes > limit + titles_bytes() + PAGES)
		fail_msg("%" PRIu64 " bytes of %" PRIu64, bytes, limit);
}

static void step(uint8_t number, uint8_t how, uint8_t more)
{
	const uint8_t bytes[] = {number, how, more};
	struct input_bytes in = {.at = bytes, .left = sizeof(bytes)};

	compositor_step(&in);
	settle();
}

static void frames_show(bool releases)
{
	world_pass(FRAME_MS);
	step(STEP_FRAME, releases ? FRAME_RELEASES : 0, 0);
	settle();
}

static int setup(void **state)
{
	Vmsilo__Hello hello;
	struct error error = {0};
	int wayland[2], stream[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, wayland), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, stream), 0);
	world_begin(&world, compositor_on_wait, NULL);
	held_fd = dup(wayland[0]);
	compositor_create(wayland[1], COMPOSITOR_FRACTIONAL | COMPOSITOR_SHAPES);
	host = (struct host){.stream_fd = stream[0]};
	settings_init(&host.settings);
	host.settings.limits.pixels = PIXELS;
	assert_int_equal(desktop_connect(&host.desktop, wayland[0], "untrusted", &error), 0);
	assert_int_equal(text_create(&host.view.text, &error), 0);
	cursor_load(&host.input.cursor, &host.desktop);
	assert_int_equal(host_init(&host, "untrusted", &error), 0);
	assert_int_equal(host_begin(&host), 0);
	guest = (struct view_end){.fd = stream[1]};
	world_lead(&world);
	settle();
	hello_offer(&hello, "vmsilo-agent 1", NULL);
	hello.version_min = hello.version_max;
	view_end_say(&guest, FRAME_HELLO, &hello.base);
	settle();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_not_equal(host.exit_code, HOST_REFUSED);
	host_finish(&host);
	world_run(&host.loop);
	close(guest.fd);
	compositor_destroy();
	close(held_fd);
	assert_int_equal(bytes_mapped(), 0);
	world_end(&world);
	return 0;
}

/* ---- the guest ---- */

static void toplevel(uint32_t window)
{
	Vmsilo__Windows__Toplevel message = VMSILO__WINDOWS__TOPLEVEL__INIT;

	message.window = window;
	message.title = "t";
	view_end_say(&guest, FRAME_WINDOWS_TOPLEVEL, &message.base);
	settle();
}

static void frame_begin(uint32_t window, uint32_t width, uint32_t height)
{
	Vmsilo__Windows__Frame message = VMSILO__WINDOWS__FRAME__INIT;

	message.window = window;
	message.width = width;
	message.height = height;
	view_end_say(&guest, FRAME_WINDOWS_FRAME, &message.base);
}

static void frame_end(uint32_t window, uint32_t width, uint32_t height)
{
	Vmsilo__Windows__Fill fill = VMSILO__WINDOWS__FILL__INIT;
	Vmsilo__Windows__FrameEnd end = VMSILO__WINDOWS__FRAME_END__INIT;

	fill.width = width;
	fill.height = height;
	fill.colour = UINT32_C(0xff00ff00);
	view_end_say(&guest, FRAME_WINDOWS_FILL, &fill.base);
	end.window = window;
	view_end_say(&guest, FRAME_WINDOWS_FRAME_END, &end.base);
}

static void paint(uint32_t window, uint32_t width, uint32_t height)
{
	frame_begin(window, width, height);
	frame_end(window, width, height);
	settle();
}

static const struct content *content_of(uint32_t window)
{
	const struct window *found = window_find(&host.view, window);

	assert_non_null(found);
	return &found->content;
}

/* ---- tests ---- */

static void test_resizing_near_the_limit(void **state)
{
	uint64_t most = 0;
	int waits = 0;

	(void)state;
	for (uint32_t i = 1; i <= WINDOWS; i++)
		toplevel(i);
	for (int i = 0; i < 64; i++)
		step(STEP_SCALE, (uint8_t)i, 2 * WINDOWS_SCALE_ONE / 5);
	for (uint32_t round = 0; round < 60; round++) {
		for (uint32_t i = 1; i <= WINDOWS; i++) {
			/* An eighth of what may be, and less, never the same. */
			paint(i, 511 - (round * 37 + i * 13) % 97 * (i % 3),
				255 - (round * 29 + i) % 61 * (round & 1));
			assert_true(pictures_bytes(&host.view) <= 2 * LIMIT);
			assert_within(2 * LIMIT);
			most = bytes_mapped() > most ? bytes_mapped() : most;
			if (window_find(&host.view, i)->frames == round + 1)
				continue;
			waits++;
			step(STEP_RELEASE, 0, 0);
			settle();
			assert_int_equal(window_find(&host.view, i)->frames, round + 1);
		}
		/* It gives back late, and not always with the frame. */
		frames_show(round % 3 == 0);
		assert_within(2 * LIMIT);
	}
	assert_true(waits > 0);
	assert_true(stream_is_open(host.stream));
	for (uint32_t i = 1; i <= WINDOWS; i++)
		assert_int_equal(content_of(i)->pictures[content_of(i)->front].busy, true);
	/* It was near it. */
	assert_true(most > LIMIT + LIMIT / 2);
	/* And what is not shown has gone, since it is beyond the limit together with that. */
	frames_show(true);
	step(STEP_RELEASE, 0, 0);
	assert_within(LIMIT);
}

static void test_one_that_is_all(void **state)
{
	(void)state;
	toplevel(1);
	for (uint32_t i = 0; i < 20; i++) {
		paint(1, 1024 - i, 1024 - i);
		assert_int_equal(content_of(1)->width, 1024 - i);
		frames_show(true);
		assert_within(i == 0 ? LIMIT : 2 * LIMIT);
	}
	step(STEP_RELEASE, 0, 0);
	assert_within(LIMIT);
}

static void test_waits_for_what_is_held(void **state)
{
	(void)state;
	toplevel(1);
	paint(1, 1024, 1024);
	frames_show(false);
	paint(1, 1023, 1024);
	frames_show(false);
	assert_int_equal(content_of(1)->width, 1023);
	/* Both are held now: no more than that. What follows is not read. */
	paint(1, 1022, 1024);
	toplevel(2);
	assert_int_equal(content_of(1)->width, 1023);
	assert_null(window_find(&host.view, 2));
	assert_within(2 * LIMIT);
	step(STEP_RELEASE, 0, 0);
	settle();
	assert_int_equal(content_of(1)->width, 1022);
	assert_non_null(window_find(&host.view, 2));
	assert_within(2 * LIMIT);
}

static void test_waits_not_for_ever(void **state)
{
	(void)state;
	toplevel(1);
	paint(1, 1024, 1024);
	frames_show(false);
	paint(1, 1023, 1024);
	frames_show(false);
	paint(1, 1022, 1024);
	toplevel(2);
	world_pass(999);
	settle();
	assert_null(window_find(&host.view, 2));
	world_pass(1);
	settle();
	settle();
	/* The frame is not shown, all else goes on. */
	assert_int_equal(content_of(1)->width, 1023);
	assert_non_null(window_find(&host.view, 2));
	assert_within(2 * LIMIT);
	frames_show(true);
	paint(1, 1021, 1024);
	assert_int_equal(content_of(1)->width, 1021);
}

/* Windows that are all large once, one after the other, and then small. */
static void test_large_ones_that_shrink(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= WINDOWS; i++) {
		toplevel(i);
		paint(i, 1000, 1000);
		assert_int_equal(content_of(i)->width, 1000);
		frames_show(i & 1);
		paint(i, 10, 10);
		assert_int_equal(content_of(i)->width, 10);
		frames_show(i & 2);
		assert_within(2 * LIMIT);
	}
	frames_show(true);
	step(STEP_RELEASE, 0, 0);
	assert_within(LIMIT);
}

static void popup(uint32_t window)
{
	Vmsilo__Windows__Popup message = VMSILO__WINDOWS__POPUP__INIT;

	message.window = window;
	message.parent = 1;
	message.anchor_width = message.anchor_height = 1;
	message.width = message.height = 500;
	view_end_say(&guest, FRAME_WINDOWS_POPUP, &message.base);
	settle();
}

/* The compositor keeps nothing of popups that it has dismissed. */
static void test_dismissed_popups(void **state)
{
	(void)state;
	host.view.press.down = true; /* the user is there */
	toplevel(1);
	paint(1, 100, 100);
	for (uint32_t i = 2; i < 2 + WINDOWS; i++) {
		popup(i);
		paint(i, 900, 1000);
		assert_int_equal(window_find(&host.view, i)->mapped, true);
		frames_show(true);
		popup_dismiss(window_find(&host.view, i));
		settle();
		step(STEP_RELEASE, 0, 0);
		/* Nor does it see what they show from then on, which needs one picture. */
		for (uint32_t j = 0; j < 6; j++) {
			paint(i, j % 3 == 2 ? 10 : 900 - j, 1000);
			world_pass(2000);
			settle();
			assert_int_equal(content_of(i)->width, j % 3 == 2 ? 10 : 900 - j);
			assert_within(LIMIT);
		}
		frames_show(true);
	}
	host.view.press.down = false;
}

static unsigned int places_heard, dones_heard;

static void hear_popups(uint16_t type, const ProtobufCMessage *message)
{
	(void)message;
	places_heard += type == FRAME_WINDOWS_POPUP_PLACE;
	dones_heard += type == FRAME_WINDOWS_POPUP_DONE;
}

/* sway 1.7 ends a client that answers for a popup which it has closed. */
static void test_a_popup_closed_at_once_is_not_answered(void **state)
{
	const uint8_t bytes[] = {STEP_POPUP, 0, 0, 0, 0, 0, STEP_POPUP_DONE, 0};
	struct input_bytes configure = {.at = bytes, .left = 6},
			   done = {.at = bytes + 6, .left = 2};

	(void)state;
	host.view.press.down = true; /* the user is there */
	toplevel(1);
	paint(1, 100, 100);
	popup(2);
	places_heard = dones_heard = 0;
	compositor_step(&configure);
	compositor_step(&done);
	for (int i = 0; i < 3; i++) {
		compositor_turn();
		world_turn(&host.loop);
		view_end_read(&guest, hear_popups);
	}
	assert_int_equal(places_heard, 0);
	assert_int_equal(dones_heard, 1);
	host.view.press.down = false;
}

/* Within the limit nothing is made anew for each frame. */
static void test_kept_within_the_limit(void **state)
{
	struct mapped before, after;

	(void)state;
	toplevel(1);
	for (int i = 0; i < 4; i++) {
		paint(1, 400, 300);
		frames_show(true);
	}
	mapped_read(&before);
	for (int i = 0; i < 20; i++) {
		paint(1, 400, 300);
		frames_show(true);
	}
	mapped_read(&after);
	assert_memory_equal(&before, &after, sizeof(before));
}

/* What was kept makes room for what is needed, before it is made; and that is not larger. */
static void test_kept_makes_room(void **state)
{
	const struct content *content;

	(void)state;
	toplevel(1);
	toplevel(2);
	for (int i = 0; i < 4; i++) {
		paint(1, 500, 500);
		frames_show(false);
	}
	frames_show(true);
	paint(1, 500, 500);
	assert_int_equal(pictures_bytes(&host.view), 4 * picture_bytes(500, 500));
	frames_show(true);
	frame_begin(2, 850, 850);
	assert_within(LIMIT);
	frame_end(2, 850, 850);
	settle();
	assert_int_equal(content_of(2)->width, 850);
	frames_show(true);
	paint(2, 10, 10);
	frames_show(true);
	for (int i = 0; i < 3; i++) {
		paint(1, 600, 600);
		frames_show(true);
	}
	paint(1, 1000, 1000);
	content = content_of(1);
	assert_int_equal(content->width, 1000);
	assert_int_equal(content->pictures[content->front].size, picture_bytes(1000, 1000));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_resizing_near_the_limit),
		TEST(test_one_that_is_all),
		TEST(test_waits_for_what_is_held),
		TEST(test_waits_not_for_ever),
		TEST(test_large_ones_that_shrink),
		TEST(test_dismissed_popups),
		TEST(test_a_popup_closed_at_once_is_not_answered),
		TEST(test_kept_within_the_limit),
		TEST(test_kept_makes_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
