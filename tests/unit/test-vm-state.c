/* Every event in every state. */
#include <uv.h>

#include "host-broker/vm/state.h"
#include "tests/lib/test.h"

static void test_all(void **state)
{
	enum { NO = UV_EINVAL, STOPPED = 0, STARTING, RUNNING, STOPPING, FAILED, PAUSED };
	static const int expected[VM_STATES][VM_EVENTS] = {
		/* START, READY, STOP, OFF, LOST, PAUSE, RESUME */
		{STARTING, NO, NO, NO, NO, NO, NO},
		{NO, RUNNING, STOPPING, FAILED, FAILED, PAUSED, NO},
		{NO, RUNNING, STOPPING, STOPPED, FAILED, PAUSED, NO},
		{NO, STOPPING, STOPPING, STOPPED, FAILED, NO, NO},
		{STARTING, NO, NO, NO, NO, NO, NO},
		{NO, RUNNING, STOPPING, STOPPED, FAILED, NO, RUNNING},
	};

	(void)state;
	for (int from = 0; from < VM_STATES; from++)
		for (int event = 0; event < VM_EVENTS; event++)
			assert_int_equal(vm_state_next((enum vm_state)from, (enum vm_event)event),
				expected[from][event]);
	assert_string_equal(vm_state_name(VM_STATE_FAILED), "failed");
	assert_string_equal(vm_state_name(VM_STATE_PAUSED), "paused");
	assert_string_equal(vm_event_name(VM_EVENT_RESUME), "resume");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
