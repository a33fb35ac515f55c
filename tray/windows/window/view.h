/* What the windows of one VM have in common. */
#ifndef VMSILO_TRAY_WINDOWS_WINDOW_VIEW_H
#define VMSILO_TRAY_WINDOWS_WINDOW_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "proto/base/colour.h"
#include "proto/limits.h"
#include "tray/windows/desktop/desktop.h"
#include "tray/windows/desktop/picture.h"
#include "tray/windows/draw/painter.h"
#include "tray/windows/window/guest.h"

#define VIEW_PATIENCE_MS 300 /* for a frame of the size that the user's dragging asks for */
#define VIEW_BEAT_MS \
	1000 /* without a frame callback a window is hidden; and its programs' beat \
	      */

#define VIEW_TITLE_MS 100 /* at most so often a title changes, which costs the compositor, too */

#define VIEW_TOKENS 8 /* launchers' tokens that wait for their window */

struct window;

/* The last press of the user in a window of this VM: what a guest may ask for while it lasts. */
struct press {
	uint32_t serial; /* of the compositor's event; 0: there was none */
	uint32_t window;
	bool down; /* a button or a finger is */
	bool on_content;
};

/* A launcher's token, and the cookie by which the guest names it. */
struct view_token {
	char cookie[WINDOWS_TOKEN_MAX + 1];
	char token[WINDOWS_TOKEN_MAX + 1];
};

/* Of a window that wants attention. */
struct view_attention {
	struct xdg_activation_token_v1 *token; /* NULL: none is asked for */
	uint32_t window;
	uint64_t at;
};

/* Bytes of pictures that were destroyed, and that the compositor may map yet. */
struct pictures_leaving {
	struct wl_callback *callback; /* comes when it has heard of those that are known; or NULL */
	uint64_t known, since;
};

struct view {
	uv_loop_t *loop;
	struct desktop *desktop;
	struct text *text;
	struct guest guest;
	char vm[VM_NAME_MAX + 1];
	struct colour colour;
	bool fullscreen_bare;
	struct window *windows[WINDOWS_MAX];
	struct wl_shm_pool *shared; /* NULL: no region is shared */
	/* One pixel each, never written again: a border is one of these, stretched. */
	struct picture active, inactive, nothing;
	struct press press;
	bool popups_unanswered; /* some are */
	uint32_t focused;       /* window with the keyboard; 0: none of ours */
	uint32_t serial;        /* of the last CONFIGURE or POPUP_PLACE */
	uv_timer_t patience, beat;
	struct view_token tokens[VIEW_TOKENS];
	int tokens_next;
	struct view_attention attention;
	struct pictures_leaving leaving;
	/* Windows were shown or hidden, came or went. */
	void (*on_counts)(void *data);
	/* A toplevel is shown the first time. */
	void (*on_mapped)(void *data, struct window *window);
	void *data;
};

#endif
