/*
 * What a guest says on its windows stream, judged by the rules that the host's end asks before it
 * does anything: the input is a list of steps, frames of the guest, whole or cut, and what the host
 * says meanwhile. Whatever is let through stays within the limits.
 *
 * Covers: tray/windows/rules/rules.c tray/windows/rules/check.c
 * Covers: tray/windows/rules/cover.c tray/windows/rules/work.c
 * Leaves out: the windows that are made of it, and the compositor (target windows-view)
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "proto/windows.pb-c.h"
#include "proto/wire/frame.h"
#include "proto/wire/message.h"
#include "tests/fuzz/input.h"
#include "tray/windows/rules/rules.h"
#include "tray/windows/rules/work.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum step { STEP_CONFIGURED, STEP_DONE, STEP_ASKED, STEP_PIXELS, STEP_OWED, STEP_FRAME };

static const struct rules_limits limits = {
	.windows = 8, .pixels = 1 << 20, .shared = 1 << 22, .clipboard_bytes = 4096};

static void must(bool condition)
{
	if (!condition)
		abort();
}

/* After whatever was let through. */
static void rules_look(const struct rules *rules)
{
	uint64_t pixels = 0;
	uint32_t count = 0;

	for (int i = 0; i < WINDOWS_MAX; i++) {
		const struct rules_window *window = &rules->windows[i];
		if (window->phase == WINDOW_FREE)
			continue;
		count++;
		pixels += (uint64_t)window->width * window->height;
		must(window->id > 0 && window->id <= rules->highest);
		must(window->frames <= WINDOWS_FRAMES_MAX);
		must(window->width <= WINDOWS_SIDE_MAX && window->height <= WINDOWS_SIDE_MAX);
		must(window->parent == 0 || rules_window(rules, window->parent));
		must(window->phase != WINDOW_BUILDING || rules->building.window == window);
	}
	must(count == rules->count && count <= limits.windows);
	must(pixels <= limits.pixels && rules->pixels <= limits.pixels);
	must(rules->building.pieces <= WINDOWS_PIECES_MAX);
}

/* A type, a length, and so many bytes of a message. Returns false where the stream would end. */
static bool guest_says(struct rules *rules, struct input_bytes *in)
{
	uint8_t type = input_byte(in);
	size_t length = input_byte(in);
	const uint8_t *payload = input_take(in, length, &length);
	struct frame frame = {.type = (uint16_t)(FRAME_WINDOWS_TOPLEVEL + type % 17),
		.length = (uint32_t)length,
		.payload = payload};
	struct error error;

	if (frame.type == FRAME_WINDOWS_PIXELS)
		return rules_pixels(rules, frame.length, &error) == 0;
	ProtobufCMessage *message = message_unpack(&frame);
	if (!message)
		return false;
	must(work_of(frame.type, message) > 0);
	int code = rules_message(rules, frame.type, message, &error);
	message_free(message);
	return code == 0;
}

static bool step_run(struct rules *rules, struct input_bytes *in)
{
	uint8_t step = input_byte(in);
	struct error error;

	switch (step % (STEP_FRAME + 3)) {
	case STEP_CONFIGURED:
		rules_configured(rules, input_byte(in), input_number(in));
		return true;
	case STEP_DONE:
		rules_frames_done(rules, input_byte(in), input_byte(in) % 4);
		return true;
	case STEP_ASKED:
		rules_clipboard_asked(rules, 1u + input_byte(in));
		return true;
	case STEP_PIXELS:
		return rules_pixels(rules, input_number(in), &error) == 0;
	case STEP_OWED: /* the PIXELS that are awaited */
		return rules->building.owed == 0 ||
		       rules_pixels(rules, rules->building.owed, &error) == 0;
	default:
		return guest_says(rules, in);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rules rules;
	struct input_bytes in = {.at = data, .left = size};

	rules_init(&rules, &limits);
	while (in.left > 0 && step_run(&rules, &in))
		rules_look(&rules);
	rules_finish(&rules);
	return 0;
}
