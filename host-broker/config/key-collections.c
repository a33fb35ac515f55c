/* Keys that hold others: lists of texts, mappings, lists of mappings. */
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "host-broker/config/config.h"
#include "host-broker/config/keys.h"

/* ---- lists of texts ---- */

static int texts_set(const struct key *key, const char *text, void *member)
{
	(void)key;
	(void)text;
	*(struct text_list *)member = (struct text_list){0};
	return 0;
}

static void texts_finish(const struct key *key, void *member)
{
	struct text_list *list = member;

	(void)key;
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct text_list){0};
}

static int texts_read(
	const struct key *key, const struct key_raw *raw, void *member, struct key_problem *problem)
{
	struct text_list *list = member;
	char *const *texts = raw->value;

	(void)problem;
	texts_finish(key, list);
	if (key->max && raw->count > key->max)
		return UV_EINVAL;
	list->items = calloc(raw->count + 1, sizeof(*list->items));
	if (!list->items)
		return UV_ENOMEM;
	for (; list->count < raw->count; list->count++) {
		if (key->check && !key->check(texts[list->count]))
			return UV_EINVAL;
		list->items[list->count] = strdup(texts[list->count]);
		if (!list->items[list->count])
			return UV_ENOMEM;
	}
	return 0;
}

static bool texts_is_unset(const struct key *key, const void *member)
{
	(void)key;
	return ((const struct text_list *)member)->count == 0;
}

static json_t *texts_print(const struct key *key, const void *member)
{
	const struct text_list *list = member;
	json_t *root = json_array();

	(void)key;
	for (size_t i = 0; root && i < list->count; i++) {
		if (json_array_append_new(root, json_string(list->items[i])) == 0)
			continue;
		json_decref(root);
		root = NULL;
	}
	return root;
}

static bool texts_equal(const struct key *key, const void *one, const void *other)
{
	const struct text_list *a = one, *b = other;

	(void)key;
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

/* ---- mappings ---- */

static int mapping_set(const struct key *key, const char *text, void *member)
{
	(void)text;
	return keys_fill(key->table, member);
}

static int mapping_read(
	const struct key *key, const struct key_raw *raw, void *member, struct key_problem *problem)
{
	return keys_read(key->table, raw->value, member, problem);
}

/* A mapping that lacks a key which it needs was not there, nor was one that says nothing. */
static bool mapping_is_unset(const struct key *key, const void *member)
{
	bool says = false;

	for (size_t i = 0; i < key->table->count; i++) {
		const struct key *inner = &key->table->keys[i];
		bool unset = !inner->standard &&
			     inner->type->is_unset(inner, key_member_const(inner, member));
		if (unset && inner->needed)
			return true;
		says = says || !unset;
	}
	return !says;
}

static json_t *mapping_print(const struct key *key, const void *member)
{
	return keys_print(key->table, member);
}

static bool mapping_equal(const struct key *key, const void *one, const void *other)
{
	return keys_equal(key->table, one, other);
}

static void mapping_finish(const struct key *key, void *member)
{
	keys_finish(key->table, member);
}

/* ---- lists of mappings ---- */

/* Any of the structs { struct x *items; size_t count; }: copied out and in, since each has a type
 * of its own. */
struct list {
	char *items;
	size_t count;
};

static struct list list_get(const void *member)
{
	struct list list;

	memcpy(&list, member, sizeof(list));
	return list;
}

static void list_put(void *member, struct list list)
{
	memcpy(member, &list, sizeof(list));
}

static int mappings_set(const struct key *key, const char *text, void *member)
{
	(void)key;
	(void)text;
	list_put(member, (struct list){0});
	return 0;
}

static void mappings_finish(const struct key *key, void *member)
{
	struct list list = list_get(member);

	for (size_t i = 0; i < list.count; i++)
		keys_finish(key->table, list.items + i * key->table->size);
	free(list.items);
	list_put(member, (struct list){0});
}

static int mappings_read(
	const struct key *key, const struct key_raw *raw, void *member, struct key_problem *problem)
{
	const struct key_raw *raws = raw->value;
	size_t depth = problem->depth;
	int code = 0;

	mappings_finish(key, member);
	if (key->max && raw->count > key->max)
		return UV_EINVAL;
	struct list list = {.items = calloc(raw->count + (size_t)1, key->table->size)};
	if (!list.items)
		return UV_ENOMEM;
	while (code == 0 && list.count < raw->count) {
		void *item = list.items + list.count * key->table->size;
		problem->path[depth - 1].item = list.count++;
		code = keys_fill(key->table, item) < 0 ? UV_ENOMEM
						       : keys_read(key->table, raws, item, problem);
		raws += key->table->count;
	}
	list_put(member, list);
	return code;
}

static bool mappings_is_unset(const struct key *key, const void *member)
{
	(void)key;
	return list_get(member).count == 0;
}

static json_t *mappings_print(const struct key *key, const void *member)
{
	struct list list = list_get(member);
	json_t *root = json_array();

	for (size_t i = 0; root && i < list.count; i++) {
		const void *item = list.items + i * key->table->size;
		if (json_array_append_new(root, keys_print(key->table, item)) == 0)
			continue;
		json_decref(root);
		root = NULL;
	}
	return root;
}

static bool mappings_equal(const struct key *key, const void *one, const void *other)
{
	struct list a = list_get(one), b = list_get(other);
	size_t size = key->table->size;

	if (a.count != b.count)
		return false;
	for (size_t i = 0; i < a.count; i++)
		if (!keys_equal(key->table, a.items + i * size, b.items + i * size))
			return false;
	return true;
}

const struct key_type key_texts = {
	.form = KEY_TEXTS,
	.size = sizeof(struct text_list),
	.set = texts_set,
	.read = texts_read,
	.is_unset = texts_is_unset,
	.print = texts_print,
	.equal = texts_equal,
	.finish = texts_finish,
};

const struct key_type key_mapping = {
	.form = KEY_MAPPING,
	.set = mapping_set,
	.read = mapping_read,
	.is_unset = mapping_is_unset,
	.print = mapping_print,
	.equal = mapping_equal,
	.finish = mapping_finish,
};

const struct key_type key_mappings = {
	.form = KEY_MAPPINGS,
	.size = sizeof(struct list),
	.set = mappings_set,
	.read = mappings_read,
	.is_unset = mappings_is_unset,
	.print = mappings_print,
	.equal = mappings_equal,
	.finish = mappings_finish,
};
