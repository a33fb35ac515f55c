#include "tray/windows/guest/shell/frames.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wlr/util/region.h>

#include "proto/base/log.h"
#include "tray/windows/guest/pixels/frame-pieces.h"
#include "tray/windows/guest/pixels/scale.h"
#include "tray/windows/guest/shell/compose.h"
#include "tray/windows/guest/shell/feedback.h"
#include "tray/windows/guest/shell/member.h"
#include "tray/windows/guest/shell/wlroots.h"

#define SLOTS 2

void frames_init(struct frames *frames)
{
	*frames = (struct frames){.whole = true};
	pixman_region32_init(&frames->damage);
	for (size_t i = 0; i < SLOTS; i++)
		pixman_region32_init(&frames->slots[i].stale);
	feedback_init(frames);
}

static void held_give(struct window *window, size_t at)
{
	struct frames *frames = &window->frames;

	slots_give(&window->server->stream->region.slots, frames->held[at]);
	frames->held_count--;
	memmove(&frames->held[at], &frames->held[at + 1],
		(frames->held_count - at) * sizeof(frames->held[0]));
}

/* What the host shows is not drawn over, also when the window has another size by now. A host that
 * never releases has the oldest taken from it. */
static void slot_hold(struct window *window, uint64_t offset)
{
	struct frames *frames = &window->frames;

	if (frames->held_count == FRAMES_HELD)
		held_give(window, 0);
	frames->held[frames->held_count++] = offset;
}

static void slots_drop(struct window *window)
{
	struct region *region = &window->server->stream->region;

	for (size_t i = 0; i < SLOTS; i++) {
		struct frame_slot *slot = &window->frames.slots[i];
		if (slot->picture.pixels && slot->busy)
			slot_hold(window, slot->offset);
		else if (slot->picture.pixels)
			slots_give(&region->slots, slot->offset);
		slot->picture = (struct picture){0};
		slot->busy = false;
	}
}

static void shown_drop(struct frames *frames)
{
	free(frames->shown.pixels);
	frames->shown = (struct picture){0};
	frames->shown_size = 0;
}

static void size_count(struct window *window, uint32_t width, uint32_t height)
{
	struct frames *frames = &window->frames;

	window->server->pixels -= (uint64_t)frames->width * frames->height;
	window->server->pixels += (uint64_t)width * height;
	frames->width = width;
	frames->height = height;
}

void frames_reset(struct window *window)
{
	struct frames *frames = &window->frames;

	slots_drop(window);
	while (frames->held_count > 0)
		held_give(window, 0);
	feedback_drop(frames);
	if (stream_open(window->server->stream))
		size_count(window, 0, 0);
	frames->width = frames->height = frames->under_way = 0;
	frames->obeyed = 0;
	frames->sent = frames->shared = false;
	frames->whole = true;
	shown_drop(frames);
}

void frames_finish(struct window *window)
{
	frames_reset(window);
	pixman_region32_fini(&window->frames.damage);
	for (size_t i = 0; i < SLOTS; i++)
		pixman_region32_fini(&window->frames.slots[i].stale);
	feedback_finish(&window->frames);
}

/* ---- damage ---- */

/* Both ends go outwards, and by one more where pixels are mixed. */
static void damage_add(struct window *window, const pixman_box32_t *box)
{
	uint32_t scale = window->scale;
	int more = scale % WINDOWS_SCALE_ONE != 0;
	int x1 = scale_up(box->x1, scale) - more, y1 = scale_up(box->y1, scale) - more;
	int x2 = scale_up(box->x2, scale) + more, y2 = scale_up(box->y2, scale) + more;

	if (x2 > x1 && y2 > y1)
		pixman_region32_union_rect(&window->frames.damage, &window->frames.damage, x1, y1,
			(unsigned int)(x2 - x1), (unsigned int)(y2 - y1));
}

void frames_damage(struct window *window, int x, int y, int width, int height)
{
	damage_add(window, &(const pixman_box32_t){x, y, x + width, y + height});
}

void frames_damage_region(struct window *window, int x, int y, const pixman_region32_t *region)
{
	int count;
	const pixman_box32_t *boxes =
		pixman_region32_rectangles((pixman_region32_t *)region, &count);

	for (int i = 0; i < count; i++)
		frames_damage(window, x + boxes[i].x1, y + boxes[i].y1, boxes[i].x2 - boxes[i].x1,
			boxes[i].y2 - boxes[i].y1);
}

void frames_damage_all(struct window *window)
{
	pixman_region32_union_rect(&window->frames.damage, &window->frames.damage, 0, 0,
		WINDOWS_SIDE_MAX, WINDOWS_SIDE_MAX);
}

/* Few rectangles inside the picture; what is between many is cheaper than they are. */
static void damage_tidy(struct frames *frames)
{
	pixman_region32_t *damage = &frames->damage;

	pixman_region32_intersect_rect(damage, damage, 0, 0, frames->width, frames->height);
	if (pixman_region32_n_rects(damage) > WINDOWS_DAMAGE_MAX) {
		pixman_box32_t box = *pixman_region32_extents(damage);
		pixman_region32_fini(damage);
		pixman_region32_init_rect(damage, box.x1, box.y1, (unsigned int)(box.x2 - box.x1),
			(unsigned int)(box.y2 - box.y1));
	}
}

/* It never goes back. */
static uint32_t serial_obeyed(struct window *window)
{
	uint32_t serial = window->kind->serial(window);

	if (serial > window->frames.obeyed)
		window->frames.obeyed = serial;
	return window->frames.obeyed;
}

/* ---- by the shared region ---- */

static bool slot_make(struct window *window, struct frame_slot *slot)
{
	struct region *region = &window->server->stream->region;
	const struct frames *frames = &window->frames;
	uint64_t size = (uint64_t)frames->width * frames->height * 4;

	if (slots_take(&region->slots, size, &slot->offset) < 0)
		return false;
	slot->picture = (struct picture){
		.pixels = (uint32_t *)(void *)(region->bytes + slot->offset),
		.width = frames->width,
		.height = frames->height,
		.stride = frames->width,
	};
	pixman_region32_fini(&slot->stale);
	pixman_region32_init_rect(&slot->stale, 0, 0, frames->width, frames->height);
	return true;
}

/* Both of its slots, or none. */
static bool slots_make(struct window *window)
{
	struct frames *frames = &window->frames;

	if (!window->server->stream->region.bytes)
		return false;
	if (frames->slots[0].picture.pixels)
		return true;
	if (slot_make(window, &frames->slots[0]) && slot_make(window, &frames->slots[1]))
		return true;
	slots_drop(window);
	return false;
}

static struct frame_slot *slot_free(struct frames *frames)
{
	for (size_t i = 0; i < SLOTS; i++)
		if (!frames->slots[i].busy)
			return &frames->slots[i];
	return NULL;
}

static void shared_send(struct window *window, const struct frame_slot *slot)
{
	Vmsilo__Windows__SharedFrame message = VMSILO__WINDOWS__SHARED_FRAME__INIT;
	Vmsilo__Windows__Rect rects[WINDOWS_DAMAGE_MAX];
	Vmsilo__Windows__Rect *list[WINDOWS_DAMAGE_MAX];
	int count;
	const pixman_box32_t *boxes = pixman_region32_rectangles(&window->frames.damage, &count);

	for (int i = 0; i < count; i++) {
		vmsilo__windows__rect__init(&rects[i]);
		rects[i].x = (uint32_t)boxes[i].x1;
		rects[i].y = (uint32_t)boxes[i].y1;
		rects[i].width = (uint32_t)(boxes[i].x2 - boxes[i].x1);
		rects[i].height = (uint32_t)(boxes[i].y2 - boxes[i].y1);
		list[i] = &rects[i];
	}
	message.window = window->number;
	message.serial = serial_obeyed(window);
	message.width = slot->picture.width;
	message.height = slot->picture.height;
	message.stride = slot->picture.stride * 4;
	message.offset = slot->offset;
	message.opaque = compose_is_opaque(window);
	message.damage = list;
	message.n_damage = (size_t)count;
	stream_send(window->server->stream, FRAME_WINDOWS_SHARED_FRAME, &message.base);
}

/* False: no slot is free; it goes on once the host has released one. */
static bool shared_draw(struct window *window)
{
	struct frames *frames = &window->frames;
	struct frame_slot *slot = slot_free(frames);
	pixman_region32_t region;

	if (!slot)
		return false;
	pixman_region32_init(&region);
	pixman_region32_union(&region, &frames->damage, &slot->stale);
	compose_window(window, &slot->picture, &region);
	pixman_region32_fini(&region);
	for (size_t i = 0; i < SLOTS; i++)
		pixman_region32_union(
			&frames->slots[i].stale, &frames->slots[i].stale, &frames->damage);
	pixman_region32_clear(&slot->stale);
	slot->busy = true;
	shared_send(window, slot);
	frames->shared = true;
	return true;
}

/* ---- by the stream ---- */

/* The next picture before it is compared, of all windows. */
static bool scratch_make(struct server *server, uint32_t width, uint32_t height)
{
	size_t size = (size_t)width * height * 4;

	if (size > server->scratch_size) {
		free(server->scratch.pixels);
		server->scratch.pixels = malloc(size);
		server->scratch_size = server->scratch.pixels ? size : 0;
	}
	server->scratch.width = server->scratch.stride = width;
	server->scratch.height = height;
	return server->scratch.pixels != NULL;
}

/* Its memory stays while it does for the size, and is not much more: a window that is being resized
 * has another one each frame. */
static bool shown_make(struct frames *frames)
{
	size_t needed = (size_t)frames->width * frames->height * 4;
	uint32_t *pixels = frames->shown.pixels;

	if (frames->shown_size < needed || frames->shown_size - needed > needed / 2) {
		size_t spare = pixels ? needed / 8 : 0;
		shown_drop(frames);
		pixels = malloc(needed + spare);
		frames->shown_size = pixels ? needed + spare : 0;
	}
	frames->shown = (struct picture){
		.pixels = pixels,
		.width = frames->width,
		.height = frames->height,
		.stride = frames->width,
	};
	return frames->shown.pixels != NULL;
}

static int pieces_find(struct window *window, const struct picture *next)
{
	struct server *server = window->server;
	struct frames *frames = &window->frames;
	struct area areas[WINDOWS_DAMAGE_MAX];
	int count;
	const pixman_box32_t *boxes = pixman_region32_rectangles(&frames->damage, &count);

	for (int i = 0; i < count; i++)
		areas[i] = (struct area){(uint32_t)boxes[i].x1, (uint32_t)boxes[i].y1,
			(uint32_t)(boxes[i].x2 - boxes[i].x1),
			(uint32_t)(boxes[i].y2 - boxes[i].y1)};
	return frame_pieces(server->scroll, &frames->shown, next, areas, (size_t)count,
		frames->whole || frames->shared, &server->stream->frame.pieces);
}

static int pieces_make(struct window *window)
{
	struct server *server = window->server;
	struct frames *frames = &window->frames;
	struct picture next;
	struct wlr_buffer *buffer = compose_borrow(window, &next);

	if (buffer) {
		int code = pieces_find(window, &next);
		compose_return(buffer);
		frames->borrowed = true;
		return code;
	}
	if (!scratch_make(server, frames->width, frames->height))
		return UV_ENOMEM;
	if (frames->borrowed || frames->shared) {
		pixman_region32_fini(&frames->damage);
		pixman_region32_init_rect(&frames->damage, 0, 0, frames->width, frames->height);
	}
	frames->borrowed = false;
	compose_window(window, &server->scratch, &frames->damage);
	return pieces_find(window, &server->scratch);
}

/* Nothing that differs: nothing is sent. */
static bool stream_draw(struct window *window)
{
	struct server *server = window->server;
	struct frames *frames = &window->frames;
	Vmsilo__Windows__Frame message = VMSILO__WINDOWS__FRAME__INIT;

	if (!shown_make(frames) || pieces_make(window) < 0) {
		log_error(NULL, "no memory for a window's frame");
		frames->whole = true;
		return false;
	}
	frames->shared = false;
	if (server->stream->frame.pieces.count == 0 && !frames->whole)
		return false;
	message.window = window->number;
	message.serial = serial_obeyed(window);
	message.width = frames->width;
	message.height = frames->height;
	message.opaque = compose_is_opaque(window);
	stream_frame_send(server->stream, &message, &frames->shown);
	return true;
}

/* ---- when ---- */

/* The size that the picture has by now; false when there can be none. */
static bool size_update(struct window *window)
{
	struct frames *frames = &window->frames;
	uint32_t width = (uint32_t)scale_bound(
		scale_up(window->crop.width, window->scale), 0, WINDOWS_SIDE_MAX);
	uint32_t height = (uint32_t)scale_bound(
		scale_up(window->crop.height, window->scale), 0, WINDOWS_SIDE_MAX);
	uint64_t others = window->server->pixels - (uint64_t)frames->width * frames->height;

	if (width == 0 || height == 0 ||
		others + (uint64_t)width * height > window->server->stream->settings->pixels)
		return false;
	if (width == frames->width && height == frames->height)
		return true;
	slots_drop(window);
	size_count(window, width, height);
	frames->whole = true;
	frames_damage_all(window);
	return true;
}

static bool window_can_draw(const struct window *window)
{
	const struct frames *frames = &window->frames;

	return window->mapped && window->configured && window->number > 0 &&
	       frames->under_way < WINDOWS_FRAMES_MAX && !(window->state.hidden && frames->sent) &&
	       (frames->whole || pixman_region32_not_empty(&frames->damage));
}

static void window_draw(struct window *window)
{
	struct frames *frames = &window->frames;

	if (!size_update(window))
		return;
	damage_tidy(frames);
	if (frames->whole) {
		pixman_region32_fini(&frames->damage);
		pixman_region32_init_rect(&frames->damage, 0, 0, frames->width, frames->height);
	}
	if (!pixman_region32_not_empty(&frames->damage))
		return;
	bool shared = slots_make(window);
	if (shared && !slot_free(frames))
		return;
	bool sent = shared ? shared_draw(window) : stream_draw(window);
	pixman_region32_clear(&frames->damage);
	server_want_beat(window->server);
	if (!sent)
		return;
	frames->whole = false;
	frames->sent = true;
	frames->under_way++;
	feedback_take(window);
}

/* From another window each time, so that all have their turn. */
void frames_draw(struct server *server)
{
	size_t count = (size_t)wl_list_length(&server->windows);

	for (size_t i = 0; i < count && stream_ready(server->stream); i++) {
		struct window *window = wl_container_of(server->windows.next, window, link);
		wl_list_remove(&window->link);
		wl_list_insert(server->windows.prev, &window->link);
		if (window_can_draw(window))
			window_draw(window);
	}
}

/* ---- the host's ---- */

static void on_surface(struct wlr_surface *surface, int x, int y, void *data)
{
	(void)x;
	(void)y;
	wlr_surface_send_frame_done(surface, data);
}

void frames_call_back(struct window *window)
{
	struct member *member;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	wl_list_for_each (member, &window->members, link)
		on_surface(member->surface, 0, 0, &now);
}

void frames_done(struct window *window, const Vmsilo__Windows__FrameDone *message)
{
	struct frames *frames = &window->frames;

	for (uint32_t i = 0; i < message->frames && frames->under_way > 0; i++) {
		frames->under_way--;
		feedback_send(window, message);
	}
	frames_call_back(window);
	server_want_beat(window->server);
}

void frames_released(struct window *window, uint64_t offset)
{
	struct frames *frames = &window->frames;

	for (size_t i = 0; i < SLOTS; i++)
		if (frames->slots[i].picture.pixels && frames->slots[i].offset == offset)
			frames->slots[i].busy = false;
	for (size_t i = 0; i < frames->held_count; i++)
		if (frames->held[i] == offset) {
			held_give(window, i);
			break;
		}
}
