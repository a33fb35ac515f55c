#include "host-broker/refusals.h"

bool refusals_tell(struct refusals *refusals, uint64_t now_ms, unsigned int *ret_left_out)
{
	if (refusals->told == 0 || now_ms - refusals->window_ms >= REFUSALS_WINDOW_MS) {
		refusals->window_ms = now_ms;
		refusals->told = 0;
	}
	if (refusals->told == REFUSALS_TOLD_MAX) {
		refusals->left_out++;
		return false;
	}
	refusals->told++;
	*ret_left_out = refusals->left_out;
	refusals->left_out = 0;
	return true;
}
