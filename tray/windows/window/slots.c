#include "tray/windows/window/slots.h"

#include "proto/wire/frame.h"
#include "tray/windows/window/window.h"

/* The guest may write there again. */
static void on_release(void *data, struct wl_buffer *buffer)
{
	struct content_slot *slot = data;
	Vmsilo__Windows__SharedRelease message = VMSILO__WINDOWS__SHARED_RELEASE__INIT;

	(void)buffer;
	slot->busy = false;
	message.window = slot->window->id;
	message.offset = slot->offset;
	guest_send(&slot->window->view->guest, FRAME_WINDOWS_SHARED_RELEASE, &message.base);
}

static const struct wl_buffer_listener listener = {.release = on_release};

static void slot_finish(struct content_slot *slot)
{
	if (slot->buffer)
		wl_buffer_destroy(slot->buffer);
	*slot = (struct content_slot){0};
}

static bool slot_fits(const struct content_slot *slot, const Vmsilo__Windows__SharedFrame *frame)
{
	return slot->buffer && slot->offset == frame->offset &&
	       slot->width == (int32_t)frame->width && slot->height == (int32_t)frame->height &&
	       slot->stride == frame->stride && slot->opaque == (bool)frame->opaque;
}

/* A free place, or that of one at the same offset or of the oldest that nobody looks at. */
static struct content_slot *slot_place(struct content *content, uint64_t offset)
{
	struct content_slot *idle = &content->slots[0];

	for (int i = 0; i < CONTENT_SLOTS; i++) {
		struct content_slot *slot = &content->slots[i];
		if (!slot->buffer || (slot->offset == offset && !slot->busy))
			return slot;
		if (!slot->busy && slot != content->slot)
			idle = slot;
	}
	return idle;
}

struct content_slot *slot_take(struct window *window, const Vmsilo__Windows__SharedFrame *frame)
{
	struct content *content = &window->content;
	struct content_slot *slot;

	for (int i = 0; i < CONTENT_SLOTS; i++)
		if (slot_fits(&content->slots[i], frame))
			return &content->slots[i];
	slot = slot_place(content, frame->offset);
	slot_finish(slot);
	*slot = (struct content_slot){.window = window,
		.offset = frame->offset,
		.width = (int32_t)frame->width,
		.height = (int32_t)frame->height,
		.stride = frame->stride,
		.opaque = frame->opaque};
	slot->buffer = wl_shm_pool_create_buffer(window->view->shared, (int32_t)frame->offset,
		slot->width, slot->height, (int32_t)slot->stride,
		slot->opaque ? WL_SHM_FORMAT_XRGB8888 : WL_SHM_FORMAT_ARGB8888);
	wl_buffer_add_listener(slot->buffer, &listener, slot);
	return slot;
}

void slots_finish(struct content *content)
{
	for (int i = 0; i < CONTENT_SLOTS; i++)
		slot_finish(&content->slots[i]);
}
