/*
 * A window of the guest: its surfaces, what it shows and what it should. A toplevel and a popup
 * have this in common; what they are to the compositor is in toplevel.h and popup.h.
 *
 *   main surface (one transparent pixel, stretched: geometry and input)
 *     |- content: the guest's pixels, nothing else
 *     `- edges: border and title, ours
 */
#ifndef VMSILO_TRAY_WINDOWS_WINDOW_WINDOW_H
#define VMSILO_TRAY_WINDOWS_WINDOW_WINDOW_H

#include "tray/windows/draw/frame.h"
#include "tray/windows/draw/label.h"
#include "tray/windows/window/content.h"
#include "tray/windows/window/edges.h"
#include "tray/windows/window/view.h"

#define WINDOW_PENDING_MAX 32

/*
 * The surfaces of which the compositor says where they are. It says so of the main one before there
 * is anything to see; later compositors that draw only what is seen (wlroots' scene: sway
 * since 1.9) know nothing of it, for content and edges cover it wholly.
 */
enum window_surface {
	WINDOW_MAIN,
	WINDOW_CONTENT,
	WINDOW_SURFACES,
};

/* What the compositor wants of a window. Sizes are the frame's, logical; 0: as it likes. */
struct window_shape {
	int32_t width, height;
	uint32_t scale;
	bool activated, maximized, fullscreen, tiled, resizing, suspended;
	bool titled; /* by us */
};

/* A shape that the guest has been told of and whose frame has not come yet. */
struct window_pending {
	uint32_t serial;     /* the guest's */
	uint32_t xdg_serial; /* to be acknowledged; 0: nothing */
	struct window_shape shape;
};

/* What a wl_surface is to us: its user data. */
struct window_tag {
	struct window *window;
	bool content; /* the guest's pixels; else the main surface */
};

struct window {
	struct view *view;
	uint32_t id, parent;
	bool popup, x11;
	char title[WINDOWS_TITLE_MAX + 1];      /* safe to show; that is shown, */
	char next_title[WINDOWS_TITLE_MAX + 1]; /* and that will be: see VIEW_TITLE_MS */
	uint64_t titled_at;
	char app_id[WINDOWS_APP_ID_MAX + 1];
	int32_t min_width, min_height, max_width, max_height; /* physical; 0: none */

	struct wl_surface *main;
	struct wp_viewport *viewport;
	struct wp_fractional_scale_v1 *fractional[WINDOW_SURFACES];
	struct xdg_surface *xdg; /* NULL: a popup that was dismissed: nothing is shown */
	struct xdg_toplevel *toplevel;
	struct xdg_popup *xdg_popup;
	struct zxdg_toplevel_decoration_v1 *decoration;
	struct window_tag main_tag, content_tag;
	struct content content;
	struct edges edges;
	struct wl_buffer *backing; /* behind both, as it was committed */

	uint32_t outputs[WINDOW_SURFACES];         /* bits of places: it is on these */
	uint32_t preferred_scale[WINDOW_SURFACES]; /* as the compositor says it; 0: it does not */
	struct window_shape coming;                /* collected until the compositor's configure */
	struct window_shape wanted;                /* the last that it configured */
	struct window_shape shown;                 /* the last that was acknowledged */
	struct window_pending pending[WINDOW_PENDING_MAX];
	unsigned int pending_count;
	int32_t sent_width, sent_height;  /* told to the guest, physical; 0: as it likes */
	uint32_t sent_scale, sent_serial; /* likewise: the serial since which it is that */
	uint32_t drawn_serial;            /* that the frame which is shown obeys */
	/* The frame's size before we chose another, until the compositor says one; 0: none. */
	int32_t stale_width, stale_height;
	uint64_t waits_until; /* for a frame of another size; 0: it does not */
	int32_t bounds_width, bounds_height;
	bool can_maximize, can_minimize;
	bool configured; /* the compositor has answered the first time */
	bool placed;     /* POPUP_PLACE or CONFIGURE was sent once */
	bool mapped;
	bool reshaped; /* since the last commit */
	bool hidden;   /* nobody sees it */
	uint64_t mapped_at;
	bool asked;                         /* the user waits for it */
	bool fills_when_asked;              /* it wanted to be fullscreen before it was shown */
	char cookie[WINDOWS_TOKEN_MAX + 1]; /* of its launcher's token; "": none */
	bool grabs;                         /* a popup's */
	bool dismissed;                     /* likewise */
	uint32_t unanswered;                /* a popup's: its configure's serial; 0: none */
	int32_t place_x, place_y;           /* of a popup's frame in its parent's */

	struct wl_callback *callbacks[WINDOWS_FRAMES_MAX]; /* of frames that are not done */
	uint64_t called_at;                                /* since when the oldest waits */
	unsigned int undone; /* frames whose FRAME_DONE is due without a callback */
	uint64_t presented_ns, refresh_ns;
	struct wp_presentation_feedback *feedback;
	uint64_t frames, bytes; /* so far */
	int32_t width, height;  /* of the frame that is shown, logical */
};

/* Surfaces and a place in the table; NULL: no memory. */
struct window *window_create(struct view *view, uint32_t id, bool popup);
/* Everything of it, and first what stands on it. */
void window_destroy(struct window *window);
struct window *window_find(const struct view *view, uint32_t id);
/* The user is at one of the VM's windows: only then they may have what takes the focus along. */
bool window_any_active(const struct view *view);
/* The tag of a surface that the compositor named; NULL: it is none of ours, or gone. */
const struct window_tag *window_tag_of(struct wl_surface *surface);

/* The window has the last word on its size, and not the compositor. */
bool shape_is_free(const struct window_shape *shape);
/* The frame's parts in a shape. */
void window_style(
	const struct window *window, const struct window_shape *shape, struct frame_style *ret);
/* Its frame has the VM's colour, and not the fainter one of windows that the user is not at. */
bool window_is_lit(const struct window *window);
/* Bits of places: the outputs it is on, as far as the compositor says it. */
uint32_t window_outputs(const struct window *window);
/* By the outputs it is on, or what the compositor says. */
uint32_t window_scale(const struct window *window);
/* Of its content: X programs know one scale only. */
uint32_t window_content_scale(const struct window *window);
/* Where the content is in the frame. */
void window_content_at(const struct window *window, int32_t *ret_x, int32_t *ret_y);
/* Its scale may be another. */
void window_rescale(struct window *window);

/* Remembers a shape that the guest was told of with this serial. */
void window_pending_add(struct window *window, uint32_t serial, uint32_t xdg_serial,
	const struct window_shape *shape);
/* Takes the newest shape up to serial for the one that is shown, and acknowledges it. */
void window_pending_take(struct window *window, uint32_t serial);
uint32_t window_serial_next(struct view *view);

#endif
