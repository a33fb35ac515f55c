/* The clipboard's chords: how they are written, and which keys they are in which layout. */
#include <uv.h>

#include "tests/lib/test.h"
#include "tray/windows/input/chord.h"

#define KEY_C (46 + 8)
#define KEY_J (36 + 8)

static void test_parse(void **state)
{
	struct chord chord;

	(void)state;
	assert_int_equal(chord_parse("Ctrl+Alt+C", &chord), 0);
	assert_true(chord.control && chord.alt && !chord.shift && !chord.logo);
	assert_int_equal(chord.symbol, XKB_KEY_c);
	assert_int_equal(chord_parse("super+Shift+Insert", &chord), 0);
	assert_true(chord.logo && chord.shift);
	assert_int_equal(chord.symbol, XKB_KEY_Insert);
	assert_int_equal(chord_parse("Ctrl++", &chord), UV_EINVAL);
	assert_int_equal(chord_parse("Ctrl+plus", &chord), 0);
	assert_int_equal(chord_parse("", &chord), 0);
	assert_int_equal(chord.symbol, XKB_KEY_NoSymbol);
	/* It would take a key from all programs. */
	assert_int_equal(chord_parse("C", &chord), UV_EINVAL);
	assert_int_equal(chord_parse("Shift+C", &chord), UV_EINVAL);
	assert_int_equal(chord_parse("Hyper+C", &chord), UV_EINVAL);
	assert_int_equal(chord_parse("Ctrl+nosuchkey", &chord), UV_EINVAL);
	assert_int_equal(chord_parse("averyveryveryveryverylongmodifiername+C", &chord), UV_EINVAL);
}

static struct xkb_state *layout(struct xkb_context *context, const char *name, const char *variant)
{
	const struct xkb_rule_names names = {.layout = name, .variant = variant};
	struct xkb_keymap *keymap =
		xkb_keymap_new_from_names(context, &names, XKB_KEYMAP_COMPILE_NO_FLAGS);

	if (!keymap)
		skip(); /* no layouts here */
	struct xkb_state *made = xkb_state_new(keymap);
	xkb_keymap_unref(keymap);
	return made;
}

static xkb_mod_mask_t mask(struct xkb_state *state, const char *name)
{
	return 1u << xkb_keymap_mod_get_index(xkb_state_get_keymap(state), name);
}

static void test_layouts(void **state)
{
	static const struct {
		const char *layout, *variant;
		uint32_t group;
		xkb_keycode_t key;
	} known[] = {
		{"us", "", 0, KEY_C}, {"us", "dvorak", 0, 23 + 8}, /* c is where qwerty has i */
		{"us,ru", ",", 0, KEY_C},
		{"us,ru", ",", 1, KEY_C}, /* a layout without Latin letters: by the other one */
	};
	struct xkb_context *context = xkb_context_new(XKB_CONTEXT_NO_FLAGS);
	struct chord chord;

	(void)state;
	assert_int_equal(chord_parse("Ctrl+Alt+C", &chord), 0);
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		struct xkb_state *keys = layout(context, known[i].layout, known[i].variant);
		xkb_mod_mask_t both = mask(keys, XKB_MOD_NAME_CTRL) | mask(keys, XKB_MOD_NAME_ALT);
		xkb_state_update_mask(keys, both, 0, 0, 0, 0, known[i].group);
		assert_true(chord_matches(&chord, keys, known[i].key));
		assert_false(chord_matches(&chord, keys, KEY_J + 1));
		xkb_state_update_mask(
			keys, both | mask(keys, XKB_MOD_NAME_SHIFT), 0, 0, 0, 0, known[i].group);
		assert_false(chord_matches(&chord, keys, known[i].key));
		xkb_state_update_mask(keys, mask(keys, XKB_MOD_NAME_CTRL), 0, 0, 0, 0, 0);
		assert_false(chord_matches(&chord, keys, known[i].key));
		/* Caps Lock is none of it. */
		xkb_state_update_mask(
			keys, both, 0, mask(keys, XKB_MOD_NAME_CAPS), 0, 0, known[i].group);
		assert_true(chord_matches(&chord, keys, known[i].key));
		xkb_state_unref(keys);
	}
	xkb_context_unref(context);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_layouts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
