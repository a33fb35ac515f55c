#include "host-broker/users/numbers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "proto/base/cleanup.h"

#define DIGITS_MAX 10
/* A name, a blank, a number, a newline. */
#define LINE_SIZE (NUMBER_NAME_MAX + 1 + DIGITS_MAX + 1)

static int line_parse(struct numbers *numbers, char *line)
{
	char *rest = line;

	if (line[0] == '#' || line[0] == '\0')
		return 0;
	const char *name = strsep(&rest, " ");
	size_t digits = rest ? strspn(rest, "0123456789") : 0;
	if (digits == 0 || digits > DIGITS_MAX || rest[digits] || strlen(name) > NUMBER_NAME_MAX ||
		!numbers->rules->is_name(name))
		return UV_EINVAL;
	unsigned long long value = strtoull(rest, NULL, 10);
	if (value > UINT32_MAX || !numbers->rules->is_number((uint32_t)value) ||
		numbers_find(numbers, name) || numbers_find_value(numbers, (uint32_t)value))
		return UV_EINVAL;
	return numbers_add(numbers, name, (uint32_t)value);
}

int numbers_parse(struct numbers *numbers, const char *text, unsigned int *ret_line)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *line;
	int code = copy ? 0 : UV_ENOMEM;

	*ret_line = 0;
	while (code == 0 && (line = strsep(&rest, "\n"))) {
		++*ret_line;
		code = line_parse(numbers, line);
	}
	if (code < 0)
		numbers_finish(numbers);
	return code;
}

char *numbers_print(const struct numbers *numbers)
{
	const char *head = numbers->rules->head;
	size_t length = strlen(head), size = length + numbers->count * LINE_SIZE + 1;
	char *text = malloc(size);

	if (!text)
		return NULL;
	memcpy(text, head, length + 1);
	for (size_t i = 0; i < numbers->count; i++)
		length += (size_t)snprintf(text + length, size - length, "%s %u\n",
			numbers->items[i].name, numbers->items[i].value);
	return text;
}

void numbers_finish(struct numbers *numbers)
{
	free(numbers->items);
	numbers->items = NULL;
	numbers->count = 0;
}

struct number *numbers_find(const struct numbers *numbers, const char *name)
{
	for (size_t i = 0; i < numbers->count; i++)
		if (strcmp(numbers->items[i].name, name) == 0)
			return &numbers->items[i];
	return NULL;
}

struct number *numbers_find_value(const struct numbers *numbers, uint32_t value)
{
	for (size_t i = 0; i < numbers->count; i++)
		if (numbers->items[i].value == value)
			return &numbers->items[i];
	return NULL;
}

int numbers_add(struct numbers *numbers, const char *name, uint32_t value)
{
	if (numbers->count == numbers->rules->most)
		return UV_ENOSPC;
	struct number *items = reallocarray(numbers->items, numbers->count + 1, sizeof(*items));
	if (!items)
		return UV_ENOMEM;
	numbers->items = items;
	struct number *item = &items[numbers->count++];
	snprintf(item->name, sizeof(item->name), "%s", name);
	item->value = value;
	return 0;
}
