#include "tray/windows/rules/rules.h"

#include <stdlib.h>
#include <uv.h>

#include "proto/windows.pb-c.h"
#include "proto/wire/frame.h"
#include "tray/windows/rules/check.h"

#define IN(phase) (1u << (phase))
#define THERE (IN(WINDOW_ANNOUNCED) | IN(WINDOW_CONFIGURED))

/* In which phases of its window a message may come. The first field of each is the window's number.
 */
static const struct rule {
	uint16_t type;
	unsigned int phases; /* 0: it is about no window */
	bool toplevels_only;
} table[] = {
	{FRAME_WINDOWS_TOPLEVEL, IN(WINDOW_FREE) | THERE, false},
	{FRAME_WINDOWS_POPUP, IN(WINDOW_FREE) | THERE, false},
	{FRAME_WINDOWS_GONE, THERE, false},
	{FRAME_WINDOWS_FRAME, IN(WINDOW_CONFIGURED), false},
	{FRAME_WINDOWS_SHARED_FRAME, IN(WINDOW_CONFIGURED), false},
	{FRAME_WINDOWS_FRAME_END, IN(WINDOW_BUILDING), false},
	{FRAME_WINDOWS_RECT, 0, false},
	{FRAME_WINDOWS_COPY, 0, false},
	{FRAME_WINDOWS_FILL, 0, false},
	{FRAME_WINDOWS_REQUEST, THERE, true},
	{FRAME_WINDOWS_ACTIVATE, THERE, true},
	{FRAME_WINDOWS_CONSTRAINT, THERE, false},
	{FRAME_WINDOWS_DRAG, THERE, false},
	{FRAME_WINDOWS_TEXT_INPUT, THERE, false},
	{FRAME_WINDOWS_CURSOR, 0, false},
	{FRAME_WINDOWS_CLIPBOARD_DATA, 0, false},
};

void rules_init(struct rules *rules, const struct rules_limits *limits)
{
	*rules = (struct rules){.limits = *limits};
	if (rules->limits.windows > WINDOWS_MAX)
		rules->limits.windows = WINDOWS_MAX;
	if (rules->limits.pixels > WINDOWS_PIXELS_MAX)
		rules->limits.pixels = WINDOWS_PIXELS_MAX;
}

void rules_finish(struct rules *rules)
{
	cover_finish(&rules->building.cover);
}

static struct rules_window *window_find(struct rules *rules, uint32_t id)
{
	for (uint32_t i = 0; id != 0 && i < WINDOWS_MAX; i++)
		if (rules->windows[i].phase != WINDOW_FREE && rules->windows[i].id == id)
			return &rules->windows[i];
	return NULL;
}

const struct rules_window *rules_window(const struct rules *rules, uint32_t window)
{
	return window_find((struct rules *)rules, window);
}

/* ---- windows ---- */

static int window_add(
	struct rules *rules, uint32_t id, bool popup, uint32_t parent, struct error *error)
{
	uint32_t at = 0;

	if (id <= rules->highest)
		return error_set(error, UV_EPROTO, "window %u after window %u", id, rules->highest);
	if (rules->count >= rules->limits.windows)
		return error_set(error, UV_EPROTO, "more than %u windows", rules->limits.windows);
	while (rules->windows[at].phase != WINDOW_FREE)
		at++;
	rules->windows[at] = (struct rules_window){
		.id = id, .phase = WINDOW_ANNOUNCED, .popup = popup, .parent = parent};
	rules->highest = id;
	rules->count++;
	return 0;
}

/* A window above itself would be an error of ours to the compositor. */
static bool is_above(struct rules *rules, uint32_t id, uint32_t parent)
{
	const struct rules_window *window;

	for (uint32_t i = 0; i < WINDOWS_MAX && parent != 0; i++) {
		if (parent == id)
			return true;
		window = window_find(rules, parent);
		parent = window ? window->parent : 0;
	}
	return parent != 0;
}

static int on_toplevel(struct rules *rules, struct rules_window *window, const void *untrusted,
	struct error *error)
{
	const Vmsilo__Windows__Toplevel *message = untrusted;
	const struct rules_window *parent = window_find(rules, message->parent);

	if (window && window->popup)
		return error_set(error, UV_EPROTO, "popup %u as a toplevel", window->id);
	if (message->parent != 0 && (!parent || parent->popup))
		return error_set(error, UV_EPROTO, "window %u above %u, which is no toplevel",
			message->window, message->parent);
	if (is_above(rules, message->window, message->parent))
		return error_set(error, UV_EPROTO, "window %u above itself", message->window);
	if (!window)
		return window_add(rules, message->window, false, message->parent, error);
	window->parent = message->parent;
	return 0;
}

static int on_popup(struct rules *rules, struct rules_window *window, const void *untrusted,
	struct error *error)
{
	const Vmsilo__Windows__Popup *message = untrusted;

	if (window && !window->popup)
		return error_set(error, UV_EPROTO, "toplevel %u as a popup", window->id);
	if (window && window->parent == 0)
		return 0; /* its parent went: it is dismissed already */
	if (window && window->parent != message->parent)
		return error_set(error, UV_EPROTO, "popup %u with another parent", window->id);
	if (!window_find(rules, message->parent) || message->parent == message->window)
		return error_set(error, UV_EPROTO, "popup %u of window %u, which is not there",
			message->window, message->parent);
	return window ? 0 : window_add(rules, message->window, true, message->parent, error);
}

static void on_gone(struct rules *rules, struct rules_window *window)
{
	for (uint32_t i = 0; i < WINDOWS_MAX; i++)
		if (rules->windows[i].parent == window->id)
			rules->windows[i].parent = 0;
	rules->pixels -= (uint64_t)window->width * window->height;
	rules->count--;
	*window = (struct rules_window){0};
}

/* ---- frames ---- */

static int frame_admit(struct rules *rules, struct rules_window *window, uint32_t width,
	uint32_t height, uint32_t serial, struct error *error)
{
	uint64_t pixels = (uint64_t)width * height;
	uint64_t before = (uint64_t)window->width * window->height;

	if (window->frames >= WINDOWS_FRAMES_MAX)
		return error_set(error, UV_EPROTO, "a third frame of window %u", window->id);
	if (serial > window->serial || serial < window->obeyed)
		return error_set(
			error, UV_EPROTO, "a frame of window %u for serial %u", window->id, serial);
	if (rules->pixels - before + pixels > rules->limits.pixels)
		return error_set(error, UV_EPROTO, "more than %llu pixels of windows",
			(unsigned long long)rules->limits.pixels);
	return 0;
}

static void frame_take(struct rules *rules, struct rules_window *window, uint32_t width,
	uint32_t height, uint32_t serial)
{
	rules->pixels -= (uint64_t)window->width * window->height;
	rules->pixels += (uint64_t)width * height;
	window->width = width;
	window->height = height;
	window->obeyed = serial;
}

static int on_frame(struct rules *rules, struct rules_window *window, const void *untrusted,
	struct error *error)
{
	const Vmsilo__Windows__Frame *message = untrusted;
	struct rules_building *building = &rules->building;
	int code =
		frame_admit(rules, window, message->width, message->height, message->serial, error);

	if (code < 0)
		return code;
	*building = (struct rules_building){.window = window,
		.width = message->width,
		.height = message->height,
		.anew = message->width != window->width || message->height != window->height ||
			window->shared};
	if (building->anew)
		cover_init(&building->cover, message->width, message->height);
	frame_take(rules, window, message->width, message->height, message->serial);
	window->phase = WINDOW_BUILDING;
	window->shared = false;
	return 0;
}

static int on_frame_end(struct rules *rules, struct rules_window *window, struct error *error)
{
	struct rules_building *building = &rules->building;

	if (building->anew && !cover_is_whole(&building->cover))
		return error_set(error, UV_EPROTO, "a frame of window %u of which %llu pixels miss",
			window->id, (unsigned long long)building->cover.missing);
	cover_finish(&building->cover);
	building->window = NULL;
	window->phase = WINDOW_CONFIGURED;
	window->frames++;
	return 0;
}

static int on_shared_frame(struct rules *rules, struct rules_window *window, const void *untrusted,
	struct error *error)
{
	const Vmsilo__Windows__SharedFrame *message = untrusted;
	uint64_t size = (uint64_t)message->stride * message->height;

	if (size > rules->limits.shared || message->offset > rules->limits.shared - size)
		return error_set(error, UV_EPROTO, "a frame of window %u outside of what is shared",
			window->id);
	int code =
		frame_admit(rules, window, message->width, message->height, message->serial, error);
	if (code < 0)
		return code;
	frame_take(rules, window, message->width, message->height, message->serial);
	window->shared = true;
	window->frames++;
	return 0;
}

/* RECT, COPY or FILL: so many may be in a frame, so much may they paint, and they are inside. */
static int piece_take(struct rules *rules, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
	struct error *error)
{
	struct rules_building *building = &rules->building;
	uint64_t area = (uint64_t)building->width * building->height;

	if (width == 0 || height == 0 || width > building->width || height > building->height ||
		x > building->width - width || y > building->height - height)
		return error_set(error, UV_EPROTO, "a piece outside of its frame");
	building->work += (uint64_t)width * height;
	if (++building->pieces > WINDOWS_PIECES_MAX || building->work > area * WINDOWS_WORK_FACTOR)
		return error_set(error, UV_EPROTO, "a frame of too many pieces");
	return 0;
}

static int piece_cover(struct rules *rules, uint32_t x, uint32_t y, uint32_t width, uint32_t height,
	struct error *error)
{
	int code = piece_take(rules, x, y, width, height, error);

	if (code == 0 && rules->building.anew)
		code = cover_add(&rules->building.cover, x, y, width, height);
	return code;
}

static int on_rect(struct rules *rules, const void *untrusted, struct error *error)
{
	const Vmsilo__Windows__Rect *message = untrusted;
	int code =
		piece_cover(rules, message->x, message->y, message->width, message->height, error);
	uint64_t bytes = (uint64_t)message->width * message->height * 4;

	if (code == 0 && bytes > FRAME_WINDOWS_PIXELS_MAX)
		return error_set(
			error, UV_EPROTO, "a rectangle of %llu bytes", (unsigned long long)bytes);
	rules->building.owed = code == 0 ? (uint32_t)bytes : 0;
	return code;
}

static int on_copy(struct rules *rules, const void *untrusted, struct error *error)
{
	const Vmsilo__Windows__Copy *message = untrusted;
	int code =
		piece_take(rules, message->x, message->y, message->width, message->height, error);

	if (code == 0 && (message->dy == 0 || message->dy <= -(int64_t)message->height ||
				 message->dy >= (int64_t)message->height))
		code = error_set(
			error, UV_EPROTO, "a copy of %u rows by %d", message->height, message->dy);
	return code;
}

static int on_fill(struct rules *rules, const void *untrusted, struct error *error)
{
	const Vmsilo__Windows__Fill *message = untrusted;

	return piece_cover(rules, message->x, message->y, message->width, message->height, error);
}

int rules_pixels(struct rules *rules, uint32_t untrusted_length, struct error *error)
{
	if (rules->building.owed == 0 || untrusted_length != rules->building.owed)
		return error_set(error, UV_EPROTO, "%u bytes of pixels where %u are awaited",
			untrusted_length, rules->building.owed);
	rules->building.owed = 0;
	return 0;
}

/* ---- the clipboard ---- */

static int on_clipboard(struct rules *rules, const void *untrusted, struct error *error)
{
	const Vmsilo__Windows__ClipboardData *message = untrusted;

	if (rules->clipboard.serial == 0 || message->serial != rules->clipboard.serial)
		return error_set(error, UV_EPROTO, "a clipboard that nobody asked for");
	if (rules->clipboard.begun && message->kind != rules->clipboard.kind)
		return error_set(error, UV_EPROTO, "a clipboard of two kinds");
	rules->clipboard.begun = true;
	rules->clipboard.kind = (uint32_t)message->kind;
	rules->clipboard.bytes += message->data.len;
	if (rules->clipboard.bytes > rules->limits.clipboard_bytes)
		return error_set(error, UV_EPROTO, "a clipboard of more than %u bytes",
			rules->limits.clipboard_bytes);
	if (message->last)
		rules->clipboard.serial = 0;
	return 0;
}

void rules_clipboard_asked(struct rules *rules, uint32_t serial)
{
	rules->clipboard.serial = serial;
	rules->clipboard.bytes = 0;
	rules->clipboard.begun = false;
}

/* ---- all of it ---- */

static const struct rule *rule_find(uint16_t type)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].type == type)
			return &table[i];
	return NULL;
}

/* While a window is being built nothing comes but its pieces, and pixels only behind their RECT. */
static bool is_in_order(const struct rules *rules, uint16_t type, const struct rules_window *window)
{
	const struct rules_building *building = &rules->building;
	bool piece = type == FRAME_WINDOWS_RECT || type == FRAME_WINDOWS_COPY ||
		     type == FRAME_WINDOWS_FILL;

	if (building->owed > 0)
		return false;
	if (building->window)
		return piece || (type == FRAME_WINDOWS_FRAME_END && window == building->window);
	return !piece && type != FRAME_WINDOWS_FRAME_END;
}

/* The number that each message about a window has as its first field. */
static uint32_t window_number(const ProtobufCMessage *untrusted)
{
	const ProtobufCFieldDescriptor *field = &untrusted->descriptor->fields[0];

	return *(const uint32_t *)((const uint8_t *)untrusted + field->offset);
}

static int rule_apply(const struct rule *rule, const struct rules_window *window, uint32_t id,
	struct error *error)
{
	enum window_phase phase = window ? window->phase : WINDOW_FREE;

	if (rule->phases == 0)
		return 0;
	if (!(rule->phases & IN(phase)) || (rule->toplevels_only && window && window->popup))
		return error_set(error, UV_EPROTO, "%s for window %u, which is %s",
			frame_type_name(rule->type), id,
			!window         ? "not there"
			: window->popup ? "a popup, or not at that"
					: "not at that");
	return 0;
}

static int state_change(struct rules *rules, uint16_t type, struct rules_window *window,
	const void *untrusted, struct error *error)
{
	switch (type) {
	case FRAME_WINDOWS_TOPLEVEL:
		return on_toplevel(rules, window, untrusted, error);
	case FRAME_WINDOWS_POPUP:
		return on_popup(rules, window, untrusted, error);
	case FRAME_WINDOWS_GONE:
		on_gone(rules, window);
		return 0;
	case FRAME_WINDOWS_FRAME:
		return on_frame(rules, window, untrusted, error);
	case FRAME_WINDOWS_FRAME_END:
		return on_frame_end(rules, window, error);
	case FRAME_WINDOWS_SHARED_FRAME:
		return on_shared_frame(rules, window, untrusted, error);
	case FRAME_WINDOWS_RECT:
		return on_rect(rules, untrusted, error);
	case FRAME_WINDOWS_COPY:
		return on_copy(rules, untrusted, error);
	case FRAME_WINDOWS_FILL:
		return on_fill(rules, untrusted, error);
	case FRAME_WINDOWS_CLIPBOARD_DATA:
		return on_clipboard(rules, untrusted, error);
	default:
		return 0;
	}
}

int rules_message(struct rules *rules, uint16_t type, const ProtobufCMessage *untrusted_message,
	struct error *error)
{
	const struct rule *rule = rule_find(type);

	if (!rule)
		return error_set(error, UV_EPROTO, "%s, which is not the guest's to say",
			frame_type_name(type));
	uint32_t id = rule->phases ? window_number(untrusted_message) : 0;
	struct rules_window *window = window_find(rules, id);
	if (!is_in_order(rules, type, window))
		return error_set(error, UV_EPROTO, "%s in the wrong place", frame_type_name(type));
	int code = rule_apply(rule, window, id, error);
	if (code == 0)
		code = check_message(type, untrusted_message, error);
	return code < 0 ? code : state_change(rules, type, window, untrusted_message, error);
}

void rules_configured(struct rules *rules, uint32_t window, uint32_t serial)
{
	struct rules_window *found = window_find(rules, window);

	if (!found)
		return;
	if (serial > found->serial)
		found->serial = serial;
	if (found->phase == WINDOW_ANNOUNCED)
		found->phase = WINDOW_CONFIGURED;
}

void rules_frames_done(struct rules *rules, uint32_t window, unsigned int frames)
{
	struct rules_window *found = window_find(rules, window);

	if (found)
		found->frames -= frames < found->frames ? frames : found->frames;
}
