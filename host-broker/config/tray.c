#include "host-broker/config/tray.h"

#include <string.h>
#include <uv.h>

#include "host-broker/config/units.h"
#include "proto/limits.h"

const char *config_tray_expected(const char *key)
{
	static const struct {
		const char *key;
		const char *expected;
	} keys[] = {
		{"tray", CONFIG_SWITCH_EXPECTED},
		{"notifications", CONFIG_SWITCH_EXPECTED},
		{"tray_items", "a number from 1 to 64"},
		{"tray_rate", "updates a second, from 10 to 10000"},
		{"notification_rate", "notifications a minute, from 1 to 6000"},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i].key, key) == 0)
			return keys[i].expected;
	return NULL;
}

static int number_make(const char *given, uint32_t standard, uint32_t min, uint32_t max,
	const char *key, uint32_t *ret, const char **ret_key)
{
	*ret = standard;
	if (!given || (units_parse_number(given, max, ret) == 0 && *ret >= min))
		return 0;
	*ret_key = key;
	return UV_EINVAL;
}

int config_tray_make(const struct file_tray *file, struct tray_config *ret, const char **ret_key)
{
	int code = number_make(file->items_max, TRAY_ITEMS_DEFAULT, 1, TRAY_ITEMS_MAX, "tray_items",
		&ret->items, ret_key);

	if (code == 0)
		code = number_make(file->rate, TRAY_RATE_DEFAULT, TRAY_RATE_MIN, TRAY_RATE_MAX,
			"tray_rate", &ret->updates_per_second, ret_key);
	if (code == 0)
		code = number_make(file->notification_rate, NOTIFICATION_RATE_DEFAULT, 1,
			NOTIFICATION_RATE_MAX, "notification_rate", &ret->notifications_per_minute,
			ret_key);
	if (file->items && !*file->items)
		ret->items = 0;
	if (file->notifications && !*file->notifications)
		ret->notifications_per_minute = 0;
	return code;
}
