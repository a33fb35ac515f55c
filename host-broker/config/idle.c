#include "host-broker/config/idle.h"

#include <uv.h>

#include "host-broker/config/switch.h"
#include "host-broker/config/units.h"

const cyaml_schema_field_t config_idle_fields[] = {
	CYAML_FIELD_STRING_PTR("after", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_idle,
		after, 0, CYAML_UNLIMITED),
	CYAML_FIELD_STRING_PTR("notify", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_idle,
		notify, 0, CYAML_UNLIMITED),
	CYAML_FIELD_STRING_PTR("cpu", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct file_idle,
		cpu, 0, CYAML_UNLIMITED),
	CONFIG_SWITCH("tray", struct file_idle, tray),
	CYAML_FIELD_END,
};

int config_idle_make(
	const struct file_idle *file, struct idle_config *ret, const char **ret_expected)
{
	*ret = (struct idle_config){.notify_ms = 60000, .tray = true};
	if (!file)
		return 0;
	*ret_expected = "after: a time from 1s to 24h, such as 10m";
	if (!file->after || units_parse_time(file->after, &ret->after_ms) < 0 ||
		ret->after_ms < IDLE_AFTER_MIN_MS)
		return UV_EINVAL;
	*ret_expected = "notify: a time such as 60s, or 0s for no notice";
	if (file->notify && units_parse_time(file->notify, &ret->notify_ms) < 0)
		return UV_EINVAL;
	*ret_expected = "cpu: a percentage of one processor, 1 to 100000";
	if (file->cpu && (units_parse_number(file->cpu, IDLE_CPU_MAX, &ret->cpu_percent) < 0 ||
				 ret->cpu_percent < 1))
		return UV_EINVAL;
	if (file->tray)
		ret->tray = *file->tray;
	return 0;
}
