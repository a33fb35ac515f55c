#include "tray/windows/guest/policy/x11-policy.h"

#include <string.h>

#include "proto/base/text.h"
#include "proto/limits.h"

#define HELPER_SIDE_MAX 3
#define RESOURCES_MASK 0x001fffffu /* of a client, as Xwayland gives them out */

bool x11_is_helper(const struct x11_box *box, int32_t screen_width, int32_t screen_height)
{
	if (box->width <= HELPER_SIDE_MAX || box->height <= HELPER_SIDE_MAX)
		return true;
	return box->x + box->width <= 0 || box->y + box->height <= 0 || box->x >= screen_width ||
	       box->y >= screen_height;
}

static int32_t place_side(unsigned int number, int32_t third)
{
	int32_t step = third / X11_PLACES < X11_PLACE_STEP ? third / X11_PLACES : X11_PLACE_STEP;

	return third + (int32_t)(number % X11_PLACES) * step;
}

void x11_place(
	unsigned int number, int32_t screen_width, int32_t screen_height, int32_t *x, int32_t *y)
{
	*x = place_side(number, screen_width / 3);
	*y = place_side(number, screen_height / 3);
}

bool x11_same_program(uint32_t window, uint32_t other)
{
	return (window & ~RESOURCES_MASK) == (other & ~RESOURCES_MASK);
}

uint64_t x11_pause(struct x11_ends *ends, uint64_t now_ms)
{
	if (now_ms - ends->at >= X11_ENDS_MS)
		ends->count = 0;
	ends->at = now_ms;
	if (++ends->count <= X11_ENDS_MAX)
		return 0;
	uint64_t pause = X11_PAUSE_MS;
	for (unsigned int i = X11_ENDS_MAX + 1; i < ends->count && pause < X11_PAUSE_MAX_MS; i++)
		pause *= 2;
	return pause < X11_PAUSE_MAX_MS ? pause : X11_PAUSE_MAX_MS;
}

void x11_title(char *ret, size_t size, const char *title)
{
	char utf8[2 * WINDOWS_TITLE_MAX + 1];
	size_t length = 0;

	if (text_is_utf8(title, strlen(title))) {
		text_strip(ret, size, title, false);
		return;
	}
	for (; *title && length + 2 < sizeof(utf8); title++) {
		unsigned char byte = (unsigned char)*title;
		if (byte >= 0x80)
			utf8[length++] = (char)(0xc0 | byte >> 6);
		utf8[length++] = (char)(byte < 0x80 ? byte : 0x80 | (byte & 0x3f));
	}
	utf8[length] = '\0';
	text_strip(ret, size, utf8, false);
}
