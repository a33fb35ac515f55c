#include "tray/windows/rules/work.h"

#include "proto/windows.pb-c.h"
#include "proto/wire/frame.h"

#define PICTURE 40        /* a cursor's */
#define PICTURE_COPIES 12 /* of its pixels: they come in a message; 0.4 ms for the largest */

static uint32_t area_work(uint32_t width, uint32_t height)
{
	uint64_t work = (uint64_t)width * height / WORK_PIXELS;

	return work < WORK_BURST ? (uint32_t)work : WORK_BURST;
}

/* Of what is painted; sizes are not checked yet. */
static uint32_t piece_work(uint16_t type, const void *untrusted)
{
	const Vmsilo__Windows__Rect *rect = untrusted;
	const Vmsilo__Windows__Copy *copy = untrusted;
	const Vmsilo__Windows__Fill *fill = untrusted;

	switch (type) {
	case FRAME_WINDOWS_RECT:
		return area_work(rect->width, rect->height);
	case FRAME_WINDOWS_COPY:
		return 2 * area_work(copy->width, copy->height);
	case FRAME_WINDOWS_FILL:
		return area_work(fill->width, fill->height);
	default:
		return 0;
	}
}

static uint32_t picture_work(const Vmsilo__Windows__Cursor *untrusted)
{
	return PICTURE +
	       (untrusted ? PICTURE_COPIES * area_work(untrusted->width, untrusted->height) : 0);
}

uint32_t work_of(uint16_t type, const ProtobufCMessage *untrusted_message)
{
	switch (type) {
	case FRAME_WINDOWS_TOPLEVEL:
	case FRAME_WINDOWS_POPUP:
		return WORK_NEW_WINDOW;
	case FRAME_WINDOWS_GONE:
	case FRAME_WINDOWS_REQUEST:
	case FRAME_WINDOWS_ACTIVATE:
	case FRAME_WINDOWS_CONSTRAINT:
	case FRAME_WINDOWS_TEXT_INPUT:
		return PICTURE;
	case FRAME_WINDOWS_CURSOR:
		return picture_work((const Vmsilo__Windows__Cursor *)untrusted_message);
	case FRAME_WINDOWS_DRAG:
		return picture_work(((const Vmsilo__Windows__Drag *)untrusted_message)->icon);
	case FRAME_WINDOWS_FRAME_END:
	case FRAME_WINDOWS_SHARED_FRAME:
		return 20;
	default:
		return 1 + piece_work(type, untrusted_message);
	}
}

void work_init(struct rate *rate, uint64_t now_ms)
{
	rate_init(rate, WORK_PER_SECOND, WORK_BURST, now_ms);
}
