#include "host-broker/address/name.h"

#include <ctype.h>
#include <string.h>

static bool label_is_good(const char *label, size_t length)
{
	if (length == 0 || length > NET_LABEL_MAX || label[0] == '-' || label[length - 1] == '-')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalnum((unsigned char)label[i]) && label[i] != '-' && label[i] != '_')
			return false;
	return true;
}

/* One whose last label is a number would be an address (RFC 3696, 2). */
static bool labels_are_good(const char *name)
{
	const char *label = name;

	for (;;) {
		size_t length = strcspn(label, ".");
		if (!label_is_good(label, length))
			return false;
		if (label[length] == '\0')
			return isalpha((unsigned char)label[0]);
		label += length + 1;
	}
}

bool net_name_parse(const char *text, char ret[NET_NAME_MAX + 1])
{
	size_t length = strlen(text);
	bool below = strncmp(text, "*.", 2) == 0;

	if (length > 0 && text[length - 1] == '.')
		length--;
	if (length == 0 || length > NET_NAME_MAX)
		return false;
	memset(ret, 0, NET_NAME_MAX + 1);
	for (size_t i = 0; i < length; i++)
		ret[i] = (char)tolower((unsigned char)text[i]);
	return labels_are_good(below ? ret + 2 : ret);
}

bool net_name_matches(const char *pattern, const char *name)
{
	size_t pattern_length = strlen(pattern), length = strlen(name);

	if (strncmp(pattern, "*.", 2) != 0)
		return strcmp(pattern, name) == 0;
	/* With the dot. */
	pattern_length--;
	return length > pattern_length && strcmp(name + length - pattern_length, pattern + 1) == 0;
}
