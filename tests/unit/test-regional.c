/* Names of time zones, locales and keyboards, and what is none. */
#include <string.h>

#include "proto/base/regional.h"
#include "proto/limits.h"
#include "tests/lib/test.h"

static void test_zones(void **state)
{
	char name[SETUP_NAME_MAX + 2];

	(void)state;
	assert_true(regional_is_zone("UTC"));
	assert_true(regional_is_zone("Europe/Berlin"));
	assert_true(regional_is_zone("America/Argentina/Buenos_Aires"));
	assert_true(regional_is_zone("Etc/GMT+5"));
	assert_false(regional_is_zone(""));
	assert_false(regional_is_zone("/etc/passwd"));
	assert_false(regional_is_zone("../../etc/passwd"));
	assert_false(regional_is_zone("Europe/../../etc/passwd"));
	assert_false(regional_is_zone("Europe//Berlin"));
	assert_false(regional_is_zone("Europe/"));
	assert_false(regional_is_zone("Europe/Ber lin"));
	memset(name, 'a', sizeof(name));
	name[SETUP_NAME_MAX + 1] = '\0';
	assert_false(regional_is_zone(name));
	name[SETUP_NAME_MAX] = '\0';
	assert_true(regional_is_zone(name));
}

static void test_rules(void **state)
{
	(void)state;
	assert_true(regional_is_zone_rule("CET-1CEST,M3.5.0,M10.5.0/3"));
	assert_true(regional_is_zone_rule("<+0330>-3:30"));
	assert_false(regional_is_zone_rule(""));
	assert_false(regional_is_zone_rule("UTC0\nPATH=/tmp"));
}

static void test_locales(void **state)
{
	(void)state;
	assert_true(regional_is_locale("C"));
	assert_true(regional_is_locale("de_DE.UTF-8"));
	assert_true(regional_is_locale("sr_RS.UTF-8@latin"));
	assert_false(regional_is_locale(""));
	assert_false(regional_is_locale("."));
	assert_false(regional_is_locale("../locale"));
	assert_false(regional_is_locale("/usr/lib"));
	assert_false(regional_is_locale("de_DE\""));
}

static void test_keyboards(void **state)
{
	(void)state;
	assert_true(regional_is_keyboard_word(""));
	assert_true(regional_is_keyboard_word("de,us"));
	assert_true(regional_is_keyboard_word(",dvorak"));
	assert_true(regional_is_keyboard_word("grp:alt_shift_toggle,compose:ralt"));
	assert_false(regional_is_keyboard_word("de us"));
	assert_false(regional_is_keyboard_word("$(reboot)"));
	assert_false(regional_is_keyboard_word("\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_locales),
		cmocka_unit_test(test_keyboards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
