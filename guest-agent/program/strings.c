#include "guest-agent/program/strings.h"

#include <stdlib.h>
#include <string.h>

bool strings_init(struct strings *strings, size_t capacity)
{
	*strings = (struct strings){.items = calloc(capacity + 1, sizeof(*strings->items))};
	return strings->items;
}

void strings_finish(struct strings *strings)
{
	for (size_t i = 0; i < strings->count; i++)
		free(strings->items[i]);
	free(strings->items);
}

bool strings_take(struct strings *strings, char *item)
{
	if (item)
		strings->items[strings->count++] = item;
	return item;
}

bool strings_add(struct strings *strings, const void *bytes, size_t length)
{
	return strings_take(strings, strndup(length > 0 ? bytes : "", length));
}
