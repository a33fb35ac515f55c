/*
 * The configuration's keys, one row each. A mapping of the file has a table of its keys, and is
 * filled with defaults, read, checked, printed, compared and freed by that table alone.
 *
 *   type                in the file           in memory: the row's member
 *   ----                -----------           ---------------------------
 *   key_text            NAME: text            const char *, never NULL, allocated
 *   key_number          NAME: 10              uint32_t
 *   key_time            NAME: 60s             uint32_t, milliseconds
 *   key_size            NAME: 256M            uint64_t, bytes
 *   key_choice          NAME: one of names    an enum
 *   key_switch          NAME: on              bool
 *   key_texts           NAME: [a, b]          struct text_list
 *   key_mapping         NAME: {...}           a struct, by the row's table
 *   key_mappings        NAME: [{...}, ...]    struct { struct x *items; size_t count; }, likewise
 *
 * A type that one key alone has stands beside that key (usb.c). Pure.
 */
#ifndef VMSILO_BROKER_CONFIG_KEYS_H
#define VMSILO_BROKER_CONFIG_KEYS_H

#include <cyaml/cyaml.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KEY_DEPTH_MAX 8       /* keys within one another, from the file's top */
#define KEY_EXPECTED_SIZE 512 /* bytes of what is expected somewhere, in words */

struct key;

struct key_table {
	const struct key *keys;
	size_t count;
	size_t size; /* of the struct that has the members */
	/* Fills what follows from other keys, when each is right for itself. Returns the name of
	 * the key that does not go with the others; NULL: all is well. */
	const char *(*settle)(void *value);
};

/* The words that a key_choice or a key_switch knows; for printing, the first of a value counts. */
struct key_names {
	const cyaml_strval_t *items;
	unsigned int count;
	bool any_case;
};

/* What a key says as libcyaml read it. */
struct key_raw {
	/* NULL: the key is not there. KEY_TEXT: char *; KEY_CHOICE: int *; KEY_TEXTS: char **;
	 * KEY_MAPPING and KEY_MAPPINGS: one struct key_raw for each row of the table, count times.
	 */
	void *value;
	unsigned int count;
};

/* Where a reader is, or what was wrong: the keys from the outermost to the innermost. */
struct key_problem {
	struct {
		const struct key *key;
		size_t item; /* of a key_mappings, from 0 */
	} path[KEY_DEPTH_MAX];
	size_t depth;
	const char *text; /* what stands in the file, when that is one text; borrowed; else NULL */
};

enum key_form { KEY_TEXT, KEY_CHOICE, KEY_TEXTS, KEY_MAPPING, KEY_MAPPINGS };

/* Members are zero before their first set. UV_EINVAL: not what is expected. */
struct key_type {
	enum key_form form;
	size_t size; /* of the member; 0: as large as its table says */
	/* By a text of the file; NULL: the key is not there, and has no default. Forms KEY_TEXT and
	 * KEY_CHOICE have all texts so, the others NULL alone. */
	int (*set)(const struct key *key, const char *text, void *member);
	/* The other forms. */
	int (*read)(const struct key *key, const struct key_raw *raw, void *member,
		struct key_problem *problem);
	/* As after a set with NULL: then it is not printed. */
	bool (*is_unset)(const struct key *key, const void *member);
	json_t *(*print)(const struct key *key, const void *member); /* NULL: memory is short */
	bool (*equal)(const struct key *key, const void *one, const void *other);
	void (*finish)(const struct key *key, void *member); /* NULL: nothing is to be freed */
};

extern const struct key_type key_text, key_number, key_time, key_size, key_choice, key_switch;
extern const struct key_type key_texts, key_mapping, key_mappings;

/* What of a VM that runs follows when the key is changed. */
enum key_change {
	KEY_AT_ONCE, /* it is taken */
	KEY_RESTART, /* it waits for the next start */
	KEY_NEVER,   /* it would be another VM */
};

struct key {
	const char *name;
	const struct key_type *type;
	size_t offset; /* of the member in the table's struct */
	/* In words, for messages. key_mapping: what stands before the names of its keys. */
	const char *expected;
	const char *standard;  /* the default as the file would say it; NULL: none, or: */
	const char *otherwise; /* for the manual page: what holds when it is not there */
	bool needed;           /* it must be there when its mapping is */
	enum key_change change;
	/* Of KEY_AT_ONCE: whether this change of the member waits for the next start all the same.
	 * NULL: none does. */
	bool (*waits)(const void *before, const void *after);
	uint64_t unset; /* of numbers: what the member is without the key and a default */
	uint64_t min,
		max; /* of numbers; of lists: at most max items, 0 for any; key_texts: at
		      * least min, which is 1 where no key and no item would be the contrary */
	bool (*check)(const char *text); /* of texts, also in lists; NULL: any. None is empty: a
					  * default is had by leaving the key out (yaml/form.h) */
	const struct key_names *names;   /* of key_choice and key_switch */
	const struct key_table *table;   /* of key_mapping and key_mappings */
	/* What is wrong with a value within is told as of this key; expected is then this, or, when
	 * it is "", the inner key and what that expects. NULL: the inner key is told. */
	const char *within;
	/* Of a key_mapping: the key of it that a text in its place stands for (short.h); of
	 * key_texts: any, when one text may stand for a list with it. NULL: none may stand there.
	 */
	const char *scalar;
};

static inline void *key_member(const struct key *key, void *value)
{
	return (char *)value + key->offset;
}

static inline const void *key_member_const(const struct key *key, const void *value)
{
	return (const char *)value + key->offset;
}

/* NULL: none. */
const struct key *key_find(const struct key_table *table, const char *name);
size_t key_member_size(const struct key *key);
/* Of a key_choice or key_switch: "" for a number that has no name. */
const char *key_choice_name(const struct key_names *names, int64_t number);
/* Whether a running VM takes another value with its next start. */
bool key_waits(const struct key *key, const void *before, const void *after);
/* What should stand at key. */
void key_expected(const struct key *key, char *out, size_t size);

/* value is zero, and gets defaults; UV_ENOMEM. keys_finish() frees it, also after a failure. */
int keys_fill(const struct key_table *table, void *value);
/* Replaces, in a value that was filled, what the file says. raws: one for each row. UV_EINVAL and
 * the problem, whose depth is that of where the reader was before (0 for the first); UV_ENOMEM. */
int keys_read(const struct key_table *table, const struct key_raw *raws, void *value,
	struct key_problem *problem);
/* NULL when memory is short. */
json_t *keys_print(const struct key_table *table, const void *value);
bool keys_equal(const struct key_table *table, const void *one, const void *other);
void keys_finish(const struct key_table *table, void *value);

/* The key that a message is about. */
const struct key *key_problem_key(const struct key_problem *problem);
void key_problem_expected(const struct key_problem *problem, char *out, size_t size);

#endif
