/*
 * The guest's pixels of one window: pictures of our own into which its messages write, or buffers
 * in the region that is shared with it, which nobody here reads. What comes was checked by rules/.
 */
#ifndef VMSILO_TRAY_WINDOWS_WINDOW_CONTENT_H
#define VMSILO_TRAY_WINDOWS_WINDOW_CONTENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "proto/windows.pb-c.h"
#include "tray/windows/desktop/picture.h"
#include "tray/windows/rules/rules.h"

#define CONTENT_PICTURES \
	4               /* shown, still held, being built, and one for the compositor's pleasure */
#define CONTENT_SLOTS 8 /* buffers in the shared region */

struct window;

struct box {
	int32_t left, top, right, bottom; /* empty where right is not beyond left */
};

struct content_slot {
	struct window *window;
	struct wl_buffer *buffer; /* NULL: free */
	uint64_t offset;
	int32_t width, height;
	uint32_t stride;
	bool opaque, busy;
};

struct content {
	struct wl_surface *surface;
	struct wl_subsurface *subsurface;
	struct wp_viewport *viewport;
	struct picture pictures[CONTENT_PICTURES];
	struct box stale[CONTENT_PICTURES]; /* where each differs from what was shown last */
	struct content_slot slots[CONTENT_SLOTS];
	int front, back;           /* pictures: that was shown last, that is built; -1: none */
	struct content_slot *slot; /* the one that was shown last instead */
	/* Of what was shown last: the guest's size, physical; 0: nothing yet. */
	int32_t width, height;
	uint32_t scale;
	bool opaque, opaque_told;
	bool lit; /* what is beyond its pixels is as an active window's border */
	/* Of the frame that is built. */
	struct {
		int32_t width, height;
		uint32_t scale, serial;
		bool opaque, lit;
		bool whole; /* nothing of what is shown stays */
		struct box damage;
		struct box stale; /* of the picture: is still to be brought to what is shown */
		Vmsilo__Windows__Rect rect; /* that PIXELS is for */
		uint32_t got;               /* bytes of it */
		bool failed;                /* no memory: the bytes go nowhere */
	} building;
	struct box damage; /* to be told with the next commit */
	bool fresh;        /* there is a picture that was not committed yet */
	bool attached;
};

void content_init(struct window *window);
void content_finish(struct window *window);

/* scale: that of the shape that the frame obeys. 0; UV_EAGAIN: there is no picture for it before
 * the compositor gives one back, content_continue() is to come before what is in it. */
int content_begin(struct window *window, const Vmsilo__Windows__Frame *frame, uint32_t scale);
/* Likewise. last: nobody waits any longer, and what it has is not shown. */
int content_continue(struct window *window, bool last);
void content_rect(struct window *window, const Vmsilo__Windows__Rect *rect);
void content_fill(struct window *window, const Vmsilo__Windows__Fill *fill);
void content_copy(struct window *window, const Vmsilo__Windows__Copy *copy);
/* The next bytes of the rectangle; and the same from the socket, as channel_ops.on_socket. */
void content_pixels(struct window *window, const uint8_t *bytes, uint32_t length);
ssize_t content_receive(struct window *window, int fd, uint32_t length);
/* The picture is whole, and is what is shown next. */
void content_end(struct window *window);
/* Likewise one in the shared region. */
void content_shared(
	struct window *window, const Vmsilo__Windows__SharedFrame *frame, uint32_t scale);

/* How large it is at least in logical pixels, so that nothing is resampled. */
void content_size(const struct content *content, int32_t *ret_width, int32_t *ret_height);
/* What is beyond the guest's pixels follows the border's colour. */
void content_light(struct window *window);
/* Nothing of it is seen, once what it stands on is committed: the compositor gives it back. */
void content_hide(struct content *content);
/* Commits the surface: what is new of it, and width x height logical pixels of it. 0: none of it.
 */
void content_commit(
	struct content *content, struct wl_compositor *compositor, int32_t width, int32_t height);

#endif
