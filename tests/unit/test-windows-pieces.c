/* Frames as pieces: what the host makes of them is the picture that the guest has. */
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"
#include "tests/lib/test.h"
#include "tray/windows/guest/pixels/frame-pieces.h"
#include "tray/windows/guest/pixels/tiles.h"

struct fixture {
	struct scroll *scroll;
	struct picture host, shown, next;
	struct pieces pieces;
};

static struct picture picture_make(uint32_t width, uint32_t height)
{
	uint32_t *pixels = calloc((size_t)width * height, sizeof(*pixels));

	assert_non_null(pixels);
	return (struct picture){
		.pixels = pixels, .width = width, .height = height, .stride = width};
}

static struct fixture fixture_make(uint32_t width, uint32_t height)
{
	return (struct fixture){
		.scroll = scroll_create(),
		.host = picture_make(width, height),
		.shown = picture_make(width, height),
		.next = picture_make(width, height),
	};
}

static void fixture_free(struct fixture *fixture)
{
	scroll_destroy(fixture->scroll);
	free(fixture->host.pixels);
	free(fixture->shown.pixels);
	free(fixture->next.pixels);
	pieces_finish(&fixture->pieces);
}

/* As the host does it: the pixels of a RECT are those that the guest shows when it sends them. */
static void host_apply(struct fixture *fixture)
{
	const struct picture *host = &fixture->host;

	for (size_t i = 0; i < fixture->pieces.count; i++) {
		const struct piece *piece = &fixture->pieces.list[i];
		const struct area *area = &piece->area;
		assert_true(area->width > 0 && area->height > 0);
		assert_true(area->x + area->width <= host->width);
		assert_true(area->y + area->height <= host->height);
		if (piece->kind == PIECE_COPY) {
			assert_in_range(abs(piece->dy), 1, area->height - 1);
			scroll_move(host, area, piece->dy);
		}
		for (uint32_t y = area->y; piece->kind != PIECE_COPY && y < area->y + area->height;
			y++)
			for (uint32_t x = area->x; x < area->x + area->width; x++)
				*picture_at(host, x, y) =
					piece->kind == PIECE_FILL
						? piece->colour
						: *picture_at(&fixture->shown, x, y);
	}
}

static void picture_expect(const struct picture *a, const struct picture *b)
{
	assert_memory_equal(a->pixels, b->pixels, (size_t)a->width * a->height * 4);
}

static void frame_make(struct fixture *fixture, const struct area *areas, size_t count, bool whole)
{
	assert_int_equal(frame_pieces(fixture->scroll, &fixture->shown, &fixture->next, areas,
				 count, whole, &fixture->pieces),
		0);
	host_apply(fixture);
	picture_expect(&fixture->host, &fixture->next);
	picture_expect(&fixture->shown, &fixture->next);
}

static size_t pixels_sent(const struct pieces *pieces)
{
	size_t sum = 0;

	for (size_t i = 0; i < pieces->count; i++)
		if (pieces->list[i].kind == PIECE_RECT)
			sum += (size_t)pieces->list[i].area.width * pieces->list[i].area.height;
	return sum;
}

static uint32_t mixed(uint32_t value)
{
	value = (value ^ value >> 16) * 0x7feb352du;
	value = (value ^ value >> 15) * 0x846ca68bu;
	return value ^ value >> 16;
}

/* Lines of something like text: no row of pixels is like another. */
static void text_draw(const struct picture *picture, uint32_t first)
{
	for (uint32_t y = 0; y < picture->height; y++)
		for (uint32_t x = 0; x < picture->width; x++)
			*picture_at(picture, x, y) =
				mixed((y + first) * 1000 + x) & 1 ? 0xff000000 : 0xffffffff;
}

static const struct area whole_area = {0, 0, 300, 200};

static void nothing_changed_sends_nothing(void **state)
{
	struct fixture fixture = fixture_make(300, 200);

	(void)state;
	frame_make(&fixture, &whole_area, 1, false);
	assert_int_equal(fixture.pieces.count, 0);
	fixture_free(&fixture);
}

static void one_pixel_sends_its_tile(void **state)
{
	struct fixture fixture = fixture_make(300, 200);

	(void)state;
	*picture_at(&fixture.next, 299, 199) = 1;
	frame_make(&fixture, &whole_area, 1, false);
	assert_int_equal(fixture.pieces.count, 1);
	assert_true(pixels_sent(&fixture.pieces) <= TILE_WIDTH * TILE_HEIGHT);
	fixture_free(&fixture);
}

/* No row has anything by which it could be found elsewhere. */
static void one_colour_becomes_another(void **state)
{
	struct fixture fixture = fixture_make(300, 200);

	(void)state;
	for (uint32_t i = 0; i < 300 * 200; i++)
		fixture.next.pixels[i] = 0xff0000ff;
	frame_make(&fixture, &whole_area, 1, false);
	for (size_t i = 0; i < fixture.pieces.count; i++)
		assert_int_not_equal(fixture.pieces.list[i].kind, PIECE_COPY);
	fixture_free(&fixture);
}

static void a_first_frame_is_all_there(void **state)
{
	struct fixture fixture = fixture_make(300, 200);

	(void)state;
	memset(fixture.host.pixels, 0x55, 300 * 200 * 4);
	frame_make(&fixture, NULL, 0, true);
	assert_int_equal(fixture.pieces.count, 1);
	assert_int_equal(fixture.pieces.list[0].kind, PIECE_FILL);
	text_draw(&fixture.next, 0);
	frame_make(&fixture, NULL, 0, true);
	assert_int_equal(pixels_sent(&fixture.pieces), 300 * 200);
	assert_int_equal(fixture.pieces.count, 1);
	fixture_free(&fixture);
}

static void scrolling_is_a_copy(void **state)
{
	static const int32_t ways[] = {-16, 16, -1, 60};
	struct fixture fixture = fixture_make(300, 200);

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++) {
		text_draw(&fixture.next, 1000);
		frame_make(&fixture, NULL, 0, true);
		text_draw(&fixture.next, (uint32_t)(1000 - ways[i]));
		frame_make(&fixture, &whole_area, 1, false);
		assert_int_equal(fixture.pieces.list[0].kind, PIECE_COPY);
		assert_int_equal(fixture.pieces.list[0].dy, ways[i]);
		assert_true(pixels_sent(&fixture.pieces) <=
			    300 * ((size_t)abs(ways[i]) + 2 * TILE_HEIGHT));
	}
	fixture_free(&fixture);
}

/* Boxes, moves and noise at random places and in random areas: the host always has what the guest
 * has. */
static void whatever_changes_arrives(void **state)
{
	(void)state;
	for (unsigned int seed = 0; seed < 100; seed++) {
		unsigned int dice = seed + 1;
		uint32_t width = 1 + (uint32_t)rand_r(&dice) % 400;
		uint32_t height = 1 + (uint32_t)rand_r(&dice) % 300;
		struct fixture fixture = fixture_make(width, height);
		frame_make(&fixture, NULL, 0, true);
		for (int i = 0; i < 8; i++) {
			struct area area = {.x = (uint32_t)rand_r(&dice) % width,
				.y = (uint32_t)rand_r(&dice) % height};
			area.width = 1 + (uint32_t)rand_r(&dice) % (width - area.x);
			area.height = 1 + (uint32_t)rand_r(&dice) % (height - area.y);
			int what = rand_r(&dice) % 3;
			if (what == 0)
				scroll_move(&fixture.next, &area, rand_r(&dice) % 401 - 200);
			for (uint32_t y = area.y; what && y < area.y + area.height; y++)
				for (uint32_t x = area.x; x < area.x + area.width; x++)
					*picture_at(&fixture.next, x, y) =
						what == 1 ? (uint32_t)i : (uint32_t)rand_r(&dice);
			frame_make(&fixture, &area, 1, false);
		}
		fixture_free(&fixture);
	}
}

/* Each tile of a picture is of another colour than its neighbours. */
static void tiles_draw(const struct picture *picture)
{
	for (uint32_t y = 0; y < picture->height; y++)
		for (uint32_t x = 0; x < picture->width; x++)
			*picture_at(picture, x, y) = (x / TILE_WIDTH + y / TILE_HEIGHT) & 1;
}

/* More than a frame may have. */
static void too_many_pieces_become_one(void **state)
{
	const uint32_t width = 2048, most = (WINDOWS_PIECES_MAX / 4 * 3) / (width / TILE_WIDTH);

	(void)state;
	for (uint32_t more = 0; more < 2; more++) {
		struct fixture fixture = fixture_make(width, (most + more) * TILE_HEIGHT);
		tiles_draw(&fixture.next);
		frame_make(&fixture, NULL, 0, true);
		assert_int_equal(fixture.pieces.count, more ? 1 : most * (width / TILE_WIDTH));
		fixture_free(&fixture);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_changed_sends_nothing),
		cmocka_unit_test(one_pixel_sends_its_tile),
		cmocka_unit_test(one_colour_becomes_another),
		cmocka_unit_test(a_first_frame_is_all_there),
		cmocka_unit_test(scrolling_is_a_copy),
		cmocka_unit_test(whatever_changes_arrives),
		cmocka_unit_test(too_many_pieces_become_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
