#include "host-broker/cli/session/leave.h"

#include <signal.h>

#define KEY_INT 0x03
#define KEY_QUIT 0x1c

static enum leave_step step_of(unsigned int count)
{
	return count >= LEAVE_COUNT       ? LEAVE_NOW
	       : count == LEAVE_COUNT - 1 ? LEAVE_WARN
					  : LEAVE_STAY;
}

static bool is_recent(uint64_t then_ms, uint64_t now_ms)
{
	return now_ms - then_ms <= LEAVE_WITHIN_MS;
}

bool leave_is_end(int number)
{
	return number == SIGINT || number == SIGQUIT || number == SIGTERM || number == SIGHUP;
}

enum leave_step leave_signal(struct leave *leave, int number, uint64_t now_ms)
{
	if (!leave_is_end(number))
		return LEAVE_STAY;
	if (!is_recent(leave->break_ms, now_ms))
		leave->breaks = 0;
	if (number == SIGTERM || number == SIGHUP) {
		leave->ends++;
	} else {
		leave->breaks++;
		leave->break_ms = now_ms;
	}
	return step_of(leave->ends + leave->breaks);
}

enum leave_step leave_press(struct leave *leave, uint64_t now_ms)
{
	uint64_t last_ms = leave->press_ms;

	leave->press_ms = now_ms;
	if (leave->presses > 0 && now_ms - last_ms < LEAVE_REPEAT_MS)
		return LEAVE_STAY;
	leave->presses = is_recent(last_ms, now_ms) ? leave->presses + 1 : 1;
	return step_of(leave->presses);
}

enum leave_step leave_typed(
	struct leave *leave, const uint8_t *bytes, size_t length, uint64_t now_ms, int *ret_number)
{
	enum leave_step step = LEAVE_STAY;

	*ret_number = 0;
	for (size_t i = 0; i < length; i++) {
		if (bytes[i] != KEY_INT && bytes[i] != KEY_QUIT) {
			leave->presses = 0;
			step = LEAVE_STAY;
			continue;
		}
		enum leave_step next = leave_press(leave, now_ms);
		step = next > step ? next : step;
		*ret_number = bytes[i] == KEY_INT ? SIGINT : SIGQUIT;
	}
	return step;
}

void leave_heard(struct leave *leave)
{
	leave->presses = 0;
}
