#include "tray/windows/window/place.h"

#include <stdbool.h>

#include "tray/windows/draw/scale.h"

#define EDGE_LEFT VMSILO__WINDOWS__EDGE__EDGE_LEFT
#define EDGE_RIGHT VMSILO__WINDOWS__EDGE__EDGE_RIGHT
#define EDGE_TOP VMSILO__WINDOWS__EDGE__EDGE_TOP
#define EDGE_BOTTOM VMSILO__WINDOWS__EDGE__EDGE_BOTTOM

/* xdg_positioner's */
#define FLIP_X 4
#define FLIP_Y 8

/* One direction of it; the lower side is left, or top. */
struct axis {
	int32_t anchor, anchor_length;
	int anchored, towards; /* -1: the lower side, 1: the higher, 0: the middle */
	int32_t offset, length, room;
};

static int side_of(uint32_t edges, uint32_t low, uint32_t high)
{
	return edges & low ? -1 : edges & high ? 1 : 0;
}

/* Where the popup begins if the compositor has room for it there. */
static int32_t axis_begin(const struct axis *axis)
{
	return axis->anchor + axis->anchor_length * (axis->anchored + 1) / 2 + axis->offset +
	       axis->length * (axis->towards - 1) / 2;
}

static bool axis_touches(const struct axis *axis)
{
	int32_t begin = axis_begin(axis);

	return begin >= -axis->length && begin <= axis->room;
}

/* Compositors differ in whether the offset is turned, too. */
static bool axis_flipped_touches(const struct axis *axis)
{
	struct axis flipped = *axis;

	flipped.anchored = -axis->anchored;
	flipped.towards = -axis->towards;
	if (!axis_touches(&flipped))
		return false;
	flipped.offset = -axis->offset;
	return axis_touches(&flipped);
}

/* The protocol wants the anchor within the parent: what is beyond becomes offset. */
static void anchor_clamp(struct axis *axis)
{
	int32_t before = axis->anchor;

	if (axis->anchor_length < 1)
		axis->anchor_length = 1;
	if (axis->anchor_length > axis->room)
		axis->anchor_length = axis->room;
	if (axis->anchor < 0)
		axis->anchor = 0;
	if (axis->anchor > axis->room - axis->anchor_length)
		axis->anchor = axis->room - axis->anchor_length;
	axis->offset += before - axis->anchor;
}

static void axis_clamp(struct axis *axis)
{
	int32_t begin;

	anchor_clamp(axis);
	/* So that the content, and not the border, is where the guest wants it. */
	axis->offset -= axis->towards * FRAME_POPUP_BORDER;
	begin = axis_begin(axis);
	if (begin < -axis->length)
		axis->offset += -axis->length - begin;
	if (begin > axis->room)
		axis->offset += axis->room - begin;
}

static int32_t length_of(int32_t around, int32_t most)
{
	return around < most ? around : most;
}

void place_make(const Vmsilo__Windows__Popup *message, uint32_t scale,
	const struct place_parent *parent, int32_t most_width, int32_t most_height,
	struct place *ret)
{
	const struct frame_style style = {.popup = true};
	int32_t width, height;

	frame_around(&style, scale_hold((int32_t)message->width, scale),
		scale_hold((int32_t)message->height, scale), &width, &height);
	struct axis x = {
		.anchor = parent->content_x + scale_to_logical(message->anchor_x, scale),
		.anchor_length = scale_to_logical((int32_t)message->anchor_width, scale),
		.anchored = side_of(message->anchor, EDGE_LEFT, EDGE_RIGHT),
		.towards = side_of(message->gravity, EDGE_LEFT, EDGE_RIGHT),
		.offset = scale_to_logical(message->offset_x, scale),
		.length = length_of(width, most_width),
		.room = parent->width,
	};
	struct axis y = {
		.anchor = parent->content_y + scale_to_logical(message->anchor_y, scale),
		.anchor_length = scale_to_logical((int32_t)message->anchor_height, scale),
		.anchored = side_of(message->anchor, EDGE_TOP, EDGE_BOTTOM),
		.towards = side_of(message->gravity, EDGE_TOP, EDGE_BOTTOM),
		.offset = scale_to_logical(message->offset_y, scale),
		.length = length_of(height, most_height),
		.room = parent->height,
	};
	axis_clamp(&x);
	axis_clamp(&y);
	*ret = (struct place){
		.anchor = {x.anchor, y.anchor, x.anchor_length, y.anchor_length},
		.width = x.length,
		.height = y.length,
		.anchored = message->anchor,
		.towards = message->gravity,
		.offset_x = x.offset,
		.offset_y = y.offset,
		.adjustment = message->adjustment,
	};
	if (!axis_flipped_touches(&x))
		ret->adjustment &= ~(uint32_t)FLIP_X;
	if (!axis_flipped_touches(&y))
		ret->adjustment &= ~(uint32_t)FLIP_Y;
}
