/* Keys that say one thing: a text, a number, or one of some words. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uv.h>

#include "host-broker/config/keys.h"
#include "host-broker/config/value/units.h"

/* ---- texts ---- */

static int text_set(const struct key *key, const char *text, void *member)
{
	const char *given = text ? text : "";
	char *copy;

	if (text && key->check && !key->check(text))
		return UV_EINVAL;
	copy = strdup(given);
	if (!copy)
		return UV_ENOMEM;
	free(*(char **)member);
	*(char **)member = copy;
	return 0;
}

static bool text_is_unset(const struct key *key, const void *member)
{
	(void)key;
	return (*(const char *const *)member)[0] == '\0';
}

static json_t *text_print(const struct key *key, const void *member)
{
	(void)key;
	return json_string(*(const char *const *)member);
}

static bool text_equal(const struct key *key, const void *one, const void *other)
{
	(void)key;
	return strcmp(*(const char *const *)one, *(const char *const *)other) == 0;
}

static void text_finish(const struct key *key, void *member)
{
	(void)key;
	free(*(char **)member);
	*(char **)member = NULL;
}

/* ---- numbers ---- */

static int u32_set(const struct key *key, uint32_t value, void *member)
{
	if (value < key->min || value > key->max)
		return UV_EINVAL;
	*(uint32_t *)member = value;
	return 0;
}

static int u32_unset(const struct key *key, void *member)
{
	*(uint32_t *)member = (uint32_t)key->unset;
	return 0;
}

static int number_set(const struct key *key, const char *text, void *member)
{
	uint32_t value;

	if (!text)
		return u32_unset(key, member);
	int code = units_parse_number(text, (uint32_t)key->max, &value);
	return code < 0 ? code : u32_set(key, value, member);
}

static int time_set(const struct key *key, const char *text, void *member)
{
	uint32_t value;

	if (!text)
		return u32_unset(key, member);
	int code = units_parse_time(text, &value);
	return code < 0 ? code : u32_set(key, value, member);
}

static bool u32_is_unset(const struct key *key, const void *member)
{
	return *(const uint32_t *)member == key->unset;
}

static json_t *number_print(const struct key *key, const void *member)
{
	(void)key;
	return json_integer(*(const uint32_t *)member);
}

static json_t *time_print(const struct key *key, const void *member)
{
	char text[16];

	(void)key;
	snprintf(text, sizeof(text), "%" PRIu32 "ms", *(const uint32_t *)member);
	return json_string(text);
}

static bool u32_equal(const struct key *key, const void *one, const void *other)
{
	(void)key;
	return *(const uint32_t *)one == *(const uint32_t *)other;
}

static int size_set(const struct key *key, const char *text, void *member)
{
	uint64_t value = key->unset;

	if (text && (units_parse_size(text, &value) < 0 || value < key->min || value > key->max))
		return UV_EINVAL;
	*(uint64_t *)member = value;
	return 0;
}

static bool size_is_unset(const struct key *key, const void *member)
{
	return *(const uint64_t *)member == key->unset;
}

static json_t *size_print(const struct key *key, const void *member)
{
	(void)key;
	return json_integer((json_int_t) * (const uint64_t *)member);
}

static bool size_equal(const struct key *key, const void *one, const void *other)
{
	(void)key;
	return *(const uint64_t *)one == *(const uint64_t *)other;
}

/* ---- one of some words ---- */

static int name_number(const struct key_names *names, const char *text, int64_t *ret)
{
	int (*compare)(const char *, const char *) = names->any_case ? strcasecmp : strcmp;

	for (unsigned int i = 0; i < names->count; i++) {
		if (compare(names->items[i].str, text) != 0)
			continue;
		*ret = names->items[i].val;
		return 0;
	}
	return UV_EINVAL;
}

static int choice_set(const struct key *key, const char *text, void *member)
{
	int64_t number = (int64_t)key->unset;
	int code = text ? name_number(key->names, text, &number) : 0;

	if (code == 0)
		*(int *)member = (int)number;
	return code;
}

/* Each of the numbers is said by a word, so it can be printed. */
static bool choice_is_unset(const struct key *key, const void *member)
{
	(void)key;
	(void)member;
	return false;
}

static json_t *choice_print(const struct key *key, const void *member)
{
	return json_string(key_choice_name(key->names, *(const int *)member));
}

static bool choice_equal(const struct key *key, const void *one, const void *other)
{
	(void)key;
	return *(const int *)one == *(const int *)other;
}

static int switch_set(const struct key *key, const char *text, void *member)
{
	int64_t number = (int64_t)key->unset;
	int code = text ? name_number(key->names, text, &number) : 0;

	if (code == 0)
		*(bool *)member = number != 0;
	return code;
}

static json_t *switch_print(const struct key *key, const void *member)
{
	return json_string(key_choice_name(key->names, *(const bool *)member));
}

static bool switch_equal(const struct key *key, const void *one, const void *other)
{
	(void)key;
	return *(const bool *)one == *(const bool *)other;
}

const struct key_type key_text = {
	.form = KEY_TEXT,
	.size = sizeof(char *),
	.set = text_set,
	.is_unset = text_is_unset,
	.print = text_print,
	.equal = text_equal,
	.finish = text_finish,
};

const struct key_type key_number = {
	.form = KEY_TEXT,
	.size = sizeof(uint32_t),
	.set = number_set,
	.is_unset = u32_is_unset,
	.print = number_print,
	.equal = u32_equal,
};

const struct key_type key_time = {
	.form = KEY_TEXT,
	.size = sizeof(uint32_t),
	.set = time_set,
	.is_unset = u32_is_unset,
	.print = time_print,
	.equal = u32_equal,
};

const struct key_type key_size = {
	.form = KEY_TEXT,
	.size = sizeof(uint64_t),
	.set = size_set,
	.is_unset = size_is_unset,
	.print = size_print,
	.equal = size_equal,
};

const struct key_type key_choice = {
	.form = KEY_CHOICE,
	.size = sizeof(int),
	.set = choice_set,
	.is_unset = choice_is_unset,
	.print = choice_print,
	.equal = choice_equal,
};

const struct key_type key_switch = {
	.form = KEY_CHOICE,
	.size = sizeof(bool),
	.set = switch_set,
	.is_unset = choice_is_unset,
	.print = switch_print,
	.equal = switch_equal,
};
