#include "tray/windows/guest/shell/member.h"

#include <stdlib.h>
#include <wlr/types/wlr_fractional_scale_v1.h>

#include "tray/windows/guest/shell/overhang.h"
#include "tray/windows/guest/shell/wlroots.h"

struct member *member_of(struct wlr_surface *surface)
{
	return surface->data;
}

static void member_damage(struct member *member)
{
	if (member->window)
		frames_damage(member->window, member->box.x, member->box.y, member->box.width,
			member->box.height);
}

static void member_drop(struct member *member)
{
	member_damage(member);
	wl_list_remove(&member->link);
	wl_list_init(&member->link);
	member->window = NULL;
}

/* ---- the walk ---- */

struct walk {
	struct window *window; /* the one that is walked through */
	unsigned int number;
};

/* In whose picture it is: its window's, or that of an overhang that it is, or is above. */
static struct window *member_target(
	const struct walk *walk, struct member *member, const struct wlr_box *box)
{
	struct wlr_subsurface *sub = wlr_subsurface_try_from_wlr_surface(member->surface);

	if (!sub || !sub->parent)
		return walk->window;
	struct member *parent = member_of(sub->parent);
	if (parent->window && parent->window != walk->window && parent->walk == walk->number)
		return parent->window;
	if (!overhang_is(walk->window, member->surface, box))
		return walk->window;
	return overhang_take(walk->window, member, box);
}

static void on_member(struct wlr_surface *surface, int x, int y, void *data)
{
	const struct walk *walk = data;
	struct member *member = member_of(surface);
	const struct wlr_box *crop = &walk->window->crop;
	struct wlr_box box = {
		x - crop->x, y - crop->y, surface->current.width, surface->current.height};
	struct window *target = member_target(walk, member, &box);

	member->walk = walk->number;
	overhang_shift(target, walk->window, &box);
	/* Those that were not met yet are the first, in the order of the last walk. */
	bool moved = member->window != target || target->members.next != &member->link ||
		     !wlr_box_equal(&box, &member->box);
	if (moved)
		member_damage(member);
	if (member->window != target)
		member_scale(member, target->scale);
	wl_list_remove(&member->link);
	wl_list_insert(target->members.prev, &member->link);
	member->window = target;
	member->box = box;
	if (moved)
		member_damage(member);
}

void members_drop_unmet(struct window *window, unsigned int walk)
{
	struct member *member, *next;

	wl_list_for_each_safe (member, next, &window->members, link)
		if (member->walk != walk)
			member_drop(member);
}

void members_walk(struct window *window)
{
	struct server *server = window->server;
	struct walk walk = {.window = window, .number = ++server->walk};
	struct wlr_box crop;

	if (!window->surface || !window->mapped)
		return;
	window->kind->crop(window, &crop);
	if (!wlr_box_equal(&crop, &window->crop))
		frames_damage_all(window);
	window->crop = crop;
	wlr_surface_for_each_surface(window->surface, on_member, &walk);
	members_drop_unmet(window, walk.number);
	overhangs_end(window, walk.number);
	wl_signal_emit_mutable(&server->events_of.changed, window);
}

void members_leave(struct window *window)
{
	struct member *member, *next;

	wl_list_for_each_safe (member, next, &window->members, link)
		member_drop(member);
}

/* ---- surfaces ---- */

static void commit_damage(struct member *member)
{
	pixman_region32_t damage;

	pixman_region32_init(&damage);
	wlr_surface_get_effective_damage(member->surface, &damage);
	frames_damage_region(member->window, member->box.x, member->box.y, &damage);
	pixman_region32_fini(&damage);
}

static void on_commit(struct wl_listener *listener, void *data)
{
	struct member *member = wl_container_of(listener, member, commit);
	struct member *root = member_of(wlr_surface_get_root_surface(member->surface));

	(void)data;
	if (root->root)
		members_walk(root->root);
	if (member->window)
		commit_damage(member);
	if (!wl_list_empty(&member->surface->current.frame_callback_list))
		server_want_beat(member->server);
}

static void on_destroy(struct wl_listener *listener, void *data)
{
	struct member *member = wl_container_of(listener, member, destroy);

	(void)data;
	member_drop(member);
	wl_list_remove(&member->commit.link);
	wl_list_remove(&member->destroy.link);
	member->surface->data = NULL;
	free(member);
}

static void on_new_surface(struct wl_listener *listener, void *data)
{
	struct server *server = wl_container_of(listener, server, new_surface);
	struct wlr_surface *surface = data;
	struct member *member = calloc(1, sizeof(*member));

	if (!member) {
		wl_resource_post_no_memory(surface->resource);
		return;
	}
	member->surface = surface;
	member->server = server;
	wl_list_init(&member->link);
	surface->data = member;
	server_listen(&member->commit, &surface->events.commit, on_commit);
	server_listen(&member->destroy, &surface->events.destroy, on_destroy);
	member_scale(member, server->screens.scale);
}

void members_watch(struct server *server)
{
	server_listen(
		&server->new_surface, &server->compositor->events.new_surface, on_new_surface);
}

void member_scale(struct member *member, uint32_t scale)
{
	if (server_is_x11(member->server, wl_resource_get_client(member->surface->resource)))
		return;
	wlr_fractional_scale_v1_notify_scale(member->surface, (double)scale / WINDOWS_SCALE_ONE);
	wlr_surface_set_preferred_buffer_scale(
		member->surface, (int32_t)((scale + WINDOWS_SCALE_ONE - 1) / WINDOWS_SCALE_ONE));
}
