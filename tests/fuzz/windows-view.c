/*
 * The windows of a VM on a desktop as a hostile guest meets them: the real view (stream, rules,
 * windows, input, clipboard, control) with a compositor that is played and a parent that asks. The
 * input is a list of steps: what the guest says, well-formed or not, what the user, the screens and
 * other programs do, and time. The compositor takes nothing that the protocol calls an error, and
 * no pixel of the guest lies outside of its frame.
 *
 * Covers: tray/windows/host/control.c tray/windows/host/host.c tray/windows/host/requests.c
 * Covers: tray/windows/host/stream.c tray/windows/window/beat.c tray/windows/window/content.c
 * Covers: tray/windows/window/edges.c tray/windows/window/guest.c tray/windows/window/pictures.c
 * Covers: tray/windows/window/popup.c tray/windows/window/show.c tray/windows/window/slots.c
 * Covers: tray/windows/window/toplevel.c tray/windows/window/window.c tray/windows/input/chord.c
 * Covers: tray/windows/input/constraint.c tray/windows/input/cursor.c
 * Covers: tray/windows/input/frame-press.c tray/windows/input/input.c
 * Covers: tray/windows/input/keyboard.c tray/windows/input/pointer.c
 * Covers: tray/windows/input/text-input.c tray/windows/input/touch.c
 * Covers: tray/windows/desktop/desktop.c tray/windows/desktop/outputs.c
 * Covers: tray/windows/desktop/picture.c tray/windows/desktop/registry.c
 * Covers: tray/windows/clipboard/blob.c tray/windows/clipboard/clipboard.c
 * Covers: tray/windows/clipboard/device.c tray/windows/clipboard/parcel.c
 * Covers: tray/windows/clipboard/pipes.c tray/windows/draw/frame.c tray/windows/draw/label.c
 * Covers: tray/windows/draw/painter.c tray/windows/draw/scale.c
 * Leaves out: the sandbox (windows/desk), fonts, a compositor's own faults
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wayland-client.h>

#include "proto/base/log.h"
#include "proto/desk.pb-c.h"
#include "tests/lib/compositor/compositor.h"
#include "tests/lib/view-guest.h"
#include "tests/lib/world.h"
#include "tray/windows/host/control.h"
#include "tray/windows/host/host.h"
#include "tray/windows/window/window.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STEPS_MAX 96
#define PIXELS (1 << 18)
#define REGION (1 << 20)

/* Of the input's first byte but one. */
enum way {
	WAY_SHARED = 1 << 0,
	WAY_BARE = 1 << 1,
	WAY_NO_DRAGS = 1 << 2,
	WAY_NO_CLIPBOARD = 1 << 3,
	WAY_GREETING = 1 << 4, /* and the bit above: enum view_greeting */
};

static struct host host;
static struct text *text;
static struct view_end parent;
static char last_words[512];

static void must(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "windows-view: %s (%s)\n", what, last_words);
	abort();
}

static void note(enum log_level level, const char *vm, const char *line)
{
	(void)level;
	(void)vm;
	snprintf(last_words, sizeof(last_words), "%s", line);
}

/* ---- the parent ---- */

static void parent_settings(struct input_bytes *in, unsigned int way)
{
	static const char *const chords[] = {"Ctrl+Alt+C", "Ctrl+Alt+V", "", "none"};
	Vmsilo__Desk__Settings message = VMSILO__DESK__SETTINGS__INIT;
	uint8_t how = input_byte(in);

	message.colour = how * 0x010203u;
	message.count = VIEW_GUEST_WINDOWS;
	message.pixels = PIXELS;
	message.shared = way & WAY_SHARED ? REGION : 0;
	message.clipboard_bytes = way & WAY_NO_CLIPBOARD ? 0 : 4096;
	message.copy = (char *)chords[how & 1 ? 2 + (how >> 1 & 1) : 0];
	message.paste = (char *)chords[1];
	message.bare_fullscreen = (way & WAY_BARE) != 0;
	message.drags = !(way & WAY_NO_DRAGS);
	message.text_input = true;
	view_end_say(&parent, FRAME_DESK_SETTINGS, &message.base);
}

static void parent_activate(struct input_bytes *in)
{
	Vmsilo__Desk__Activate message = VMSILO__DESK__ACTIVATE__INIT;
	char cookie[] = {'0', '\0'};

	cookie[0] = (char)('0' + (input_byte(in) & 3));
	message.cookie = cookie;
	message.token = cookie;
	view_end_say(&parent, FRAME_DESK_ACTIVATE, &message.base);
}

static void parent_clipboard(struct input_bytes *in)
{
	Vmsilo__Windows__ClipboardGet get = VMSILO__WINDOWS__CLIPBOARD_GET__INIT;
	Vmsilo__Windows__ClipboardData data = VMSILO__WINDOWS__CLIPBOARD_DATA__INIT;
	uint8_t how = input_byte(in);
	size_t length = input_byte(in);

	get.serial = 1u + how;
	data.serial = 1;
	data.kind = how >> 1 & 1 ? 1 : 2;
	data.last = how & 4;
	if (how & 1) {
		view_end_say(&parent, FRAME_WINDOWS_CLIPBOARD_GET, &get.base);
		return;
	}
	data.data.data = (uint8_t *)input_take(in, length, &length);
	data.data.len = length;
	view_end_say(&parent, FRAME_WINDOWS_CLIPBOARD_DATA, &data.base);
}

static void parent_close(struct input_bytes *in)
{
	Vmsilo__Desk__Close message = VMSILO__DESK__CLOSE__INIT;

	message.id = view_guest_window(in);
	view_end_say(&parent, FRAME_DESK_CLOSE, &message.base);
}

static void parent_list(struct input_bytes *in)
{
	const Vmsilo__Desk__List message = VMSILO__DESK__LIST__INIT;

	(void)in;
	view_end_say(&parent, FRAME_DESK_LIST, &message.base);
}

static void parent_anew(struct input_bytes *in)
{
	unsigned int way = input_byte(in);

	parent_settings(in, way);
}

static void parent_raw(struct input_bytes *in)
{
	uint8_t how = input_byte(in);

	if (how < 128)
		parent.deaf = how & 1;
	else if (how > 240)
		view_end_write(&parent, FRAME_DESK_USE, NULL, 0);
	else if (how > 220)
		shutdown(parent.fd, SHUT_WR);
}

static void pass_time(struct input_bytes *in)
{
	static const uint16_t long_times[] = {1, 16, 50, 100, 300, 1000, 5000, 10000, 60000};

	world_pass(long_times[input_byte(in) % 9]);
}

/* ---- all of it ---- */

static void (*const steps[])(struct input_bytes *in) = {parent_activate, parent_clipboard,
	parent_close, parent_list, parent_anew, parent_raw, pass_time, pass_time};

#define STEPS (sizeof(steps) / sizeof(steps[0]))

static void guest_or_parent_step(unsigned int step, struct input_bytes *in)
{
	step %= VIEW_GUEST_STEPS + STEPS;
	if (step < VIEW_GUEST_STEPS)
		view_guest_steps[step](in);
	else
		steps[step - VIEW_GUEST_STEPS](in);
}

/* No pixel of the guest is where our border and label are. */
static void window_look(const struct window *window)
{
	struct frame_style style;
	int32_t box[4], border, top;

	window_style(window, &window->shown, &style);
	border = frame_border(&style);
	top = frame_top(&style);
	if (!compositor_box(wl_proxy_get_id((struct wl_proxy *)window->content.surface), box))
		return;
	must(box[0] >= border && box[1] >= top, "pixels above their frame");
	must(box[0] + box[2] <= window->width - border &&
			box[1] + box[3] <= window->height - border,
		"pixels beside their frame");
}

/* Its scale is that of a screen that is there. */
static void scale_look(const struct window *window)
{
	for (int i = 0; i < WINDOWS_OUTPUTS_MAX; i++)
		must(!(window_outputs(window) >> i & 1) || outputs_at(&host.desktop.outputs, i),
			"a window on a screen that was unplugged");
	must(!window->configured || !window->xdg ||
			(!window_outputs(window) && !window->preferred_scale[WINDOW_MAIN] &&
				!window->preferred_scale[WINDOW_CONTENT]) ||
			window->wanted.scale == window_content_scale(window),
		"a window at the scale of another screen");
}

static void look(void)
{
	const struct press *press = &host.view.press;

	must(!press->down || window_find(&host.view, press->window),
		"a press in a window that is gone");
	if (!compositor_is_awake() || host.desktop.blocked || host.ending)
		return;
	for (int i = 0; i < WINDOWS_MAX; i++) {
		if (!host.view.windows[i])
			continue;
		scale_look(host.view.windows[i]);
		if (host.view.windows[i]->mapped)
			window_look(host.view.windows[i]);
	}
}

static void settle(void)
{
	for (int i = 0; i < 3; i++) {
		compositor_turn();
		if (!host.ending)
			world_turn(&host.loop);
		view_guest_read();
		view_end_read(&parent, NULL);
	}
	compositor_turn();
}

static void pair_make(int *ret_ours, int *ret_theirs)
{
	int fds[2];

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) == 0,
		"no sockets");
	*ret_ours = fds[0];
	*ret_theirs = fds[1];
}

static void region_share(void)
{
	int fd = memfd_create("region", MFD_CLOEXEC);

	must(fd >= 0 && ftruncate(fd, REGION) == 0, "no region");
	host.settings.limits.shared = REGION;
	host.view.shared = wl_shm_create_pool(host.desktop.shm, fd, REGION);
	wl_display_roundtrip(host.desktop.display);
	close(fd);
}

/* As vmsilo-windows-view begins, but for the sandbox. */
static void view_begin(int wayland, unsigned int way)
{
	struct error error = {0};
	int control, guest;

	host = (struct host){.stream_fd = -1};
	settings_init(&host.settings);
	must(desktop_connect(&host.desktop, wayland, "untrusted", &error) == 0, error.text);
	host.view.text = text;
	cursor_load(&host.input.cursor, &host.desktop);
	if (way & WAY_SHARED)
		region_share();
	pair_make(&guest, &host.stream_fd);
	view_guest_begin(guest);
	pair_make(&parent.fd, &control);
	must(host_init(&host, "untrusted", &error) == 0 &&
			control_create(&host, control, &host.control) == 0,
		"the view does not begin");
}

static void view_end(void)
{
	must(host.exit_code != HOST_DESKTOP_GONE || compositor_has_gone(),
		"the compositor refused something");
	host.view.text = NULL; /* it stays */
	if (host.stream_fd >= 0)
		close(host.stream_fd);
	host_finish(&host);
	world_run(&host.loop);
	view_guest_end();
	close(parent.fd);
}

static void play(struct input_bytes *in, unsigned int way)
{
	parent_settings(in, way);
	settle();
	view_guest_greet((enum view_greeting)(way / WAY_GREETING & 3));
	settle();
	for (int i = 0; i < STEPS_MAX && in->left > 0 && !host.ending; i++) {
		uint8_t step = input_byte(in);
		if (step & 128)
			compositor_step(in);
		else
			guest_or_parent_step(step, in);
		settle();
		look();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input_bytes in = {.at = data, .left = size};
	unsigned int offers = input_byte(&in), way = input_byte(&in);
	int wayland, theirs, held;
	struct world world;

	log_set_sink(note);
	must(text || text_create(&text, &(struct error){0}) == 0, "there is no font");
	parent.length = 0;
	parent.deaf = false;
	world_begin(&world, compositor_on_wait, NULL);
	pair_make(&wayland, &theirs);
	/* So that what the view asks for last is read, too. */
	held = dup(wayland);
	compositor_create(theirs, offers);
	view_begin(wayland, way);
	world_lead(&world);
	play(&in, way);
	view_end();
	compositor_destroy();
	close(held);
	world_end(&world);
	return 0;
}
