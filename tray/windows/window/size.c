#include "tray/windows/window/size.h"

#include "tray/windows/draw/scale.h"

/* The content's part of a side of the frame. */
static int32_t side_of(int32_t frame, int32_t around, uint32_t scale)
{
	int32_t room = scale_floor(frame - around, scale), least = scale_multiple(scale);
	int32_t side = scale_to_physical(room > least ? room : least, scale);

	if (frame <= 0)
		return 0;
	return side < WINDOWS_SIDE_MAX ? side : WINDOWS_SIDE_MAX;
}

static struct size of_frame(
	const struct frame_style *style, int32_t width, int32_t height, uint32_t scale)
{
	return (struct size){side_of(width, 2 * frame_border(style), scale),
		side_of(height, frame_border(style) + frame_top(style), scale)};
}

static int32_t side_rescale(int32_t side, uint32_t from, uint32_t to)
{
	if (from == to || side == 0)
		return side;
	side = scale_to_physical(scale_hold(side, from), to);
	return side < WINDOWS_SIDE_MAX ? side : WINDOWS_SIDE_MAX;
}

/* The program has drawn since it was told of its size, and so the size that it has is its own. */
static bool is_answered(const struct window *window)
{
	return window->drawn_serial >= window->sent_serial;
}

/* The one that it has, or was told of and has not drawn yet. */
static struct size kept(const struct window *window, bool drawn)
{
	const struct content *content = &window->content;
	uint32_t from = drawn ? content->scale : window->sent_scale, to = window->wanted.scale;

	return (struct size){side_rescale(drawn ? content->width : window->sent_width, from, to),
		side_rescale(drawn ? content->height : window->sent_height, from, to)};
}

static bool is_same(const struct window_shape *shape, int32_t width, int32_t height)
{
	return shape->width == width && shape->height == height;
}

static bool is_repeated(const struct window *window, const struct window_shape *before)
{
	const struct window_shape *shape = &window->wanted;

	return (shape_is_free(before) && is_same(shape, before->width, before->height)) ||
	       (!shape->resizing && is_same(shape, window->stale_width, window->stale_height));
}

struct size size_wanted(const struct window *window, const struct window_shape *before)
{
	const struct window_shape *shape = &window->wanted;
	struct window_shape of = *shape;
	struct frame_style style;

	if (window->mapped && shape_is_free(shape) && shape->width > 0 && shape->height > 0) {
		if (is_same(shape, window->width, window->height))
			return kept(window, before || is_answered(window));
		if (!before || is_repeated(window, before))
			return kept(window, is_answered(window));
		/* Not in fullscreen, where kwin says that it would draw the title. */
		if (!before->fullscreen)
			of.titled = before->titled;
	}
	window_style(window, &of, &style);
	return of_frame(&style, shape->width, shape->height, shape->scale);
}

void size_chosen(struct window *window, int32_t width, int32_t height)
{
	const struct window_shape *shape = &window->shown;

	if (!window->mapped || !shape_is_free(shape) || is_same(shape, width, height))
		return;
	window->stale_width = window->width;
	window->stale_height = window->height;
}

void size_heard(struct window *window)
{
	const struct window_shape *shape = &window->wanted;

	if (shape->width > 0 && !is_same(shape, window->stale_width, window->stale_height))
		window->stale_width = window->stale_height = 0;
}

struct size size_bounds(const struct window *window)
{
	struct frame_style style;

	window_style(window, &window->wanted, &style);
	return of_frame(&style, window->bounds_width, window->bounds_height, window->wanted.scale);
}
