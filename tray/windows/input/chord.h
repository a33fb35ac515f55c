/* A key with modifiers, as a person writes it: "Ctrl+Alt+C". Matched by what the key means in the
 * user's layout, not by its place. Pure. */
#ifndef VMSILO_TRAY_WINDOWS_INPUT_CHORD_H
#define VMSILO_TRAY_WINDOWS_INPUT_CHORD_H

#include <stdbool.h>
#include <xkbcommon/xkbcommon.h>

struct chord {
	xkb_keysym_t symbol; /* XKB_KEY_NoSymbol: none, which nothing matches */
	bool shift, control, alt, logo;
};

/* UV_EINVAL: it is none. "" is none, too, and allowed. */
int chord_parse(const char *text, struct chord *ret);
/* Whether pressing the key (xkb's code) in this state is it. In a layout without Latin letters the
 * key's Latin meaning in another of the user's layouts counts. */
bool chord_matches(const struct chord *chord, struct xkb_state *state, xkb_keycode_t key);

#endif
