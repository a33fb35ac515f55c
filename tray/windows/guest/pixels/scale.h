/* Between the programs' units and physical pixels, by a scale in 120ths. Halves are rounded away
 * from zero, as wp_fractional_scale_v1 wants it. */
#ifndef VMSILO_TRAY_WINDOWS_GUEST_PIXELS_SCALE_H
#define VMSILO_TRAY_WINDOWS_GUEST_PIXELS_SCALE_H

#include <stdint.h>

#include "proto/limits.h"

static inline int32_t scale_ratio(int64_t value, int64_t by, int64_t over)
{
	int64_t twice = 2 * value * by;

	return (int32_t)((twice + (value < 0 ? -over : over)) / (2 * over));
}

static inline int32_t scale_up(int32_t value, uint32_t scale)
{
	return scale_ratio(value, scale, WINDOWS_SCALE_ONE);
}

static inline int32_t scale_down(int32_t value, uint32_t scale)
{
	return scale_ratio(value, WINDOWS_SCALE_ONE, scale);
}

/* The bound keeps a hostile program's numbers inside what the stream may have. */
static inline int32_t scale_bound(int32_t value, int32_t least, int32_t most)
{
	return value < least ? least : value > most ? most : value;
}

#endif
