#include "host-broker/config/locate.h"

#include <stdbool.h>
#include <string.h>
#include <yaml.h>

/* Where the walk is: depth 1 is the file's mapping, 2 the sequence vms, 3 an entry. */
struct walk {
	const char *key;
	size_t index;
	unsigned int depth;
	bool value_next; /* the next scalar is a value, at depth 1 or 3 */
	bool in_vms;
	size_t entries; /* of vms that began */
	unsigned int line;
};

static bool in_entry(const struct walk *walk)
{
	return walk->in_vms && walk->depth == 3 && walk->entries == walk->index + 1;
}

static void on_scalar(struct walk *walk, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;

	if (walk->depth != 1 && walk->depth != 3)
		return;
	if (!walk->value_next) {
		if (walk->depth == 1)
			walk->in_vms = strcmp(text, "vms") == 0;
		else if (in_entry(walk) && walk->key && strcmp(text, walk->key) == 0)
			walk->line = (unsigned int)event->start_mark.line + 1;
	}
	walk->value_next = !walk->value_next;
}

static void on_begin(struct walk *walk, const yaml_event_t *event)
{
	walk->depth++;
	walk->value_next = false;
	if (!walk->in_vms || walk->depth != 3)
		return;
	walk->entries++;
	if (in_entry(walk))
		walk->line = (unsigned int)event->start_mark.line + 1;
}

static void on_event(struct walk *walk, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		on_scalar(walk, event);
		break;
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		on_begin(walk, event);
		break;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		/* What ended was the value of a key, if it stood in a mapping. */
		walk->depth--;
		walk->value_next = false;
		break;
	default:
		break;
	}
}

unsigned int config_locate(const char *text, size_t length, size_t index, const char *key)
{
	struct walk walk = {.key = key, .index = index};
	yaml_parser_t parser;
	yaml_event_t event;
	bool over = !yaml_parser_initialize(&parser);

	if (over)
		return 0;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
	while (!over && yaml_parser_parse(&parser, &event)) {
		over = event.type == YAML_STREAM_END_EVENT;
		on_event(&walk, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return walk.line;
}
