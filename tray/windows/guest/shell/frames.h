/*
 * A window's frames: what of its picture changed, the pictures that the host has, in memory or in
 * the shared region, and how many of them are on their way.
 */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_SHELL_FRAMES_H
#define VMSILO_TRAY_WINDOWS_GUEST_SHELL_FRAMES_H

#include <pixman.h>
#include <wayland-server-core.h>

#include "proto/limits.h"
#include "proto/windows.pb-c.h"
#include "tray/windows/guest/pixels/picture.h"

#define FRAMES_HELD 4

struct server;
struct window;

/* A frame's place in the shared region. */
struct frame_slot {
	bool busy; /* the host shows it */
	uint64_t offset;
	struct picture picture;  /* without pixels: there is none */
	pixman_region32_t stale; /* where it is older than the newest */
};

struct frames {
	uint32_t width, height;   /* of the newest picture, in physical pixels */
	pixman_region32_t damage; /* since it was made */
	bool whole;               /* the host knows nothing of it */
	bool shared;              /* the newest was a shared one */
	bool sent;                /* there was one on this stream */
	uint32_t obeyed;          /* the host's serial that the newest obeys */
	unsigned int under_way;
	bool borrowed;        /* shown's pixels are without alpha */
	struct picture shown; /* what the host has of the stream's frames */
	size_t shown_size;    /* bytes of its memory */
	struct frame_slot slots[2];
	uint64_t held[FRAMES_HELD]; /* places of other sizes that the host still shows; the oldest
				       first */
	size_t held_count;
	struct wl_array feedbacks[WINDOWS_FRAMES_MAX]; /* of those under way, the oldest first */
};

void frames_init(struct frames *frames);
/* Nothing of them is left, at the host neither. */
void frames_reset(struct window *window);
void frames_finish(struct window *window);

/* Box: in the picture, in the program's units. */
void frames_damage(struct window *window, int x, int y, int width, int height);
/* Of a surface that is at x, y in it. Leaves region as it is. */
void frames_damage_region(struct window *window, int x, int y, const pixman_region32_t *region);
void frames_damage_all(struct window *window);

/* Sends what the stream takes of the windows' frames. */
void frames_draw(struct server *server);
/* Some were seen. */
void frames_done(struct window *window, const Vmsilo__Windows__FrameDone *message);
/* The host reads no more at this place in the shared region. */
void frames_released(struct window *window, uint64_t offset);
/* Programs of the window may draw the next. */
void frames_call_back(struct window *window);

#endif
