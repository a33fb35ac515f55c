#include "host-broker/users/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "proto/base/cleanup.h"
#include "proto/base/text.h"

#define LINE_SIZE (VM_NAME_MAX + 1 + 10 + 1) /* NAME, a blank, a number, a newline */

static const char head[] = "# The host users that VMs' processes run as: kept by vmsilo-broker, "
			   "one line per VM. A number is\n# never reused; remove the line of a "
			   "deleted VM once no file of its user is left.\n";

static int line_parse(struct uid_table *table, char *line)
{
	char *blank = strchr(line, ' ');
	struct uid_range one;
	char number[32];

	if (line[0] == '#' || line[0] == '\0')
		return 0;
	if (!blank)
		return UV_EINVAL;
	*blank = '\0';
	/* A range of one: its limits are the number's. */
	snprintf(number, sizeof(number), "%.12s-%.12s", blank + 1, blank + 1);
	if (!text_is_vm_name(line) || !uid_range_parse(number, &one) || strlen(blank + 1) > 10 ||
		uid_table_find(table, line) || uid_table_find_uid(table, one.first))
		return UV_EINVAL;
	return uid_table_add(table, line, one.first);
}

int uid_table_parse(struct uid_table *table, const char *text, unsigned int *ret_line)
{
	_cleanup_free_ char *copy = strdup(text);
	char *rest = copy, *line;
	int code = copy ? 0 : UV_ENOMEM;

	*ret_line = 0;
	while (code == 0 && (line = strsep(&rest, "\n"))) {
		++*ret_line;
		code = line_parse(table, line);
	}
	if (code < 0)
		uid_table_finish(table);
	return code;
}

char *uid_table_print(const struct uid_table *table)
{
	size_t size = sizeof(head) + table->count * LINE_SIZE;
	char *text = malloc(size);
	size_t length = sizeof(head) - 1;

	if (!text)
		return NULL;
	memcpy(text, head, sizeof(head));
	for (size_t i = 0; i < table->count; i++)
		length += (size_t)snprintf(text + length, size - length, "%s %u\n",
			table->entries[i].name, table->entries[i].uid);
	return text;
}

void uid_table_finish(struct uid_table *table)
{
	free(table->entries);
	*table = (struct uid_table){0};
}

const struct uid_entry *uid_table_find(const struct uid_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->entries[i].name, name) == 0)
			return &table->entries[i];
	return NULL;
}

const struct uid_entry *uid_table_find_uid(const struct uid_table *table, uid_t uid)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->entries[i].uid == uid)
			return &table->entries[i];
	return NULL;
}

int uid_table_add(struct uid_table *table, const char *name, uid_t uid)
{
	if (table->count == UID_TABLE_MAX)
		return UV_ENOSPC;
	struct uid_entry *entries =
		reallocarray(table->entries, table->count + 1, sizeof(*entries));
	if (!entries)
		return UV_ENOMEM;
	table->entries = entries;
	struct uid_entry *entry = &entries[table->count++];
	snprintf(entry->name, sizeof(entry->name), "%s", name);
	entry->uid = uid;
	return 0;
}

bool uid_table_free(
	const struct uid_table *table, const struct uid_range *range, uid_t from, uid_t *ret)
{
	for (uid_t uid = from < range->first ? range->first : from; uid <= range->last; uid++)
		if (!uid_table_find_uid(table, uid)) {
			*ret = uid;
			return true;
		}
	return false;
}
