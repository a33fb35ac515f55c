#include "tray/windows/window/content.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <uv.h>
#include <viewporter-client-protocol.h>

#include "tray/windows/draw/label.h"
#include "tray/windows/draw/scale.h"
#include "tray/windows/window/pictures.h"
#include "tray/windows/window/slots.h"
#include "tray/windows/window/window.h"

#define PIXEL 4
#define ROWS_AT_ONCE 64 /* of a rectangle, that one call takes from the socket */

/* ---- boxes ---- */

static bool box_is_empty(const struct box *box)
{
	return box->right <= box->left || box->bottom <= box->top;
}

static void box_grow(struct box *box, const struct box *by)
{
	if (box_is_empty(by))
		return;
	if (box_is_empty(box)) {
		*box = *by;
		return;
	}
	box->left = by->left < box->left ? by->left : box->left;
	box->top = by->top < box->top ? by->top : box->top;
	box->right = by->right > box->right ? by->right : box->right;
	box->bottom = by->bottom > box->bottom ? by->bottom : box->bottom;
}

static bool box_meets(const struct box *a, const struct box *b)
{
	return !box_is_empty(a) && !box_is_empty(b) && a->left < b->right && b->left < a->right &&
	       a->top < b->bottom && b->top < a->bottom;
}

/* What is left of a box once the other is taken away, as far as that is a box. False: it is not. */
static bool box_without(struct box *box, const struct box *other)
{
	bool across = other->left <= box->left && other->right >= box->right;
	bool down = other->top <= box->top && other->bottom >= box->bottom;

	if (!box_meets(box, other))
		return true;
	if (across && other->top <= box->top)
		box->top = other->bottom;
	else if (across && other->bottom >= box->bottom)
		box->bottom = other->top;
	else if (down && other->left <= box->left)
		box->left = other->right;
	else if (down && other->right >= box->right)
		box->right = other->left;
	else
		return false;
	return true;
}

static struct box box_of(uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	return (struct box){(int32_t)x, (int32_t)y, (int32_t)(x + width), (int32_t)(y + height)};
}

/* ---- pictures ---- */

void content_init(struct window *window)
{
	struct content *content = &window->content;
	const struct desktop *desktop = window->view->desktop;

	*content = (struct content){.front = -1, .back = -1};
	content->surface = wl_compositor_create_surface(desktop->compositor);
	content->subsurface = wl_subcompositor_get_subsurface(
		desktop->subcompositor, content->surface, window->main);
	content->viewport = wp_viewporter_get_viewport(desktop->viewporter, content->surface);
}

void content_finish(struct window *window)
{
	struct content *content = &window->content;

	pictures_finish(window);
	slots_finish(content);
	wp_viewport_destroy(content->viewport);
	wl_subsurface_destroy(content->subsurface);
	wl_surface_destroy(content->surface);
}

/* What was shown since a picture was may have been larger than it. */
static void box_cut(struct box *box, const struct picture *by)
{
	box->right = box->right < by->width ? box->right : by->width;
	box->bottom = box->bottom < by->height ? box->bottom : by->height;
}

static uint8_t *pixel_of(const struct picture *picture, uint32_t x, uint32_t y)
{
	return picture->pixels + ((size_t)y * (size_t)picture->width + x) * PIXEL;
}

/* Where the one that is built is older than what is shown: not before it must, since most of it may
 * come anew. */
static void stale_begin(struct content *content)
{
	struct box *stale = &content->building.stale;

	*stale = content->stale[content->back];
	if (content->front < 0 || content->front == content->back)
		*stale = (struct box){0};
	else
		box_cut(stale, &content->pictures[content->front]);
	box_cut(stale, &content->pictures[content->back]);
	if (box_is_empty(stale))
		*stale = (struct box){0};
}

static void stale_bring(struct content *content)
{
	const struct box *stale = &content->building.stale;

	for (int32_t y = stale->top; y < stale->bottom; y++)
		memcpy(pixel_of(&content->pictures[content->back], (uint32_t)stale->left,
			       (uint32_t)y),
			pixel_of(&content->pictures[content->front], (uint32_t)stale->left,
				(uint32_t)y),
			(size_t)(stale->right - stale->left) * PIXEL);
	content->building.stale = (struct box){0};
}

/* All of box is written next. */
static void stale_cover(struct content *content, const struct box *box)
{
	if (!content->building.failed && !box_without(&content->building.stale, box))
		stale_bring(content);
}

/* What is beyond the guest's pixels, up to whole logical ones, looks like our border. */
static void padding_fill(
	const struct window *window, struct picture *picture, int32_t width, int32_t height)
{
	struct colour colour =
		window_is_lit(window) ? window->view->colour : label_dim(window->view->colour);
	uint32_t pixel = UINT32_C(0xff) << 24 | (uint32_t)colour.red << 16 |
			 (uint32_t)colour.green << 8 | colour.blue;

	for (int32_t y = 0; y < picture->height; y++) {
		uint32_t *row =
			(uint32_t *)(void *)picture->pixels + (size_t)y * (size_t)picture->width;
		for (int32_t x = y < height ? width : 0; x < picture->width; x++)
			row[x] = pixel;
	}
}

static int back_take(struct window *window)
{
	struct content *content = &window->content;
	int32_t width = content->building.width, height = content->building.height;
	uint32_t scale = content->building.scale;
	bool whole = content->building.whole, made;
	int at;

	int code = picture_take(window, scale_to_physical(scale_hold(width, scale), scale),
		scale_to_physical(scale_hold(height, scale), scale), content->building.opaque, &at,
		&made);
	if (code < 0)
		return code;
	if (made)
		content->stale[at] = box_of(0, 0, (uint32_t)width, (uint32_t)height);
	picture_set_opaque(&content->pictures[at], content->building.opaque);
	content->back = at;
	padding_fill(window, &content->pictures[at], width, height);
	content->building.lit = window_is_lit(window);
	if (!whole)
		stale_begin(content);
	content->stale[at] = (struct box){0};
	return 0;
}

int content_begin(struct window *window, const Vmsilo__Windows__Frame *frame, uint32_t scale)
{
	struct content *content = &window->content;
	int32_t width = (int32_t)frame->width, height = (int32_t)frame->height;

	memset(&content->building, 0, sizeof(content->building));
	content->building.width = width;
	content->building.height = height;
	content->building.scale = scale;
	content->building.serial = frame->serial;
	content->building.opaque = frame->opaque;
	/* All of it comes: see rules.h. */
	content->building.whole = content->front < 0 || content->slot || width != content->width ||
				  height != content->height;
	return content_continue(window, false);
}

int content_continue(struct window *window, bool last)
{
	struct content *content = &window->content;
	int code = back_take(window);

	if (code == UV_EAGAIN && !last)
		return code;
	content->building.failed = code < 0;
	if (content->building.whole && code == 0)
		content->building.damage = box_of(0, 0, (uint32_t)content->building.width,
			(uint32_t)content->building.height);
	return 0;
}

static uint8_t *pixel_at(const struct content *content, uint32_t x, uint32_t y)
{
	return pixel_of(&content->pictures[content->back], x, y);
}

void content_rect(struct window *window, const Vmsilo__Windows__Rect *rect)
{
	struct content *content = &window->content;
	struct box box = box_of(rect->x, rect->y, rect->width, rect->height);

	content->building.rect = *rect;
	content->building.got = 0;
	stale_cover(content, &box);
	box_grow(&content->building.damage, &box);
}

void content_fill(struct window *window, const Vmsilo__Windows__Fill *fill)
{
	struct content *content = &window->content;
	struct box box = box_of(fill->x, fill->y, fill->width, fill->height);

	stale_cover(content, &box);
	box_grow(&content->building.damage, &box);
	for (uint32_t y = 0; y < fill->height && !content->building.failed; y++) {
		uint32_t *row = (uint32_t *)(void *)pixel_at(content, fill->x, fill->y + y);
		for (uint32_t x = 0; y == 0 && x < fill->width; x++)
			row[x] = fill->colour;
		if (y > 0)
			memcpy(row, pixel_at(content, fill->x, fill->y),
				(size_t)fill->width * PIXEL);
	}
}

/* Whether the rows can be taken from what is shown, which the frame has changed nothing of yet:
 * then they need not be brought to the picture before they move in it. */
static bool copy_is_of_front(const struct content *content, const struct box *box)
{
	struct box rest = content->building.stale;

	return !box_is_empty(&rest) && !box_meets(&content->building.damage, box) &&
	       box_without(&rest, box) && box_is_empty(&rest);
}

/* What of the stale is not covered by rows that moved. */
static void stale_move(struct content *content, const struct box *box, int32_t dy)
{
	struct box moved = *box;

	if (dy < 0)
		moved.bottom += dy;
	else
		moved.top += dy;
	stale_cover(content, &moved);
}

void content_copy(struct window *window, const Vmsilo__Windows__Copy *copy)
{
	struct content *content = &window->content;
	struct box box = box_of(copy->x, copy->y, copy->width, copy->height);
	uint32_t rows = copy->height - (uint32_t)abs(copy->dy);
	int source = content->back;

	if (content->building.failed)
		return;
	if (copy_is_of_front(content, &box)) {
		source = content->front;
		stale_move(content, &box, copy->dy);
	} else if (box_meets(&content->building.stale, &box)) {
		stale_bring(content);
	}
	box_grow(&content->building.damage, &box);
	for (uint32_t i = 0; i < rows; i++) {
		/* From the side that moves away from what is still to be read. */
		uint32_t to = copy->dy < 0 ? i : copy->height - 1 - i;
		uint32_t from = (uint32_t)((int32_t)to - copy->dy);
		memmove(pixel_at(content, copy->x, copy->y + to),
			pixel_of(&content->pictures[source], copy->x, copy->y + from),
			(size_t)copy->width * PIXEL);
	}
}

/* The places of the rectangle's next bytes, row by row. Returns how many there are. */
static int places_next(struct content *content, struct iovec *ret, uint32_t length)
{
	const Vmsilo__Windows__Rect *rect = &content->building.rect;
	uint32_t row_bytes = rect->width * PIXEL;
	uint32_t at = content->building.got;
	int count = 0;

	while (length > 0 && count < ROWS_AT_ONCE) {
		uint32_t column = at % row_bytes, rest = row_bytes - column;
		uint32_t part = rest < length ? rest : length;
		ret[count].iov_base = pixel_at(content, rect->x, rect->y + at / row_bytes) + column;
		ret[count++].iov_len = part;
		at += part;
		length -= part;
	}
	return count;
}

void content_pixels(struct window *window, const uint8_t *bytes, uint32_t length)
{
	struct content *content = &window->content;
	struct iovec places[ROWS_AT_ONCE];

	while (length > 0 && !content->building.failed) {
		int count = places_next(content, places, length);
		for (int i = 0; i < count; i++) {
			memcpy(places[i].iov_base, bytes, places[i].iov_len);
			bytes += places[i].iov_len;
			length -= (uint32_t)places[i].iov_len;
			content->building.got += (uint32_t)places[i].iov_len;
		}
	}
}

ssize_t content_receive(struct window *window, int fd, uint32_t length)
{
	struct content *content = &window->content;
	struct iovec places[ROWS_AT_ONCE];
	uint8_t nowhere[4096];
	int count = 1;

	if (content->building.failed)
		places[0] = (struct iovec){
			nowhere, length < sizeof(nowhere) ? length : sizeof(nowhere)};
	else
		count = places_next(content, places, length);
	struct msghdr message = {.msg_iov = places, .msg_iovlen = (size_t)count};
	ssize_t got = recvmsg(fd, &message, MSG_DONTWAIT);
	if (got < 0)
		return errno == EINTR ? UV_EAGAIN : -errno;
	content->building.got += (uint32_t)got;
	return got;
}

void content_end(struct window *window)
{
	struct content *content = &window->content;

	if (content->building.failed) {
		content->back = -1;
		return;
	}
	stale_bring(content);
	for (int i = 0; i < CONTENT_PICTURES; i++)
		if (i != content->back)
			box_grow(&content->stale[i], &content->building.damage);
	content->front = content->back;
	content->back = -1;
	content->slot = NULL;
	content->width = content->building.width;
	content->height = content->building.height;
	content->scale = content->building.scale;
	content->opaque = content->building.opaque;
	content->lit = content->building.lit;
	box_grow(&content->damage, &content->building.damage);
	content->fresh = true;
	pictures_trim(window);
}

void content_shared(
	struct window *window, const Vmsilo__Windows__SharedFrame *frame, uint32_t scale)
{
	struct content *content = &window->content;

	content->slot = slot_take(window, frame);
	content->front = -1;
	content->width = (int32_t)frame->width;
	content->height = (int32_t)frame->height;
	content->scale = scale;
	content->opaque = frame->opaque;
	content->fresh = content->slot != NULL;
	for (size_t i = 0; i < frame->n_damage; i++) {
		const Vmsilo__Windows__Rect *rect = frame->damage[i];
		struct box box = box_of(rect->x, rect->y, rect->width, rect->height);
		box_grow(&content->damage, &box);
	}
	pictures_drop(window);
}

/* ---- showing ---- */

void content_size(const struct content *content, int32_t *ret_width, int32_t *ret_height)
{
	uint32_t scale = content->scale;

	*ret_width = *ret_height = 0;
	if (content->width == 0)
		return;
	*ret_width = scale_hold(content->width, scale);
	*ret_height = scale_hold(content->height, scale);
	if (!content->slot)
		return;
	/* Nothing can be added to what lies in the region: the last pixel or two are left out. */
	if (scale_to_physical(*ret_width, scale) > content->width &&
		*ret_width > scale_multiple(scale))
		*ret_width -= scale_multiple(scale);
	if (scale_to_physical(*ret_height, scale) > content->height &&
		*ret_height > scale_multiple(scale))
		*ret_height -= scale_multiple(scale);
}

static void opaque_tell(struct content *content, struct wl_compositor *compositor)
{
	struct wl_region *region;

	if (content->opaque == content->opaque_told)
		return;
	content->opaque_told = content->opaque;
	region = wl_compositor_create_region(compositor);
	if (content->opaque)
		wl_region_add(region, 0, 0, INT32_MAX, INT32_MAX);
	wl_surface_set_opaque_region(content->surface, region);
	wl_region_destroy(region);
}

static void content_attach(struct content *content)
{
	const struct box *damage = &content->damage;

	if (content->slot) {
		wl_surface_attach(content->surface, content->slot->buffer, 0, 0);
		content->slot->busy = true;
	} else {
		picture_attach(&content->pictures[content->front], content->surface);
	}
	if (!content->attached)
		wl_surface_damage_buffer(content->surface, 0, 0, INT32_MAX, INT32_MAX);
	else if (!box_is_empty(damage))
		wl_surface_damage_buffer(content->surface, damage->left, damage->top,
			damage->right - damage->left, damage->bottom - damage->top);
	content->damage = (struct box){0};
	content->attached = true;
	content->fresh = false;
}

void content_light(struct window *window)
{
	struct content *content = &window->content;
	bool lit = window_is_lit(window);

	if (content->front < 0 || content->lit == lit)
		return;
	struct picture *picture = &content->pictures[content->front];
	content->lit = lit;
	if (picture->width == content->width && picture->height == content->height)
		return;
	padding_fill(window, picture, content->width, content->height);
	box_grow(&content->damage,
		&(struct box){.right = picture->width, .bottom = picture->height});
	content->fresh = true;
}

/* So much of the buffer, from its corner. */
static void viewport_set(const struct content *content, int32_t width, int32_t height)
{
	int32_t physical_width = scale_to_physical(width, content->scale);
	int32_t physical_height = scale_to_physical(height, content->scale);
	int32_t buffer_width =
		content->slot ? content->width : content->pictures[content->front].width;
	int32_t buffer_height =
		content->slot ? content->height : content->pictures[content->front].height;

	if (physical_width > buffer_width)
		physical_width = buffer_width;
	if (physical_height > buffer_height)
		physical_height = buffer_height;
	wp_viewport_set_source(content->viewport, 0, 0, wl_fixed_from_int(physical_width),
		wl_fixed_from_int(physical_height));
	wp_viewport_set_destination(content->viewport, width, height);
}

void content_commit(
	struct content *content, struct wl_compositor *compositor, int32_t width, int32_t height)
{
	bool is_there = width > 0 && height > 0 && (content->slot || content->front >= 0);

	if (is_there) {
		if (content->fresh || !content->attached)
			content_attach(content);
		viewport_set(content, width, height);
		opaque_tell(content, compositor);
	} else if (content->attached) {
		wl_surface_attach(content->surface, NULL, 0, 0);
		content->attached = false;
	}
	wl_surface_commit(content->surface);
}

void content_hide(struct content *content)
{
	if (content->attached)
		content_commit(content, NULL, 0, 0);
}
