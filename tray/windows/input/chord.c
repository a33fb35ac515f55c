#include "tray/windows/input/chord.h"

#include <string.h>
#include <uv.h>

#define PART_MAX 32

static bool modifier_take(struct chord *chord, const char *name)
{
	if (strcasecmp(name, "ctrl") == 0 || strcasecmp(name, "control") == 0)
		chord->control = true;
	else if (strcasecmp(name, "alt") == 0)
		chord->alt = true;
	else if (strcasecmp(name, "shift") == 0)
		chord->shift = true;
	else if (strcasecmp(name, "super") == 0 || strcasecmp(name, "logo") == 0)
		chord->logo = true;
	else
		return false;
	return true;
}

int chord_parse(const char *text, struct chord *ret)
{
	struct chord chord = {.symbol = XKB_KEY_NoSymbol};
	char part[PART_MAX];

	*ret = chord;
	if (text[0] == '\0')
		return 0;
	while (strchr(text, '+') && text[1] != '\0') {
		size_t length = (size_t)(strchr(text, '+') - text);
		if (length >= sizeof(part))
			return UV_EINVAL;
		memcpy(part, text, length);
		part[length] = '\0';
		if (!modifier_take(&chord, part))
			return UV_EINVAL;
		text += length + 1;
	}
	chord.symbol = xkb_keysym_to_lower(xkb_keysym_from_name(text, XKB_KEYSYM_CASE_INSENSITIVE));
	/* Without a modifier it would take a key from all programs. */
	if (chord.symbol == XKB_KEY_NoSymbol || !(chord.control || chord.alt || chord.logo))
		return UV_EINVAL;
	*ret = chord;
	return 0;
}

static bool is_active(struct xkb_state *state, const char *modifier)
{
	return xkb_state_mod_name_is_active(state, modifier, XKB_STATE_MODS_EFFECTIVE) > 0;
}

static xkb_keysym_t symbol_in(
	struct xkb_keymap *keymap, xkb_keycode_t key, xkb_layout_index_t layout)
{
	const xkb_keysym_t *symbols;

	if (xkb_keymap_key_get_syms_by_level(keymap, key, layout, 0, &symbols) != 1)
		return XKB_KEY_NoSymbol;
	return xkb_keysym_to_lower(symbols[0]);
}

static bool is_latin(xkb_keysym_t symbol)
{
	return symbol < 0x100;
}

bool chord_matches(const struct chord *chord, struct xkb_state *state, xkb_keycode_t key)
{
	struct xkb_keymap *keymap = xkb_state_get_keymap(state);
	xkb_keysym_t symbol = symbol_in(keymap, key, xkb_state_key_get_layout(state, key));

	if (chord->symbol == XKB_KEY_NoSymbol ||
		is_active(state, XKB_MOD_NAME_SHIFT) != chord->shift ||
		is_active(state, XKB_MOD_NAME_CTRL) != chord->control ||
		is_active(state, XKB_MOD_NAME_ALT) != chord->alt ||
		is_active(state, XKB_MOD_NAME_LOGO) != chord->logo)
		return false;
	if (symbol == chord->symbol)
		return true;
	for (xkb_layout_index_t i = 0; !is_latin(symbol) && i < xkb_keymap_num_layouts(keymap); i++)
		if (symbol_in(keymap, key, i) == chord->symbol)
			return true;
	return false;
}
