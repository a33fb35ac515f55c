/* A network card's address: what is right, what is not. */
#include "proto/base/mac.h"
#include "tests/lib/test.h"

static void test_macs(void **state)
{
	static const char *const bad[] = {"", "02:00:00:00:00", "02:00:00:00:00:0",
		"02:00:00:00:00:00:00", "02-00-00-00-00-00", "0g:00:00:00:00:00",
		"00:00:00:00:00:01", "03:00:00:00:00:01", "52:54:00:12:34:5 "};
	uint8_t mac[6];
	char text[MAC_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (mac_parse(bad[i], mac))
			fail_msg("taken: %s", bad[i]);
	assert_true(mac_parse("52:54:00:12:AB:ff", mac));
	mac_print(mac, text);
	assert_string_equal(text, "52:54:00:12:ab:ff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_macs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
