#include "host-broker/config/value/units.h"

#include <stddef.h>
#include <string.h>
#include <uv.h>

#define TIME_MAX_MS (24u * 60 * 60 * 1000)

struct unit {
	const char *name;
	uint64_t factor;
};

/* Decimal digits and one of the units; "" among them stands for a bare number. */
static int parse(const char *text, const struct unit *units, size_t count, uint64_t *ret)
{
	size_t digits = strspn(text, "0123456789");
	uint64_t value = 0;

	if (digits == 0)
		return UV_EINVAL;
	for (size_t i = 0; i < digits; i++)
		if (__builtin_mul_overflow(value, 10, &value) ||
			__builtin_add_overflow(value, (uint64_t)(text[i] - '0'), &value))
			return UV_EINVAL;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(text + digits, units[i].name) != 0)
			continue;
		return __builtin_mul_overflow(value, units[i].factor, ret) ? UV_EINVAL : 0;
	}
	return UV_EINVAL;
}

int units_parse_size(const char *text, uint64_t *ret_bytes)
{
	static const struct unit units[] = {
		{"", 1}, {"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}};

	return parse(text, units, 4, ret_bytes);
}

int units_parse_time(const char *text, uint32_t *ret_ms)
{
	static const struct unit units[] = {
		{"", 1000}, {"ms", 1}, {"s", 1000}, {"m", 60 * 1000}, {"h", 60 * 60 * 1000}};
	uint64_t value;
	int code = parse(text, units, 5, &value);

	if (code == 0 && value > TIME_MAX_MS)
		code = UV_EINVAL;
	if (code == 0)
		*ret_ms = (uint32_t)value;
	return code;
}

int units_parse_number(const char *text, uint32_t max, uint32_t *ret)
{
	static const struct unit none[] = {{"", 1}};
	uint64_t value;

	if (text[0] == '0' && text[1] != '\0')
		return UV_EINVAL;
	if (parse(text, none, 1, &value) < 0 || value > max)
		return UV_EINVAL;
	*ret = (uint32_t)value;
	return 0;
}
