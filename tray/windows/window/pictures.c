#include "tray/windows/window/pictures.h"

#include <uv.h>

#define PIXEL 4

static void leaving_tell(struct view *view);

static uint64_t limit_of(const struct view *view)
{
	return view->guest.rules.limits.pixels * PIXEL;
}

/* ---- what there is ---- */

uint64_t pictures_bytes(const struct view *view)
{
	uint64_t bytes = view->leaving.known + view->leaving.since;

	for (int i = 0; i < WINDOWS_MAX; i++)
		for (int j = 0; view->windows[i] && j < CONTENT_PICTURES; j++)
			bytes += view->windows[i]->content.pictures[j].size;
	return bytes;
}

static void room_tell(struct view *view)
{
	if (view->guest.channel)
		view->guest.on_room(view->guest.data);
}

static void on_left(void *data, struct wl_callback *callback, uint32_t serial)
{
	struct view *view = data;

	(void)serial;
	wl_callback_destroy(callback);
	view->leaving.callback = NULL;
	view->leaving.known = 0;
	leaving_tell(view);
	room_tell(view);
}

static const struct wl_callback_listener left_listener = {.done = on_left};

/* Asks the compositor to answer once it has heard of all that we have destroyed so far. */
static void leaving_tell(struct view *view)
{
	struct pictures_leaving *leaving = &view->leaving;

	if (leaving->callback || leaving->since == 0)
		return;
	leaving->known = leaving->since;
	leaving->since = 0;
	leaving->callback = wl_display_sync(view->desktop->display);
	wl_callback_add_listener(leaving->callback, &left_listener, view);
}

/* It counts until the compositor has unmapped it, too. */
static void picture_leave(struct view *view, struct picture *picture)
{
	view->leaving.since += picture->size;
	picture_finish(picture);
	leaving_tell(view);
}

/* ---- what goes ---- */

/* Neither shown nor built, and the compositor does not look at it. */
static bool is_free(const struct content *content, int at)
{
	return !content->pictures[at].busy && at != content->front && at != content->back;
}

/* Until there is room for so many bytes within the limit, or nothing more that nobody needs. */
static void memory_free(struct view *view, uint64_t needed)
{
	uint64_t bytes = pictures_bytes(view) - view->leaving.known - view->leaving.since;

	for (int i = 0; i < WINDOWS_MAX; i++) {
		struct content *content = view->windows[i] ? &view->windows[i]->content : NULL;
		for (int j = 0; content && j < CONTENT_PICTURES; j++) {
			if (bytes + needed <= limit_of(view))
				return;
			if (!is_free(content, j))
				continue;
			bytes -= content->pictures[j].size;
			picture_leave(view, &content->pictures[j]);
		}
	}
}

static void on_release(void *data)
{
	memory_free(data, 0);
	room_tell(data);
}

/* ---- what is made ---- */

/* Some that are held are not what is shown: these come back. */
static bool any_comes_back(const struct view *view)
{
	if (view->leaving.callback)
		return true;
	for (int i = 0; i < WINDOWS_MAX; i++) {
		const struct content *content =
			view->windows[i] ? &view->windows[i]->content : NULL;
		for (int j = 0; content && j < CONTENT_PICTURES; j++)
			if (content->pictures[j].busy && j != content->front)
				return true;
	}
	return false;
}

/* A free one; of that size if there is one, or with memory for it. -1: the compositor holds all. */
static int picture_find(const struct content *content, int32_t width, int32_t height)
{
	int found = -1;
	bool holds = false;

	for (int i = 0; i < CONTENT_PICTURES; i++) {
		const struct picture *picture = &content->pictures[i];
		if (picture->busy || i == content->front)
			continue;
		if (picture->pixels && picture->width == width && picture->height == height)
			return i;
		if (!holds)
			found = i;
		holds = holds || picture_holds(picture, width, height);
	}
	return found;
}

static int picture_make(
	struct view *view, struct picture *picture, int32_t width, int32_t height, bool opaque)
{
	uint64_t needed = picture_bytes(width, height), spare = picture->pixels ? needed / 8 : 0;

	picture_leave(view, picture);
	memory_free(view, needed);
	uint64_t bytes = pictures_bytes(view) + needed;
	if (bytes > PICTURES_FACTOR * limit_of(view))
		return any_comes_back(view) ? UV_EAGAIN : UV_ENOMEM;
	if (bytes + spare > limit_of(view))
		spare = 0;
	int code = picture_init_spare(picture, view->desktop->shm, width, height, opaque, spare);
	picture->on_release = on_release;
	picture->data = view;
	return code;
}

int picture_take(struct window *window, int32_t width, int32_t height, bool opaque, int *ret_at,
	bool *ret_made)
{
	struct content *content = &window->content;
	int at = picture_find(content, width, height);

	/* A compositor that holds them all sees one change. */
	bool held = at < 0;
	if (held)
		at = (content->front + 1) % CONTENT_PICTURES;
	struct picture *picture = &content->pictures[at];
	*ret_at = at;
	*ret_made = !picture->pixels || picture->width != width || picture->height != height;
	if (!*ret_made)
		return 0;
	if (held)
		return UV_EAGAIN;
	if (!picture_holds(picture, width, height))
		return picture_make(window->view, picture, width, height, opaque);
	picture_reshape(picture, width, height, opaque);
	return 0;
}

/* ---- when ---- */

void pictures_trim(struct window *window)
{
	struct content *content = &window->content;
	const struct picture *shown = &content->pictures[content->front];

	for (int i = 0; i < CONTENT_PICTURES; i++)
		if (is_free(content, i) &&
			!picture_holds(&content->pictures[i], shown->width, shown->height))
			picture_leave(window->view, &content->pictures[i]);
	memory_free(window->view, 0);
}

void pictures_drop(struct window *window)
{
	for (int i = 0; i < CONTENT_PICTURES; i++)
		if (is_free(&window->content, i))
			picture_leave(window->view, &window->content.pictures[i]);
}

void pictures_finish(struct window *window)
{
	for (int i = 0; i < CONTENT_PICTURES; i++)
		picture_leave(window->view, &window->content.pictures[i]);
}

void pictures_leave(struct view *view)
{
	if (view->leaving.callback)
		wl_callback_destroy(view->leaving.callback);
	view->leaving = (struct pictures_leaving){0};
}
