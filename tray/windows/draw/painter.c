#include "tray/windows/draw/painter.h"

#include <math.h>
#include <stdio.h>

#include "tray/windows/draw/label.h"
#include "tray/windows/draw/scale.h"

#define LETTERS 13       /* logical pixels */
#define STRIP_LETTERS 12 /* likewise, where there is only a strip */
#define SYMBOL 5         /* half a side of a button's sign */
#define STROKE 1.0       /* half of its strokes' width */

struct stroke {
	double x1, y1, x2, y2;
};

/* ---- plain shapes ---- */

static void pixel_mix(
	const struct canvas *canvas, int32_t x, int32_t y, struct colour colour, double coverage)
{
	const uint8_t channels[] = {colour.blue, colour.green, colour.red};
	uint8_t *pixel;

	if (x < 0 || y < 0 || x >= canvas->width || y >= canvas->height || coverage <= 0)
		return;
	pixel = canvas->pixels + (ptrdiff_t)y * canvas->stride + x * 4;
	for (int i = 0; i < 3; i++)
		pixel[i] = (uint8_t)lround(channels[i] * coverage + pixel[i] * (1 - coverage));
	pixel[3] = 0xff;
}

static void ground_fill(const struct canvas *canvas, struct colour colour)
{
	uint32_t pixel = UINT32_C(0xff) << 24 | (uint32_t)colour.red << 16 |
			 (uint32_t)colour.green << 8 | colour.blue;

	for (int32_t y = 0; y < canvas->height; y++) {
		uint32_t *row =
			(uint32_t *)(void *)(canvas->pixels + (ptrdiff_t)y * canvas->stride);
		for (int32_t x = 0; x < canvas->width; x++)
			row[x] = pixel;
	}
}

static void box_fill(const struct canvas *canvas, int32_t x, int32_t y, int32_t width,
	int32_t height, struct colour colour, double coverage)
{
	for (int32_t row = y; row < y + height; row++)
		for (int32_t column = x; column < x + width; column++)
			pixel_mix(canvas, column, row, colour, coverage);
}

/* How far a place is from a line. */
static double stroke_distance(const struct stroke *stroke, double x, double y)
{
	double dx = stroke->x2 - stroke->x1, dy = stroke->y2 - stroke->y1;
	double at = ((x - stroke->x1) * dx + (y - stroke->y1) * dy) / (dx * dx + dy * dy);

	at = at < 0 ? 0 : at > 1 ? 1 : at;
	return hypot(x - stroke->x1 - at * dx, y - stroke->y1 - at * dy);
}

static void stroke_draw(
	const struct canvas *canvas, const struct stroke *stroke, double half, struct colour ink)
{
	int32_t left = (int32_t)(fmin(stroke->x1, stroke->x2) - half - 1);
	int32_t right = (int32_t)(fmax(stroke->x1, stroke->x2) + half + 2);
	int32_t top = (int32_t)(fmin(stroke->y1, stroke->y2) - half - 1);
	int32_t bottom = (int32_t)(fmax(stroke->y1, stroke->y2) + half + 2);

	for (int32_t y = top; y < bottom; y++)
		for (int32_t x = left; x < right; x++) {
			double beyond = stroke_distance(stroke, x + 0.5, y + 0.5) - half;
			pixel_mix(canvas, x, y, ink, fmin(fmax(0.5 - beyond, 0), 1));
		}
}

/* ---- buttons ---- */

static void strokes_draw(const struct canvas *canvas, const struct stroke *strokes, int count,
	double x, double y, double scale, struct colour ink)
{
	for (int i = 0; i < count; i++) {
		const struct stroke stroke = {x + strokes[i].x1 * scale, y + strokes[i].y1 * scale,
			x + strokes[i].x2 * scale, y + strokes[i].y2 * scale};
		stroke_draw(canvas, &stroke, STROKE * scale * 0.8, ink);
	}
}

static void button_draw(const struct canvas *canvas, const struct painter_title *title,
	enum frame_part button, struct colour ink)
{
	static const struct stroke cross[] = {
		{-SYMBOL, -SYMBOL, SYMBOL, SYMBOL}, {SYMBOL, -SYMBOL, -SYMBOL, SYMBOL}};
	static const struct stroke line[] = {{-SYMBOL, SYMBOL, SYMBOL, SYMBOL}};
	double side = title->maximized ? SYMBOL - 1.5 : SYMBOL;
	const struct stroke square[] = {{-side, -side, side, -side}, {side, -side, side, side},
		{side, side, -side, side}, {-side, side, -side, -side}};
	struct frame_box box = frame_button(title->style, title->width, button);
	double scale = (double)title->scale / WINDOWS_SCALE_ONE;
	double x = (box.x + box.width / 2.0) * scale, y = (box.y + box.height / 2.0) * scale;

	if (box.width == 0)
		return;
	if (title->under == button)
		box_fill(canvas, (int32_t)(box.x * scale), (int32_t)(box.y * scale),
			(int32_t)(box.width * scale), (int32_t)(box.height * scale), ink, 0.25);
	if (button == FRAME_CLOSE)
		strokes_draw(canvas, cross, 2, x, y, scale, ink);
	else if (button == FRAME_MINIMIZE)
		strokes_draw(canvas, line, 1, x, y, scale, ink);
	else
		strokes_draw(canvas, square, 4, x, y, scale, ink);
}

/* ---- all of it ---- */

/* The VM's name first: a long title does not push it away. */
static void label_draw(struct text *text, const struct canvas *canvas,
	const struct painter_title *title, struct colour ink)
{
	struct frame_box box = frame_label(title->style, title->width);
	int32_t letters = title->style->titled ? LETTERS : STRIP_LETTERS;
	struct text_place place = {
		.x = scale_to_physical(box.x, title->scale),
		.right = scale_to_physical(box.x + box.width, title->scale),
		.top = scale_to_physical(box.y, title->scale),
		.bottom = scale_to_physical(box.y + box.height, title->scale),
		.size = (uint32_t)scale_to_physical(letters, title->scale),
		.bold = true,
		.ink = ink,
	};
	char name[VM_NAME_MAX + 3];

	if (box.width <= 0)
		return;
	snprintf(name, sizeof(name), "[%s]", title->vm);
	place.x = text_draw(text, canvas, &place, name) +
		  scale_to_physical(letters / 2, title->scale);
	place.bold = false;
	if (title->style->titled && place.x < place.right)
		text_draw(text, canvas, &place, title->title);
}

void painter_title(
	struct text *text, const struct painter_title *title, const struct canvas *canvas)
{
	struct colour ink = label_ink(title->colour);

	ground_fill(canvas, title->colour);
	label_draw(text, canvas, title, ink);
	for (int button = FRAME_CLOSE; button <= FRAME_MINIMIZE; button++)
		button_draw(canvas, title, (enum frame_part)button, ink);
}
