/* Parts of the shared region, and sizes in physical pixels. */
#include <uv.h>

#include "tests/lib/test.h"
#include "tray/windows/guest/pixels/scale.h"
#include "tray/windows/guest/pixels/slots.h"

static void gaps_are_used_again(void **state)
{
	struct slots slots = {.size = 4 * SLOT_ALIGN};
	uint64_t first, second, third;

	(void)state;
	assert_int_equal(slots_take(&slots, 1, &first), 0);
	assert_int_equal(slots_take(&slots, SLOT_ALIGN + 1, &second), 0);
	assert_int_equal(slots_take(&slots, SLOT_ALIGN, &third), 0);
	assert_int_equal(first, 0);
	assert_int_equal(second, SLOT_ALIGN);
	assert_int_equal(third, 3 * SLOT_ALIGN);
	assert_int_equal(slots_take(&slots, 1, &first), UV_ENOSPC);
	slots_give(&slots, second);
	assert_int_equal(slots_take(&slots, 2 * SLOT_ALIGN + 1, &first), UV_ENOSPC);
	assert_int_equal(slots_take(&slots, 2 * SLOT_ALIGN, &first), 0);
	assert_int_equal(first, SLOT_ALIGN);
}

static void no_region_has_no_room(void **state)
{
	struct slots slots = {0};
	uint64_t offset;

	(void)state;
	assert_int_equal(slots_take(&slots, 1, &offset), UV_ENOSPC);
}

static void there_are_so_many(void **state)
{
	struct slots slots = {.size = (SLOTS_MAX + 1) * (uint64_t)SLOT_ALIGN};
	uint64_t offset;

	(void)state;
	for (size_t i = 0; i < SLOTS_MAX; i++)
		assert_int_equal(slots_take(&slots, SLOT_ALIGN, &offset), 0);
	assert_int_equal(slots_take(&slots, SLOT_ALIGN, &offset), UV_ENOSPC);
}

static void halves_go_away_from_zero(void **state)
{
	(void)state;
	assert_int_equal(scale_up(1, 180), 2);
	assert_int_equal(scale_up(-1, 180), -2);
	assert_int_equal(scale_up(3, 150), 4);
	assert_int_equal(scale_up(5, 150), 6);
	assert_int_equal(scale_up(7, 120), 7);
	for (uint32_t scale = WINDOWS_SCALE_ONE; scale <= WINDOWS_SCALE_MAX; scale += 30)
		for (int32_t value = -999; value < 1000; value++)
			assert_int_equal(scale_down(scale_up(value, scale), scale), value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gaps_are_used_again),
		cmocka_unit_test(no_region_has_no_room),
		cmocka_unit_test(there_are_so_many),
		cmocka_unit_test(halves_go_away_from_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
