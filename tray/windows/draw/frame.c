#include "tray/windows/draw/frame.h"

#define EDGE_TOP 1
#define EDGE_BOTTOM 2
#define EDGE_LEFT 4
#define EDGE_RIGHT 8
#define LABEL_MARGIN 6
#define LABEL_MIN 110 /* buttons go before a VM's name of usual length is cut */

bool frame_is_labelled(const struct frame_style *style)
{
	return !style->popup && !style->bare;
}

static bool is_titled(const struct frame_style *style)
{
	return style->titled && frame_is_labelled(style);
}

int32_t frame_border(const struct frame_style *style)
{
	if (style->bare)
		return 0;
	return style->popup ? FRAME_POPUP_BORDER : FRAME_BORDER;
}

int32_t frame_top(const struct frame_style *style)
{
	if (!frame_is_labelled(style))
		return frame_border(style);
	return is_titled(style) ? FRAME_BORDER + FRAME_TITLE : FRAME_STRIP;
}

void frame_room(const struct frame_style *style, int32_t width, int32_t height, int32_t *ret_width,
	int32_t *ret_height)
{
	*ret_width = width - 2 * frame_border(style);
	*ret_height = height - frame_border(style) - frame_top(style);
	if (*ret_width <= 0 || *ret_height <= 0)
		*ret_width = *ret_height = 0;
}

void frame_around(const struct frame_style *style, int32_t content_width, int32_t content_height,
	int32_t *ret_width, int32_t *ret_height)
{
	*ret_width = content_width + 2 * frame_border(style);
	*ret_height = content_height + frame_border(style) + frame_top(style);
	if (frame_is_labelled(style) && *ret_width < FRAME_WIDTH_MIN)
		*ret_width = FRAME_WIDTH_MIN;
}

/* Which place from the right a button has; -1: none. */
static int button_place(const struct frame_style *style, enum frame_part button)
{
	int place = 0;

	if (button == FRAME_CLOSE)
		return 0;
	place++;
	if (button == FRAME_MAXIMIZE)
		return style->buttons_maximize ? place : -1;
	place += style->buttons_maximize ? 1 : 0;
	return style->buttons_minimize ? place : -1;
}

struct frame_box frame_button(
	const struct frame_style *style, int32_t width, enum frame_part button)
{
	int place = button_place(style, button);
	int32_t x = width - frame_border(style) - (place + 1) * FRAME_BUTTON;

	if (place < 0 || !is_titled(style) || x < frame_border(style) + LABEL_MIN)
		return (struct frame_box){0};
	return (struct frame_box){x, frame_border(style), FRAME_BUTTON, FRAME_TITLE};
}

struct frame_box frame_label(const struct frame_style *style, int32_t width)
{
	int32_t left = frame_border(style) + LABEL_MARGIN, right = width - left;

	for (int button = FRAME_CLOSE; button <= FRAME_MINIMIZE; button++) {
		struct frame_box box = frame_button(style, width, (enum frame_part)button);
		if (box.width > 0 && box.x - LABEL_MARGIN < right)
			right = box.x - LABEL_MARGIN;
	}
	if (!frame_is_labelled(style) || right <= left)
		return (struct frame_box){0};
	if (!is_titled(style))
		return (struct frame_box){left, 0, right - left, FRAME_STRIP};
	return (struct frame_box){left, FRAME_BORDER, right - left, FRAME_TITLE};
}

static bool is_inside(const struct frame_box *box, int32_t x, int32_t y)
{
	return x >= box->x && x < box->x + box->width && y >= box->y && y < box->y + box->height;
}

/* On the border, with corners that reach further along it. */
static uint32_t edges_at(
	const struct frame_style *style, int32_t width, int32_t height, int32_t x, int32_t y)
{
	int32_t border = frame_border(style);
	uint32_t edges = 0;

	if (x >= border && x < width - border && y >= border && y < height - border)
		return 0;
	if (y < border || y < FRAME_CORNER)
		edges |= EDGE_TOP;
	if (y >= height - border || y >= height - FRAME_CORNER)
		edges |= EDGE_BOTTOM;
	if (x < border || x < FRAME_CORNER)
		edges |= EDGE_LEFT;
	if (x >= width - border || x >= width - FRAME_CORNER)
		edges |= EDGE_RIGHT;
	/* Of a frame so small that everything is a corner. */
	if ((edges & 3) == 3)
		edges &= ~(uint32_t)EDGE_TOP;
	if ((edges & 12) == 12)
		edges &= ~(uint32_t)EDGE_LEFT;
	return edges;
}

enum frame_part frame_part_at(const struct frame_style *style, int32_t width, int32_t height,
	int32_t x, int32_t y, uint32_t *ret_edges)
{
	*ret_edges = 0;
	if (!frame_is_labelled(style) || x < 0 || y < 0 || x >= width || y >= height)
		return FRAME_NOTHING;
	for (int button = FRAME_CLOSE; button <= FRAME_MINIMIZE; button++) {
		struct frame_box box = frame_button(style, width, (enum frame_part)button);
		if (is_inside(&box, x, y))
			return (enum frame_part)button;
	}
	*ret_edges = edges_at(style, width, height, x, y);
	if (*ret_edges)
		return FRAME_EDGE;
	return y < frame_top(style) ? FRAME_MOVE : FRAME_NOTHING;
}
