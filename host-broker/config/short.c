#include "host-broker/config/short.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>
#include <yaml.h>

#define DEPTH_MAX 64 /* as form.c's, by which deeper ones were refused */

/* A mapping or a sequence that has begun. */
struct level {
	const struct key_table *table; /* of a mapping's keys; NULL: not known, or a sequence */
	const struct key *key;         /* of a mapping: the last; of a sequence: where it stands */
	bool is_mapping;
	bool value_next;
};

struct walk {
	const struct key_table *table;
	struct level levels[DEPTH_MAX];
	size_t depth;
	/* What was not written yet. The parser counts characters, not bytes. */
	const char *at, *end;
	size_t characters;
	FILE *out;
};

static struct level *top(struct walk *walk)
{
	return walk->depth > 0 ? &walk->levels[walk->depth - 1] : NULL;
}

/* The row that a value here is of; NULL: none. */
static const struct key *key_here(struct walk *walk, enum key_form form, bool in_sequence)
{
	const struct level *level = top(walk);

	if (!level || level->is_mapping == in_sequence || (level->is_mapping && !level->value_next))
		return NULL;
	return level->key && level->key->type->form == form ? level->key : NULL;
}

static void node_end(struct walk *walk)
{
	struct level *level = top(walk);

	if (level && level->is_mapping)
		level->value_next = !level->value_next;
}

static void begin(struct walk *walk, bool is_mapping)
{
	const struct key *key = key_here(walk, KEY_MAPPING, false);
	const struct key *item = key_here(walk, KEY_MAPPINGS, true);
	const struct key *list = key_here(walk, KEY_MAPPINGS, false);
	struct level level = {.is_mapping = is_mapping};

	if (!is_mapping)
		level.key = list;
	else if (walk->depth == 0)
		level.table = walk->table;
	else if (key || item)
		level.table = (key ? key : item)->table;
	if (walk->depth < DEPTH_MAX)
		walk->levels[walk->depth++] = level;
}

/* Writes what stands before a character of the text, from 0. */
static void write_until(struct walk *walk, size_t character)
{
	for (; walk->at < walk->end; walk->at++) {
		bool begins = ((unsigned char)*walk->at & 0xc0) != 0x80;
		if (begins && walk->characters == character)
			return;
		walk->characters += begins;
		fputc(*walk->at, walk->out);
	}
}

/* In a mapping in braces a bare text ends at some characters that it may have elsewhere. */
static bool can_stand_in_braces(const yaml_event_t *event)
{
	return event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE
		       ? event->data.scalar.style != YAML_LITERAL_SCALAR_STYLE &&
				 event->data.scalar.style != YAML_FOLDED_SCALAR_STYLE
		       : !strpbrk((const char *)event->data.scalar.value, ",[]{}?\n");
}

static void on_scalar(struct walk *walk, const yaml_event_t *event)
{
	struct level *level = top(walk);
	const struct key *key = key_here(walk, KEY_MAPPING, false);
	const struct key *list = key_here(walk, KEY_TEXTS, false);

	if (level && level->is_mapping && !level->value_next)
		level->key = level->table ? key_find(level->table,
						    (const char *)event->data.scalar.value)
					  : NULL;
	if (key && key->scalar && can_stand_in_braces(event)) {
		write_until(walk, event->start_mark.index);
		fprintf(walk->out, "{%s: ", key->scalar);
		write_until(walk, event->end_mark.index);
		fputc('}', walk->out);
	}
	if (list && list->scalar && can_stand_in_braces(event)) {
		write_until(walk, event->start_mark.index);
		fputc('[', walk->out);
		write_until(walk, event->end_mark.index);
		fputc(']', walk->out);
	}
	node_end(walk);
}

static void on_event(struct walk *walk, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		begin(walk, event->type == YAML_MAPPING_START_EVENT);
		break;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		walk->depth -= walk->depth > 0;
		node_end(walk);
		break;
	case YAML_ALIAS_EVENT:
		node_end(walk);
		break;
	case YAML_SCALAR_EVENT:
		on_scalar(walk, event);
		break;
	default:
		break;
	}
}

static int expand(struct walk *walk, size_t length)
{
	yaml_parser_t parser;
	yaml_event_t event;
	bool over = false;

	if (!yaml_parser_initialize(&parser))
		return UV_ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)walk->at, length);
	/* The mark of order is not one of the characters that the parser counts. */
	if (length >= 3 && memcmp(walk->at, "\xef\xbb\xbf", 3) == 0)
		walk->at += fwrite(walk->at, 1, 3, walk->out);
	while (!over && yaml_parser_parse(&parser, &event)) {
		over = event.type == YAML_STREAM_END_EVENT ||
		       (event.type == YAML_STREAM_START_EVENT &&
			       event.data.stream_start.encoding != YAML_UTF8_ENCODING);
		on_event(walk, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	write_until(walk, SIZE_MAX);
	return 0;
}

int config_short_expand(const struct key_table *table, const char *text, size_t length,
	char **ret_text, size_t *ret_length)
{
	struct walk walk = {.table = table, .at = text, .end = text + length};

	walk.out = open_memstream(ret_text, ret_length);
	if (!walk.out)
		return UV_ENOMEM;
	int code = expand(&walk, length);
	if (fclose(walk.out) != 0)
		code = UV_ENOMEM;
	if (code < 0) {
		free(*ret_text);
		*ret_text = NULL;
	}
	return code;
}
