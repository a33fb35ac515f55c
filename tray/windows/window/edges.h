/* What is ours around a guest's pixels: border and title bar, each a surface of its own that takes
 * no input. */
#ifndef VMSILO_TRAY_WINDOWS_WINDOW_EDGES_H
#define VMSILO_TRAY_WINDOWS_WINDOW_EDGES_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/limits.h"
#include "tray/windows/desktop/picture.h"
#include "tray/windows/draw/frame.h"

struct window;
struct wp_viewport;

/* REST: of the title's width, what is no whole number of physical pixels. */
enum { EDGE_AT_TOP, EDGE_AT_LEFT, EDGE_AT_RIGHT, EDGE_AT_BOTTOM, EDGE_AT_REST, EDGES };

/* Of the picture of a colour, whose middle pixel is enlarged: a renderer that rounds finds the
 * colour beside it, too. Of a single pixel the last columns came out empty. */
#define EDGE_SIDE 3

struct edge {
	struct wl_surface *surface;
	struct wl_subsurface *subsurface;
	struct wp_viewport *viewport;
	struct frame_box box;     /* as it was committed */
	struct wl_buffer *buffer; /* likewise */
};

/* What the frame's top shows: drawn again where it differs. */
struct edges_drawn {
	char title[WINDOWS_TITLE_MAX + 1];
	int32_t width;
	uint32_t scale;
	struct frame_style style;
	bool activated, maximized;
	uint32_t colour;
	enum frame_part under;
};

struct edges {
	struct edge edges[EDGES];
	struct picture titles[2];
	struct edges_drawn drawn;
	bool is_drawn;
	enum frame_part under; /* the button that the pointer is on */
};

void edges_init(struct window *window);
void edges_finish(struct edges *edges);
/* Of a colour's picture: what a viewport enlarges. */
void edge_source(struct wp_viewport *viewport);
/* The colours are others: all is to be committed anew. */
void edges_forget(struct edges *edges);
/* Brings them to the frame's size, around content at that place. Drawn is only what changed.
 * False: the label could not be drawn, and nothing may be shown. */
bool edges_commit(struct window *window, int32_t width, int32_t height,
	const struct frame_box *content, bool labelled);

#endif
