#include "host-broker/config/yaml/form.h"

#include <stdbool.h>
#include <string.h>
#include <uv.h>
#include <yaml.h>

#include "proto/base/text.h"

#define DEPTH_MAX 64 /* mappings and sequences within one another; the schema has 6 */

struct level {
	bool is_mapping;
	bool value_next; /* of a mapping: its key was read */
};

struct walk {
	const char *text;
	size_t length;
	struct level levels[DEPTH_MAX];
	size_t depth;
	unsigned int documents;
	struct config_fault *fault;
};

static int fault(struct walk *walk, const yaml_event_t *event, const char *what)
{
	walk->fault->line = (unsigned int)event->start_mark.line + 1;
	walk->fault->what = what;
	return UV_EINVAL;
}

static int begin(struct walk *walk, const yaml_event_t *event, bool is_mapping)
{
	if (walk->depth == DEPTH_MAX)
		return fault(walk, event, "lists and mappings are nested too deeply");
	walk->levels[walk->depth++] = (struct level){.is_mapping = is_mapping};
	return 0;
}

/* A scalar or a whole collection stood as a key, a value or an item. */
static void node_end(struct walk *walk)
{
	struct level *level = walk->depth > 0 ? &walk->levels[walk->depth - 1] : NULL;

	if (level && level->is_mapping)
		level->value_next = !level->value_next;
	if (!level || !level->value_next)
		walk->fault->key[0] = '\0';
}

static bool is_null(const char *text)
{
	static const char *const spellings[] = {"", "~", "null", "Null", "NULL"};

	for (size_t i = 0; i < sizeof(spellings) / sizeof(spellings[0]); i++)
		if (strcmp(text, spellings[i]) == 0)
			return true;
	return false;
}

/* Whether the line, from 0, has a comment. The parser's own index counts characters, not bytes. */
static bool has_comment(const struct walk *walk, size_t line)
{
	const char *at = walk->text, *end = walk->text + walk->length;

	for (; line > 0; line--) {
		at = memchr(at, '\n', (size_t)(end - at));
		if (!at)
			return false;
		at++;
	}
	for (; at < end && *at != '\n'; at++)
		if (*at == '#' && at > walk->text && strchr(" \t\n", at[-1]))
			return true;
	return false;
}

static int on_scalar(struct walk *walk, const yaml_event_t *event)
{
	const struct level *level = walk->depth > 0 ? &walk->levels[walk->depth - 1] : NULL;
	const char *text = (const char *)event->data.scalar.value;
	size_t length = event->data.scalar.length;

	if (level && level->is_mapping && !level->value_next)
		text_escape(walk->fault->key, sizeof(walk->fault->key), text, length);
	if (strlen(text) != length)
		return fault(walk, event, "a text contains a NUL byte");
	/* Quoted, too: whoever wants no rule to have a destination does not want them all. */
	if (level && (length == 0 || (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
					     is_null(text))))
		return fault(walk, event,
			has_comment(walk, event->start_mark.line)
				? "no value: a '#' after a blank starts a comment; put the value "
				  "in quotes"
				: "no value: leave the key out to get the default");
	node_end(walk);
	return 0;
}

static int on_event(struct walk *walk, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		return walk->documents++ == 0 ? 0
					      : fault(walk, event,
							"a second YAML document starts here; put "
							"it into a file of its own in conf.d");
	case YAML_MAPPING_START_EVENT:
		return begin(walk, event, true);
	case YAML_SEQUENCE_START_EVENT:
		return begin(walk, event, false);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		walk->depth--;
		node_end(walk);
		return 0;
	case YAML_ALIAS_EVENT:
		node_end(walk);
		return 0;
	case YAML_SCALAR_EVENT:
		return on_scalar(walk, event);
	default:
		return 0;
	}
}

int config_form_check(const char *text, size_t length, struct config_fault *ret)
{
	struct walk walk = {.text = text, .length = length, .fault = ret};
	yaml_parser_t parser;
	yaml_event_t event;
	bool over = false;
	int code = 0;

	*ret = (struct config_fault){0};
	if (!yaml_parser_initialize(&parser))
		return UV_ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
	while (code == 0 && !over && yaml_parser_parse(&parser, &event)) {
		over = event.type == YAML_STREAM_END_EVENT;
		code = on_event(&walk, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return code;
}
