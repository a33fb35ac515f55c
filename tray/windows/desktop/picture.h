/*
 * Pixels that the compositor shows: memory of our own, which it maps, and a wl_buffer of it. The
 * guest's descriptors are never used for this.
 */
#ifndef VMSILO_TRAY_WINDOWS_DESKTOP_PICTURE_H
#define VMSILO_TRAY_WINDOWS_DESKTOP_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wayland-client.h>

struct picture {
	struct wl_shm_pool *pool;
	struct wl_buffer *buffer; /* NULL: there is none */
	uint8_t *pixels;          /* rows of width * 4 bytes: B, G, R, A */
	size_t size;              /* bytes that are mapped */
	int32_t width, height;
	bool opaque;                    /* the compositor does not look at A */
	bool busy;                      /* the compositor has it, until it says otherwise, */
	void (*on_release)(void *data); /* and this is called, which may finish it; NULL: nothing */
	void *data;
};

/* All bytes are 0. picture: zero-initialised or finished, at one place for life. UV_ENOMEM. */
int picture_init(
	struct picture *picture, struct wl_shm *shm, int32_t width, int32_t height, bool opaque);
/* Likewise, with so many bytes beyond what it needs: a window that is being resized has another
 * size each frame. */
int picture_init_spare(struct picture *picture, struct wl_shm *shm, int32_t width, int32_t height,
	bool opaque, size_t spare);
void picture_finish(struct picture *picture);
/* That a picture of this size needs. */
size_t picture_bytes(int32_t width, int32_t height);
/* Whether its memory does for that size, and is not much more than it needs. */
bool picture_holds(const struct picture *picture, int32_t width, int32_t height);
/* Gives it that size, which it holds, while it is not busy; its pixels are then any. */
void picture_reshape(struct picture *picture, int32_t width, int32_t height, bool opaque);
/* Whether alpha means something may change while it is not busy. */
void picture_set_opaque(struct picture *picture, bool opaque);
/* To a surface, whole; the owner says what of it is damaged. */
void picture_attach(struct picture *picture, struct wl_surface *surface);

#endif
