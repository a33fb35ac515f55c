/*
 * vmsilo.yaml(5) and the tables of keys say the same: each key stands in both, with its default,
 * its type, and whether a running VM takes another value with its next start. In the page a key, or
 * several of which all is the same, has a line of its own, one tab deeper than the key that it lies
 * in, and a description below:
 *
 *   *cpus* (default: 1; restart)
 *   	Number, from 1 to 64: virtual processors.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host-broker/config/table.h"
#include "tests/lib/test.h"

#define KEYS_MAX 256
#define LINE_SIZE 512
#define PLACE_SIZE 128
#define TEXT_SIZE 1024

struct described {
	char place[PLACE_SIZE]; /* "vms.idle.after" */
	char words[PLACE_SIZE]; /* "default: 60s; restart" */
	char text[TEXT_SIZE];   /* of the page: the paragraph below */
	const struct key *key;  /* of a table */
};

struct list {
	struct described keys[KEYS_MAX];
	size_t count;
};

static struct described *add(
	struct list *list, const char *parent, const char *name, const char *words)
{
	struct described *key = &list->keys[list->count++];

	assert_in_range(list->count, 1, KEYS_MAX);
	assert_in_range(snprintf(key->place, PLACE_SIZE, "%s.%s", parent, name), 1, PLACE_SIZE - 1);
	assert_in_range(snprintf(key->words, PLACE_SIZE, "%s", words), 1, PLACE_SIZE - 1);
	return key;
}

static const struct described *find(const struct list *list, const char *place)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->keys[i].place, place) == 0)
			return &list->keys[i];
	return NULL;
}

/* ---- the tables ---- */

static void words_describe(const struct key *key, bool of_vm, char out[PLACE_SIZE])
{
	const char *standard = key->standard ? key->standard : key->otherwise;

	if (key->needed)
		snprintf(out, PLACE_SIZE, "needed");
	else
		snprintf(out, PLACE_SIZE, "default: %s%s", standard ? standard : "none",
			of_vm && key->change == KEY_RESTART ? "; restart" : "");
}

static void table_describe(
	const struct key_table *table, const char *parent, bool of_vm, struct list *ret)
{
	char words[PLACE_SIZE], place[PLACE_SIZE];

	for (size_t i = 0; i < table->count; i++) {
		const struct key *key = &table->keys[i];
		words_describe(key, of_vm, words);
		add(ret, parent, key->name, words)->key = key;
		snprintf(place, sizeof(place), "%s.%s", parent, key->name);
		if (key->table)
			table_describe(key->table, place, false, ret);
	}
}

/* ---- the page ---- */

struct page {
	struct list list;
	char parents[KEY_DEPTH_MAX][PLACE_SIZE]; /* of the keys at each depth; "": none may be */
	size_t described;                        /* keys whose description may go on: the last */
	bool after_blank;
};

static void heading(struct page *page, const char *line)
{
	const char *parent = "";

	if (strstr(line, "(vms:)"))
		parent = "vms";
	else if (strstr(line, "(broker:)"))
		parent = "broker";
	snprintf(page->parents[0], PLACE_SIZE, "%s", parent);
}

/* Names, each between two stars. What stands in brackets behind them is said of all. */
static void keys_line(struct page *page, size_t depth, char *line)
{
	const char *parent = page->parents[depth];
	char *open = strstr(line, "* ("), *state = NULL;
	size_t length = strlen(line);

	if (!open || line[length - 1] != ')')
		fail_msg("the page: no line of keys, though it begins like one: %s", line);
	line[length - 1] = '\0';
	*open = '\0';
	page->described = 0;
	for (char *name = strtok_r(line, "*, ", &state); name;
		name = strtok_r(NULL, "*, ", &state)) {
		const struct described *key = add(&page->list, parent, name, open + 3);
		memcpy(page->parents[depth + 1], key->place, PLACE_SIZE);
		page->described++;
	}
}

static void description_line(struct page *page, const char *line)
{
	for (size_t i = page->list.count - page->described; i < page->list.count; i++) {
		char *text = page->list.keys[i].text;
		size_t used = strlen(text);
		int length = snprintf(text + used, TEXT_SIZE - used, "%s ", line);
		assert_in_range(length, 1, TEXT_SIZE - used - 1);
	}
}

static void line_read(struct page *page, char *line)
{
	size_t depth = strspn(line, "\t");

	line[strcspn(line, "\n")] = '\0';
	if (line[0] == '#')
		heading(page, line);
	else if (line[0] == '\0')
		page->described = 0;
	else if (page->parents[0][0] && page->after_blank && line[depth] == '*') {
		assert_in_range(depth, 0, KEY_DEPTH_MAX - 2);
		keys_line(page, depth, line + depth);
	} else
		description_line(page, line + depth);
	page->after_blank = line[0] == '\0';
}

static void page_read(struct page *page)
{
	FILE *file = fopen(VMSILO_PAGE, "re");
	char line[LINE_SIZE];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		assert_non_null(strchr(line, '\n'));
		line_read(page, line);
	}
	fclose(file);
}

/* ---- both ---- */

static void begins(const struct described *told, const char *words)
{
	size_t length = strlen(words);

	/* No digit or letter goes on: 64 is not 640. */
	if (strncmp(told->text, words, length) != 0 || !strchr(" ,:;", told->text[length]))
		fail_msg("%s: the page says \"%s\", the table \"%s\"", told->place, told->text,
			words);
}

static void type_compare(const struct key *key, const struct described *told)
{
	char words[PLACE_SIZE];

	if (key->type == &key_switch)
		begins(told, "Switch");
	else if (key->type == &key_time)
		begins(told, "Time");
	else if (key->type == &key_size)
		begins(told, "Size");
	if (key->type == &key_number) {
		snprintf(words, sizeof(words), "Number, from %llu to %llu",
			(unsigned long long)key->min, (unsigned long long)key->max);
		begins(told, words);
	}
	for (unsigned int i = 0; key->type == &key_choice && i < key->names->count; i++) {
		snprintf(words, sizeof(words), "*%s*", key->names->items[i].str);
		if (!strstr(told->text, words))
			fail_msg("%s: the page lacks %s", told->place, words);
	}
}

static void key_compare(const struct described *key, const struct described *told)
{
	if (!told)
		fail_msg("the page lacks %s", key->place);
	else if (strcmp(told->words, key->words) != 0)
		fail_msg("%s: the page says (%s), the table (%s)", key->place, told->words,
			key->words);
	else
		type_compare(key->key, told);
}

static void test_page(void **state)
{
	static struct list tables;
	static struct page page;

	(void)state;
	table_describe(&config_vm_keys, "vms", true, &tables);
	table_describe(&config_broker_keys, "broker", false, &tables);
	page_read(&page);
	for (size_t i = 0; i < tables.count; i++)
		key_compare(&tables.keys[i], find(&page.list, tables.keys[i].place));
	for (size_t i = 0; i < page.list.count; i++)
		if (!find(&tables, page.list.keys[i].place))
			fail_msg("there is no key %s, but in the page", page.list.keys[i].place);
	assert_int_equal(page.list.count, tables.count);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_page)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
