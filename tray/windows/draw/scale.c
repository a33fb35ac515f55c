#include "tray/windows/draw/scale.h"

#include <stdlib.h>

#include "proto/limits.h"

#define ONE WINDOWS_SCALE_ONE
#define USUAL_STEP 5 /* scales that people set are multiples of 1/24: 1.25, 1.333, 1.5 */

static int64_t divide(int64_t value, int64_t by)
{
	return value >= 0 ? (value + by / 2) / by : -((-value + by / 2) / by);
}

int32_t scale_to_physical(int32_t logical, uint32_t scale)
{
	return (int32_t)divide((int64_t)logical * scale, ONE);
}

int32_t scale_to_logical(int32_t physical, uint32_t scale)
{
	return (int32_t)divide((int64_t)physical * ONE, scale);
}

int32_t scale_fixed(int32_t logical_256, uint32_t scale)
{
	return scale_to_physical(logical_256, scale);
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
	while (b > 0) {
		uint32_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

int32_t scale_multiple(uint32_t scale)
{
	return (int32_t)(ONE / common_divisor(scale, ONE));
}

int32_t scale_floor(int32_t logical, uint32_t scale)
{
	return logical - logical % scale_multiple(scale);
}

int32_t scale_hold(int32_t physical, uint32_t scale)
{
	int32_t multiple = scale_multiple(scale);
	int64_t logical = ((int64_t)physical * ONE + scale - 1) / scale;

	return (int32_t)((logical + multiple - 1) / multiple * multiple);
}

uint32_t scale_of_widths(int32_t mode, int32_t logical, int32_t rounded)
{
	int64_t scale = divide((int64_t)mode * ONE, logical);
	int64_t usual = divide(scale, USUAL_STEP) * USUAL_STEP;

	if (llabs(divide((int64_t)mode * ONE, usual > 0 ? usual : 1) - logical) <= 1)
		scale = usual;
	if (rounded > 1 && scale <= (int64_t)(rounded - 1) * ONE)
		scale = (int64_t)rounded * ONE;
	if (scale < ONE / 2)
		return ONE / 2;
	return scale > WINDOWS_SCALE_MAX ? WINDOWS_SCALE_MAX : (uint32_t)scale;
}
