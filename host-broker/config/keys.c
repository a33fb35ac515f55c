#include "host-broker/config/keys.h"

#include <stdio.h>
#include <string.h>
#include <uv.h>

const struct key *key_find(const struct key_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (strcmp(table->keys[i].name, name) == 0)
			return &table->keys[i];
	return NULL;
}

size_t key_member_size(const struct key *key)
{
	return key->type->size ? key->type->size : key->table->size;
}

const char *key_choice_name(const struct key_names *names, int64_t number)
{
	for (unsigned int i = 0; i < names->count; i++)
		if (names->items[i].val == number)
			return names->items[i].str;
	return "";
}

bool key_waits(const struct key *key, const void *before, const void *after)
{
	return key->change != KEY_AT_ONCE ||
	       (key->waits &&
		       key->waits(key_member_const(key, before), key_member_const(key, after)));
}

void key_expected(const struct key *key, char *out, size_t size)
{
	size_t used = (size_t)snprintf(out, size, "%s", key->expected ? key->expected : "");

	if (key->type->form != KEY_MAPPING)
		return;
	for (size_t i = 0; i < key->table->count && used < size; i++)
		used += (size_t)snprintf(out + used, size - used, "%s %s", i > 0 ? "," : "",
			key->table->keys[i].name);
}

int keys_fill(const struct key_table *table, void *value)
{
	int code = 0;

	for (size_t i = 0; code == 0 && i < table->count; i++) {
		const struct key *key = &table->keys[i];
		code = key->type->set(key, key->standard, key_member(key, value));
	}
	return code;
}

/* ---- reading ---- */

static int key_read(
	const struct key *key, const struct key_raw *raw, void *value, struct key_problem *problem)
{
	void *member = key_member(key, value);

	problem->text = NULL;
	if (!raw->value)
		return key->needed ? UV_EINVAL : 0;
	switch (key->type->form) {
	case KEY_TEXT:
		problem->text = raw->value;
		return key->type->set(key, raw->value, member);
	case KEY_CHOICE:
		problem->text = key_choice_name(key->names, *(const int *)raw->value);
		return key->type->set(key, problem->text, member);
	default:
		return key->type->read(key, raw, member, problem);
	}
}

int keys_read(const struct key_table *table, const struct key_raw *raws, void *value,
	struct key_problem *problem)
{
	size_t depth = problem->depth;

	if (depth == KEY_DEPTH_MAX)
		return UV_EINVAL;
	for (size_t i = 0; i < table->count; i++) {
		problem->path[depth].key = &table->keys[i];
		problem->path[depth].item = 0;
		problem->depth = depth + 1;
		int code = key_read(&table->keys[i], &raws[i], value, problem);
		if (code < 0)
			return code;
	}
	problem->depth = depth;
	const char *wrong = table->settle ? table->settle(value) : NULL;
	if (!wrong)
		return 0;
	problem->path[depth].key = key_find(table, wrong);
	problem->depth = depth + 1;
	problem->text = NULL;
	return UV_EINVAL;
}

/* ---- the other things that are done with a table ---- */

json_t *keys_print(const struct key_table *table, const void *value)
{
	json_t *root = json_object();

	for (size_t i = 0; root && i < table->count; i++) {
		const struct key *key = &table->keys[i];
		const void *member = key_member_const(key, value);
		if (!key->standard && key->type->is_unset(key, member))
			continue;
		if (json_object_set_new(root, key->name, key->type->print(key, member)) == 0)
			continue;
		json_decref(root);
		root = NULL;
	}
	return root;
}

bool keys_equal(const struct key_table *table, const void *one, const void *other)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct key *key = &table->keys[i];
		if (!key->type->equal(
			    key, key_member_const(key, one), key_member_const(key, other)))
			return false;
	}
	return true;
}

void keys_finish(const struct key_table *table, void *value)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct key *key = &table->keys[i];
		if (key->type->finish)
			key->type->finish(key, key_member(key, value));
	}
}

/* ---- problems ---- */

/* The outermost that speaks for what is within; the innermost when there is none. */
static const struct key *speaker(const struct key_problem *problem)
{
	for (size_t i = 0; i + 1 < problem->depth; i++)
		if (problem->path[i].key->within)
			return problem->path[i].key;
	return problem->path[problem->depth - 1].key;
}

const struct key *key_problem_key(const struct key_problem *problem)
{
	return speaker(problem);
}

void key_problem_expected(const struct key_problem *problem, char *out, size_t size)
{
	const struct key *told = speaker(problem);
	const struct key *wrong = problem->path[problem->depth - 1].key;
	int used = 0;

	if (told == wrong) {
		key_expected(told, out, size);
	} else if (told->within[0]) {
		snprintf(out, size, "%s", told->within);
	} else {
		used = snprintf(out, size, "%s: ", wrong->name);
		key_expected(wrong, out + used, size - (size_t)used);
	}
}
