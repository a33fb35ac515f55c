#include "host-broker/config/print.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/config/table.h"
#include "proto/base/cleanup.h"

#define ESCAPE_SIZE 6 /* \uXXXX */

/*
 * JSON lets stand in a text what YAML's reader refuses, or takes for the end of a line (YAML 1.1,
 * 5.1 and 5.4): U+007F to U+009F, U+2028, U+2029, U+FEFF, U+FFFE and U+FFFF. at is
 * UTF-8. Returns how many bytes such a character has that stands there, and which it is; 0: none.
 */
static size_t strange_character(const unsigned char *at, unsigned int *ret)
{
	*ret = at[0];
	if (at[0] == 0x7f)
		return 1;
	if (at[0] == 0xc2 && at[1] < 0xa0) {
		*ret = at[1];
		return 2;
	}
	if (at[0] < 0xe0 || at[0] >= 0xf0)
		return 0;
	*ret = (at[0] & 0x0fu) << 12 | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu);
	return *ret == 0x2028 || *ret == 0x2029 || *ret == 0xfeff || *ret >= 0xfffe ? 3 : 0;
}

/* json: well-formed, hence UTF-8. */
static char *yaml_of_json(const char *json)
{
	size_t length = strlen(json);
	char *out = malloc(length * ESCAPE_SIZE + 1);
	size_t used = 0;
	unsigned int character;

	for (size_t i = 0; out && i < length;) {
		size_t strange = strange_character((const unsigned char *)json + i, &character);
		if (strange > 0)
			used += (size_t)snprintf(out + used, ESCAPE_SIZE + 1, "\\u%04x", character);
		else
			out[used++] = json[i];
		i += strange > 0 ? strange : 1;
	}
	if (out)
		out[used] = '\0';
	return out;
}

char *vm_config_print(const struct vm_config *vm)
{
	json_t *root = json_pack("{s:[o]}", "vms", keys_print(&config_vm_keys, vm));
	_cleanup_free_ char *json = root ? json_dumps(root, JSON_COMPACT) : NULL;

	json_decref(root);
	return json ? yaml_of_json(json) : NULL;
}
