#include "guest-agent/early/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "guest-agent/boot/kernel-option.h"

#define VALUE_SIZE 32

static bool is_number(const char *text, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && !*end && errno == 0;
}

int early_options_parse(const char *line, struct early_options *ret, struct error *error)
{
	char value[VALUE_SIZE];
	uint64_t uid;

	*ret = (struct early_options){.user_uid = USER_UID};
	if (kernel_option_get(line, "vmsilo.root", value, sizeof(value)) &&
		strcmp(value, "disk") != 0)
		return error_set(error, UV_EINVAL, "vmsilo.root=%s: only a disk is known", value);
	if (kernel_option_get(line, "vmsilo.layer", value, sizeof(value))) {
		ret->layer_on_disk = strcmp(value, "disk") == 0;
		if (!ret->layer_on_disk && strcmp(value, "memory") != 0)
			return error_set(error, UV_EINVAL,
				"vmsilo.layer=%s: it is neither memory nor disk", value);
	}
	if (kernel_option_get(line, "vmsilo.layer_size", value, sizeof(value)) &&
		(!is_number(value, &ret->layer_size) || ret->layer_size == 0))
		return error_set(
			error, UV_EINVAL, "vmsilo.layer_size=%s: it is no number of bytes", value);
	if (kernel_option_get(line, "vmsilo.user_uid", value, sizeof(value))) {
		if (!is_number(value, &uid) || uid == 0 || uid >= UINT32_MAX)
			return error_set(error, UV_EINVAL,
				"vmsilo.user_uid=%s: it is no user's number", value);
		ret->user_uid = (uint32_t)uid;
	}
	return 0;
}
