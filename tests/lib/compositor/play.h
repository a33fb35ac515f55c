/* What the parts of the played compositor know of each other. */
#ifndef VMSILO_TESTS_COMPOSITOR_PLAY_H
#define VMSILO_TESTS_COMPOSITOR_PLAY_H

#include <wayland-server.h>

#include "tests/lib/compositor/compositor.h"

#define PLAY_SENT_MAX 64
#define PLAY_OUTPUTS_MAX 20 /* more than the client takes */

/* A resource, until it is destroyed. */
struct grip {
	struct wl_resource *resource; /* NULL: none */
	struct wl_listener gone;
};

enum play_role { ROLE_NONE, ROLE_SUBSURFACE, ROLE_TOPLEVEL, ROLE_POPUP, ROLE_CURSOR, ROLE_ICON };

struct play_surface {
	struct wl_list link;
	struct wl_resource *resource;
	enum play_role role; /* for life */
	struct play_xdg *xdg;
	struct play_surface *parent; /* of a subsurface */
	struct grip subsurface, viewport, fractional;
	struct grip buffer, coming; /* that is shown; that the next commit shows */
	bool attached;
	int32_t place[2], source[2], size[2]; /* of a subsurface; the viewport's; 0: none */
	struct wl_list callbacks;             /* until the commit */
};

struct play_configure {
	uint32_t serial;
	int32_t width, height;
	bool maximized, fullscreen;
};

struct play_xdg {
	struct wl_list link;
	struct wl_resource *resource;
	struct play_surface *surface;
	struct grip role, decoration;
	bool popup, begun, grabs;
	struct play_xdg *parent;
	struct play_configure sent[PLAY_SENT_MAX], obeyed;
	unsigned int count;
	int32_t width, height; /* of its geometry; 0: none was set */
	int32_t min_width, min_height, max_width, max_height;
	int32_t at[4]; /* a popup's place and size */
};

struct play_output {
	struct wl_global *global; /* NULL: there was none yet */
	bool removed;
	struct grip resource, xdg;
	int32_t x, width, scale;
};

struct play {
	struct wl_display *display;
	struct wl_client *client;
	struct wl_listener client_gone;
	unsigned int offers;
	bool asleep, gone;
	struct wl_list surfaces, xdgs;
	struct wl_list callbacks, feedbacks; /* wait for a frame */
	struct grip held[PLAY_SENT_MAX];     /* buffers that are to be released */
	struct grip shell, activation;
	struct play_output outputs[PLAY_OUTPUTS_MAX];
	uint32_t clock;
};

extern struct play play;

/* The client did what it may not. */
_Noreturn void play_wrong(const char *what);
static inline void play_must(bool condition, const char *what)
{
	if (!condition)
		play_wrong(what);
}
void grip_set(struct grip *grip, struct wl_resource *resource);
/* A request without effect here, and one that destroys its resource. */
void play_ignore(struct wl_client *client, struct wl_resource *resource);
void play_end(struct wl_client *client, struct wl_resource *resource);
#define IGNORED ((void *)play_ignore)
struct wl_resource *play_make(struct wl_client *client, const struct wl_interface *interface,
	int version, uint32_t id, const void *requests, void *data,
	wl_resource_destroy_func_t destroyed);
void play_offer(const struct wl_interface *interface, int most, wl_global_bind_func_t bind);
uint32_t play_serial(void);
uint32_t play_time(void);

struct play_surface *play_surface_of(struct wl_resource *resource);
/* One that is there, by a byte of the input; NULL: there is none. */
struct play_surface *play_surface_pick(struct input_bytes *in);
void play_surface_role(struct play_surface *surface, enum play_role role);

void surface_begin(void);
void surface_end(void);
void shell_begin(void);
/* Of a surface that is a window: what the commit would do is allowed. */
void shell_commit(struct play_surface *surface);
void output_begin(void);
void seat_begin(void);
void seat_end(void);
void data_begin(void);
void data_end(void);

typedef void play_step(struct input_bytes *in);
/* Of each part, NULL behind the last. */
extern play_step *const surface_steps[];
extern play_step *const shell_steps[];
extern play_step *const output_steps[];
extern play_step *const seat_steps[];
extern play_step *const data_steps[];

#endif
