#include "host-broker/image/manifest.h"

#include <jansson.h>
#include <string.h>
#include <uv.h>

static int sum_copy(const json_t *value, char ret[SUM_SIZE])
{
	const char *text = json_string_value(value);

	if (!text)
		return value ? UV_EINVAL : UV_ENOENT;
	if (strlen(text) != SUM_SIZE - 1 || strspn(text, "0123456789abcdef") != SUM_SIZE - 1)
		return UV_EINVAL;
	memcpy(ret, text, SUM_SIZE);
	return 0;
}

int manifest_sum(const char *text, size_t length, const char *file, char ret[SUM_SIZE])
{
	json_t *root = length <= MANIFEST_MAX ? json_loadb(text, length, 0, NULL) : NULL;
	const json_t *outputs = json_object_get(root, "outputs");
	int code =
		json_is_object(outputs) ? sum_copy(json_object_get(outputs, file), ret) : UV_EINVAL;

	json_decref(root);
	return code;
}
