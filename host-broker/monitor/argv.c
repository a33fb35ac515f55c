#include "host-broker/monitor/argv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

void argv_init(struct argv *argv)
{
	*argv = (struct argv){0};
	argv->items = calloc(1, sizeof(*argv->items));
	if (!argv->items)
		argv->error = UV_ENOMEM;
}

/* Takes item. */
static void argv_take(struct argv *argv, char *item)
{
	char **items = argv->error || !item
			       ? NULL
			       : reallocarray(argv->items, argv->count + 2, sizeof(*items));

	if (!items) {
		argv->error = UV_ENOMEM;
		free(item);
		return;
	}
	items[argv->count++] = item;
	items[argv->count] = NULL;
	argv->items = items;
}

void argv_add(struct argv *argv, const char *item)
{
	argv_take(argv, strdup(item));
}

void argv_add_format(struct argv *argv, const char *format, ...)
{
	char *item = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&item, format, arguments) < 0)
		item = NULL;
	va_end(arguments);
	argv_take(argv, item);
}

int argv_error(const struct argv *argv)
{
	return argv->error;
}

void argv_finish(struct argv *argv)
{
	for (size_t i = 0; i < argv->count; i++)
		free(argv->items[i]);
	free(argv->items);
	*argv = (struct argv){0};
}
