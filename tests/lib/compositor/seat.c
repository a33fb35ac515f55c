/* The user's hands. */
#include <cursor-shape-v1-server-protocol.h>
#include <linux/input-event-codes.h>
#include <pointer-constraints-unstable-v1-server-protocol.h>
#include <relative-pointer-unstable-v1-server-protocol.h>
#include <string.h>
#include <sys/mman.h>
#include <text-input-unstable-v3-server-protocol.h>
#include <unistd.h>

#include "tests/lib/compositor/play.h"

#define CAPABILITIES \
	(WL_SEAT_CAPABILITY_POINTER | WL_SEAT_CAPABILITY_KEYBOARD | WL_SEAT_CAPABILITY_TOUCH)
#define CONSTRAINTS_MAX 4

static struct {
	struct wl_global *global; /* NULL: the seat was unplugged */
	struct grip seat, pointer, keyboard, touch, relative, text;
	struct grip constraints[CONSTRAINTS_MAX]; /* by surface, below */
	struct grip constrained[CONSTRAINTS_MAX];
	struct grip under, focus, touched, typed; /* surfaces */
	uint32_t capabilities;
} hands;

/* A small keymap, which takes little time: digits, letters, modifiers. */
static const char keymap[] =
	"xkb_keymap { xkb_keycodes { minimum = 8; maximum = 255; <ESC> = 9; <LCTL> = 37;"
	" <LALT> = 64; <AB03> = 54; <AB04> = 55; <AC01> = 38; };"
	" xkb_types { virtual_modifiers Alt; type \"ONE_LEVEL\" { modifiers = none; }; };"
	" xkb_compatibility { interpret Alt_L+AnyOf(all) { action = SetMods(modifiers=Mod1); };"
	" interpret Control_L+AnyOf(all) { action = SetMods(modifiers=Control); }; };"
	" xkb_symbols { key <ESC> { [ Escape ] }; key <LCTL> { [ Control_L ] };"
	" key <LALT> { [ Alt_L ] }; key <AB03> { [ c ] }; key <AB04> { [ v ] };"
	" key <AC01> { [ a ] }; modifier_map Control { <LCTL> }; modifier_map Mod1 { <LALT> }; };"
	"};";

static wl_fixed_t fixed_take(struct input_bytes *in)
{
	return (input_byte(in) - 16) * 128;
}

/* ---- cursors ---- */

static void on_set_cursor(struct wl_client *client, struct wl_resource *resource, uint32_t serial,
	struct wl_resource *surface, int32_t x, int32_t y)
{
	(void)client;
	(void)resource;
	(void)serial;
	(void)x;
	(void)y;
	if (surface)
		play_surface_role(play_surface_of(surface), ROLE_CURSOR);
}

static void on_set_shape(
	struct wl_client *client, struct wl_resource *resource, uint32_t serial, uint32_t shape)
{
	(void)client;
	(void)resource;
	(void)serial;
	play_must(shape >= 1 && shape <= 34, "a cursor's shape that is none");
}

static const struct wp_cursor_shape_device_v1_interface shape_requests = {
	.destroy = play_end, .set_shape = on_set_shape};

static void on_get_shape(struct wl_client *client, struct wl_resource *resource, uint32_t id,
	struct wl_resource *pointer)
{
	(void)resource;
	(void)pointer;
	play_make(client, &wp_cursor_shape_device_v1_interface, 1, id, &shape_requests, NULL, NULL);
}

static const struct wp_cursor_shape_manager_v1_interface shapes_requests = {
	.destroy = play_end, .get_pointer = on_get_shape};

static void bind_shapes(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	play_make(client, &wp_cursor_shape_manager_v1_interface, (int)version, id, &shapes_requests,
		data, NULL);
}

/* ---- the seat ---- */

static const struct wl_pointer_interface pointer_requests = {
	.set_cursor = on_set_cursor, .release = play_end};
static const struct wl_keyboard_interface keyboard_requests = {.release = play_end};
static const struct wl_touch_interface touch_requests = {.release = play_end};

static void on_get_pointer(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	grip_set(&hands.pointer,
		play_make(client, &wl_pointer_interface, wl_resource_get_version(resource), id,
			&pointer_requests, NULL, NULL));
}

static void keymap_tell(uint32_t format, size_t length)
{
	int fd = memfd_create("keymap", MFD_CLOEXEC);

	play_must(fd >= 0 && write(fd, keymap, length) == (ssize_t)length, "no keymap");
	wl_keyboard_send_keymap(hands.keyboard.resource, format, fd, (uint32_t)length);
	close(fd);
}

static void on_get_keyboard(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	grip_set(&hands.keyboard,
		play_make(client, &wl_keyboard_interface, wl_resource_get_version(resource), id,
			&keyboard_requests, NULL, NULL));
	keymap_tell(WL_KEYBOARD_KEYMAP_FORMAT_XKB_V1, sizeof(keymap));
	wl_keyboard_send_repeat_info(hands.keyboard.resource, 25, 600);
}

static void on_get_touch(struct wl_client *client, struct wl_resource *resource, uint32_t id)
{
	grip_set(&hands.touch,
		play_make(client, &wl_touch_interface, wl_resource_get_version(resource), id,
			&touch_requests, NULL, NULL));
}

static const struct wl_seat_interface seat_requests = {
	.get_pointer = on_get_pointer,
	.get_keyboard = on_get_keyboard,
	.get_touch = on_get_touch,
	.release = play_end,
};

static void bind_seat(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	grip_set(&hands.seat, play_make(client, &wl_seat_interface, (int)version, id,
				      &seat_requests, data, NULL));
	wl_seat_send_capabilities(hands.seat.resource, hands.capabilities);
	wl_seat_send_name(hands.seat.resource, "seat0");
}

static void seat_plug(void)
{
	hands.capabilities = CAPABILITIES;
	hands.global = wl_global_create(play.display, &wl_seat_interface,
		wl_seat_interface.version < 8 ? wl_seat_interface.version : 8, NULL, bind_seat);
}

/* ---- relative and constrained ---- */

static const struct zwp_relative_pointer_v1_interface relative_requests = {.destroy = play_end};

static void on_get_relative(struct wl_client *client, struct wl_resource *resource, uint32_t id,
	struct wl_resource *pointer)
{
	(void)resource;
	(void)pointer;
	grip_set(&hands.relative, play_make(client, &zwp_relative_pointer_v1_interface, 1, id,
					  &relative_requests, NULL, NULL));
}

static const struct zwp_relative_pointer_manager_v1_interface relatives_requests = {
	.destroy = play_end, .get_relative_pointer = on_get_relative};

static void bind_relatives(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	play_make(client, &zwp_relative_pointer_manager_v1_interface, (int)version, id,
		&relatives_requests, data, NULL);
}

static void constraint_note(struct wl_resource *constraint, struct wl_resource *surface)
{
	int place = -1;

	for (int i = 0; i < CONSTRAINTS_MAX; i++) {
		play_must(
			!hands.constraints[i].resource || hands.constrained[i].resource != surface,
			"a second constraint of a surface");
		if (place < 0 && !hands.constraints[i].resource)
			place = i;
	}
	play_must(place >= 0, "more constraints than surfaces");
	grip_set(&hands.constraints[place], constraint);
	grip_set(&hands.constrained[place], surface);
}

static const struct zwp_locked_pointer_v1_interface locked_requests = {
	.destroy = play_end, .set_cursor_position_hint = IGNORED, .set_region = IGNORED};
static const struct zwp_confined_pointer_v1_interface confined_requests = {
	.destroy = play_end, .set_region = IGNORED};

static void constrain(struct wl_client *client, struct wl_resource *manager, uint32_t id,
	struct wl_resource *surface, struct wl_resource *pointer, struct wl_resource *region,
	uint32_t lifetime, const struct wl_interface *kind, const void *requests)
{
	(void)manager;
	(void)pointer;
	(void)region;
	(void)lifetime;
	constraint_note(play_make(client, kind, 1, id, requests, NULL, NULL), surface);
}

static void on_lock(struct wl_client *client, struct wl_resource *resource, uint32_t id,
	struct wl_resource *surface, struct wl_resource *pointer, struct wl_resource *region,
	uint32_t lifetime)
{
	constrain(client, resource, id, surface, pointer, region, lifetime,
		&zwp_locked_pointer_v1_interface, &locked_requests);
}

static void on_confine(struct wl_client *client, struct wl_resource *resource, uint32_t id,
	struct wl_resource *surface, struct wl_resource *pointer, struct wl_resource *region,
	uint32_t lifetime)
{
	constrain(client, resource, id, surface, pointer, region, lifetime,
		&zwp_confined_pointer_v1_interface, &confined_requests);
}

static const struct zwp_pointer_constraints_v1_interface constraints_requests = {
	.destroy = play_end, .lock_pointer = on_lock, .confine_pointer = on_confine};

static void bind_constraints(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	play_make(client, &zwp_pointer_constraints_v1_interface, (int)version, id,
		&constraints_requests, data, NULL);
}

/* ---- text input ---- */

static void on_surrounding(struct wl_client *client, struct wl_resource *resource, const char *text,
	int32_t cursor, int32_t anchor)
{
	(void)client;
	(void)resource;
	play_must(strlen(text) <= 4000, "a surrounding text of more than may be");
	play_must(cursor >= 0 && (size_t)cursor <= strlen(text) && anchor >= 0 &&
			  (size_t)anchor <= strlen(text),
		"a caret beyond its text");
}

static const struct zwp_text_input_v3_interface text_requests = {
	.destroy = play_end,
	.enable = IGNORED,
	.disable = IGNORED,
	.set_surrounding_text = on_surrounding,
	.set_text_change_cause = IGNORED,
	.set_content_type = IGNORED,
	.set_cursor_rectangle = IGNORED,
	.commit = IGNORED,
};

static void on_get_text(struct wl_client *client, struct wl_resource *resource, uint32_t id,
	struct wl_resource *seat)
{
	(void)resource;
	(void)seat;
	grip_set(&hands.text,
		play_make(client, &zwp_text_input_v3_interface, 1, id, &text_requests, NULL, NULL));
}

static const struct zwp_text_input_manager_v3_interface texts_requests = {
	.destroy = play_end, .get_text_input = on_get_text};

static void bind_texts(struct wl_client *client, void *data, uint32_t version, uint32_t id)
{
	play_make(client, &zwp_text_input_manager_v3_interface, (int)version, id, &texts_requests,
		data, NULL);
}

/* ---- steps: pointer ---- */

static void pointer_leave(void)
{
	if (hands.under.resource && hands.pointer.resource) {
		wl_pointer_send_leave(hands.pointer.resource, play_serial(), hands.under.resource);
		wl_pointer_send_frame(hands.pointer.resource);
	}
	grip_set(&hands.under, NULL);
}

static void step_enter(struct input_bytes *in)
{
	const struct play_surface *surface = play_surface_pick(in);
	wl_fixed_t x = fixed_take(in), y = fixed_take(in);

	if (!surface || !hands.pointer.resource)
		return;
	pointer_leave();
	grip_set(&hands.under, surface->resource);
	wl_pointer_send_enter(hands.pointer.resource, play_serial(), surface->resource, x, y);
	wl_pointer_send_frame(hands.pointer.resource);
}

static void step_leave(struct input_bytes *in)
{
	(void)in;
	pointer_leave();
}

static void step_motion(struct input_bytes *in)
{
	wl_fixed_t x = fixed_take(in), y = fixed_take(in);

	if (!hands.under.resource || !hands.pointer.resource)
		return;
	wl_pointer_send_motion(hands.pointer.resource, play_time(), x, y);
	wl_pointer_send_frame(hands.pointer.resource);
}

static void step_button(struct input_bytes *in)
{
	uint8_t how = input_byte(in);

	if (!hands.under.resource || !hands.pointer.resource)
		return;
	wl_pointer_send_button(
		hands.pointer.resource, play_serial(), play_time(), BTN_LEFT + (how >> 5), how & 1);
	wl_pointer_send_frame(hands.pointer.resource);
}

static void step_axis(struct input_bytes *in)
{
	uint8_t how = input_byte(in);
	uint32_t axis = how & 1;
	int version;

	if (!hands.under.resource || !hands.pointer.resource)
		return;
	version = wl_resource_get_version(hands.pointer.resource);
	wl_pointer_send_axis_source(hands.pointer.resource, how >> 6);
	if (how & 2)
		wl_pointer_send_axis_stop(hands.pointer.resource, play_time(), axis);
	else
		wl_pointer_send_axis(hands.pointer.resource, play_time(), axis, fixed_take(in));
	if ((how & 4) && version >= 8)
		wl_pointer_send_axis_value120(hands.pointer.resource, axis, how - 128);
	else if ((how & 4) && version < 8)
		wl_pointer_send_axis_discrete(hands.pointer.resource, axis, (how >> 4) - 8);
	wl_pointer_send_frame(hands.pointer.resource);
}

static void step_relative(struct input_bytes *in)
{
	wl_fixed_t x = fixed_take(in), y = fixed_take(in);

	if (hands.relative.resource)
		zwp_relative_pointer_v1_send_relative_motion(
			hands.relative.resource, 0, play_time(), x, y, x, y);
}

static void step_constraint(struct input_bytes *in)
{
	uint8_t how = input_byte(in);
	struct wl_resource *constraint = hands.constraints[how >> 1 & 3].resource;

	/* Event 0 of both is that it holds, 1 that it does not. */
	if (constraint)
		wl_resource_post_event(constraint, how & 1);
}

/* ---- steps: keyboard ---- */

static void keys_leave(void)
{
	if (hands.focus.resource && hands.keyboard.resource)
		wl_keyboard_send_leave(
			hands.keyboard.resource, play_serial(), hands.focus.resource);
	grip_set(&hands.focus, NULL);
}

static void step_focus(struct input_bytes *in)
{
	const struct play_surface *surface = play_surface_pick(in);
	uint8_t how = input_byte(in);
	uint32_t keys[40];
	struct wl_array array = {.data = keys, .alloc = sizeof(keys)};

	for (uint32_t i = 0; i < 40; i++)
		keys[i] = 30 + i;
	array.size = how % 41 * sizeof(keys[0]);
	if (!hands.keyboard.resource)
		return;
	keys_leave();
	if (!surface || how == 255)
		return;
	grip_set(&hands.focus, surface->resource);
	wl_keyboard_send_enter(hands.keyboard.resource, play_serial(), surface->resource, &array);
	wl_keyboard_send_modifiers(hands.keyboard.resource, play_serial(), 0, 0, 0, 0);
}

static void step_key(struct input_bytes *in)
{
	uint8_t key = input_byte(in), how = input_byte(in);

	if (hands.focus.resource && hands.keyboard.resource)
		wl_keyboard_send_key(
			hands.keyboard.resource, play_serial(), play_time(), key, how & 1);
}

static void step_modifiers(struct input_bytes *in)
{
	uint8_t depressed = input_byte(in), locked = input_byte(in), group = input_byte(in);

	if (hands.focus.resource && hands.keyboard.resource)
		wl_keyboard_send_modifiers(
			hands.keyboard.resource, play_serial(), depressed, 0, locked, group);
}

static void step_keymap(struct input_bytes *in)
{
	uint8_t how = input_byte(in);

	if (!hands.keyboard.resource)
		return;
	keymap_tell(how & 1, how & 2 ? sizeof(keymap) : 1u + how);
	wl_keyboard_send_repeat_info(hands.keyboard.resource, how - 64, how * 4);
}

/* ---- steps: fingers ---- */

static void step_down(struct input_bytes *in)
{
	const struct play_surface *surface = play_surface_pick(in);
	int32_t id = input_byte(in) & 15;
	wl_fixed_t x = fixed_take(in), y = fixed_take(in);

	if (!surface || !hands.touch.resource)
		return;
	grip_set(&hands.touched, surface->resource);
	wl_touch_send_down(
		hands.touch.resource, play_serial(), play_time(), surface->resource, id, x, y);
	wl_touch_send_frame(hands.touch.resource);
}

static void step_finger(struct input_bytes *in)
{
	uint8_t how = input_byte(in);
	int32_t id = how & 15;
	wl_fixed_t x = fixed_take(in), y = fixed_take(in);

	if (!hands.touch.resource)
		return;
	if (how < 96)
		wl_touch_send_up(hands.touch.resource, play_serial(), play_time(), id);
	else if (how < 192)
		wl_touch_send_motion(hands.touch.resource, play_time(), id, x, y);
	else if (how < 224)
		wl_touch_send_cancel(hands.touch.resource);
	else
		wl_touch_send_shape(hands.touch.resource, id, 256, 256);
	wl_touch_send_frame(hands.touch.resource);
}

/* ---- steps: seat ---- */

static void step_capabilities(struct input_bytes *in)
{
	hands.capabilities = input_byte(in) & CAPABILITIES;
	if (hands.seat.resource && hands.global)
		wl_seat_send_capabilities(hands.seat.resource, hands.capabilities);
}

static void step_seat(struct input_bytes *in)
{
	(void)in;
	if (!hands.global) {
		seat_plug();
		return;
	}
	pointer_leave();
	keys_leave();
	wl_global_remove(hands.global);
	hands.global = NULL;
}

/* ---- steps: text ---- */

static void step_text_focus(struct input_bytes *in)
{
	const struct play_surface *surface = play_surface_pick(in);

	if (!hands.text.resource)
		return;
	if (hands.typed.resource)
		zwp_text_input_v3_send_leave(hands.text.resource, hands.typed.resource);
	grip_set(&hands.typed, NULL);
	if (!surface || input_byte(in) > 200)
		return;
	grip_set(&hands.typed, surface->resource);
	zwp_text_input_v3_send_enter(hands.text.resource, surface->resource);
}

/* A long one: a message of Wayland has no room for more. */
#define TEXT_LONG 4060

static void step_text(struct input_bytes *in)
{
	uint8_t how = input_byte(in);
	char text[TEXT_LONG + 1];

	if (!hands.text.resource)
		return;
	memset(text, 'x', sizeof(text));
	text[how & 8 ? TEXT_LONG : 3] = '\0';
	if (how & 1)
		zwp_text_input_v3_send_preedit_string(
			hands.text.resource, how & 16 ? NULL : text, how - 8, how);
	if (how & 2)
		zwp_text_input_v3_send_commit_string(hands.text.resource, how & 32 ? NULL : text);
	if (how & 4)
		zwp_text_input_v3_send_delete_surrounding_text(hands.text.resource, how * 40u, how);
	zwp_text_input_v3_send_done(hands.text.resource, how);
}

play_step *const seat_steps[] = {step_enter, step_leave, step_motion, step_button, step_axis,
	step_relative, step_constraint, step_focus, step_key, step_modifiers, step_keymap,
	step_down, step_finger, step_capabilities, step_seat, step_text_focus, step_text, NULL};

void seat_begin(void)
{
	seat_plug();
	if (play.offers & COMPOSITOR_SHAPES)
		play_offer(&wp_cursor_shape_manager_v1_interface, 1, bind_shapes);
	if (play.offers & COMPOSITOR_TEXT_INPUT)
		play_offer(&zwp_text_input_manager_v3_interface, 1, bind_texts);
	if (!(play.offers & COMPOSITOR_POINTERS))
		return;
	play_offer(&zwp_relative_pointer_manager_v1_interface, 1, bind_relatives);
	play_offer(&zwp_pointer_constraints_v1_interface, 1, bind_constraints);
}

void seat_end(void)
{
	hands.global = NULL;
}
