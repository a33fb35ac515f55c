#include "guest-agent/setup/table-text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t line_length(const char *line)
{
	return strcspn(line, "\n");
}

static const char *next_line(const char *line)
{
	line += line_length(line);
	return *line ? line + 1 : line;
}

/* Where the field begins, and its length; NULL: the record has fewer. */
static const char *field_find(const char *record, unsigned int field, size_t *ret_length)
{
	for (; field > 0; field--) {
		record += strcspn(record, ":\n");
		if (*record != ':')
			return NULL;
		record++;
	}
	*ret_length = strcspn(record, ":\n");
	return record;
}

const char *table_find(const char *text, unsigned int field, const char *value)
{
	for (const char *line = text; *line; line = next_line(line)) {
		size_t length;
		const char *found = field_find(line, field, &length);
		if (found && length == strlen(value) && memcmp(found, value, length) == 0)
			return line;
	}
	return NULL;
}

void table_field(const char *record, unsigned int field, char *out, size_t size)
{
	size_t length;
	const char *found = field_find(record, field, &length);

	out[0] = '\0';
	if (found && length < size)
		snprintf(out, size, "%.*s", (int)length, found);
}

bool table_change(
	const char *record, unsigned int field, const char *value, char out[TABLE_LINE_MAX])
{
	size_t length;
	const char *found = field_find(record, field, &length);

	if (!found || line_length(record) >= TABLE_LINE_MAX)
		return false;
	const char *rest = found + length;
	return snprintf(out, TABLE_LINE_MAX, "%.*s%s%.*s", (int)(found - record), record, value,
		       (int)line_length(rest), rest) < TABLE_LINE_MAX;
}

char *table_put(const char *text, const char *record, const char *line)
{
	const char *at = record ? record : text + strlen(text);
	/* A last line may have no end. */
	const char *before = at > text && at[-1] != '\n' ? "\n" : "";
	char *made;

	if (asprintf(&made, "%.*s%s%s\n%s", (int)(at - text), text, before, line,
		    record ? next_line(record) : "") < 0)
		return NULL;
	return made;
}

bool table_lists(const char *record, unsigned int field, const char *name)
{
	size_t length, wanted = strlen(name);
	const char *names = field_find(record, field, &length);

	for (size_t at = 0; names && at < length;) {
		size_t one = strcspn(names + at, ",:\n");
		if (one == wanted && memcmp(names + at, name, one) == 0)
			return true;
		at += one + 1;
	}
	return false;
}
