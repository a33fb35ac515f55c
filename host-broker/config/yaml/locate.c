#include "host-broker/config/yaml/locate.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <yaml.h>

#define DEPTH_MAX 64 /* as config_form_check() lets pass */
#define OFF_THE_WAY SIZE_MAX

/* A mapping or a list that has begun and not ended. */
struct level {
	bool is_mapping;
	bool value_next; /* of a mapping: its key was read */
	bool on_the_way; /* of a mapping: that key was the step's */
	size_t step;     /* a mapping: which step is one of its keys; a list: whose items it has */
	size_t items;    /* that have begun */
};

struct walk {
	const struct config_step *steps;
	size_t count;
	struct level levels[DEPTH_MAX];
	size_t depth;
	unsigned int line;
	unsigned int *lines; /* of the items of the first step's list; NULL: not asked for */
	size_t lines_count;
};

static struct level *innermost(struct walk *walk)
{
	return walk->depth > 0 ? &walk->levels[walk->depth - 1] : NULL;
}

static void on_key(struct walk *walk, struct level *level, const yaml_event_t *event)
{
	const char *text = (const char *)event->data.scalar.value;

	level->on_the_way = event->type == YAML_SCALAR_EVENT && level->step < walk->count &&
			    strcmp(text, walk->steps[level->step].key) == 0;
	if (level->on_the_way)
		walk->line = (unsigned int)event->start_mark.line + 1;
}

/* Returns whether the item is on the way. */
static bool on_item(struct walk *walk, struct level *level, const yaml_event_t *event)
{
	unsigned int line = (unsigned int)event->start_mark.line + 1;
	size_t item = level->items++;

	if (level->step >= walk->count)
		return false;
	if (walk->lines && level->step == 0 && item < walk->lines_count)
		walk->lines[item] = line;
	if (item != walk->steps[level->step].item)
		return false;
	walk->line = line;
	return true;
}

/* A node begins within level. Returns the step that it is about, if it is a mapping or a list. */
static size_t node_step(struct walk *walk, struct level *level, const yaml_event_t *event)
{
	bool is_mapping = event->type == YAML_MAPPING_START_EVENT;

	if (!level)
		return is_mapping ? 0 : OFF_THE_WAY;
	if (!level->is_mapping)
		return on_item(walk, level, event) && is_mapping ? level->step + 1 : OFF_THE_WAY;
	level->value_next = !level->value_next;
	if (level->value_next) {
		on_key(walk, level, event);
		return OFF_THE_WAY;
	}
	if (!level->on_the_way)
		return OFF_THE_WAY;
	return is_mapping ? level->step + 1 : level->step;
}

static void on_event(struct walk *walk, const yaml_event_t *event)
{
	bool is_mapping = event->type == YAML_MAPPING_START_EVENT;

	switch (event->type) {
	case YAML_SCALAR_EVENT:
	case YAML_ALIAS_EVENT:
		node_step(walk, innermost(walk), event);
		break;
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		walk->levels[walk->depth].step = node_step(walk, innermost(walk), event);
		walk->levels[walk->depth].is_mapping = is_mapping;
		walk->levels[walk->depth].value_next = false;
		walk->levels[walk->depth].items = 0;
		walk->depth++;
		break;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		walk->depth--;
		break;
	default:
		break;
	}
}

static void walk_through(struct walk *walk, const char *text, size_t length)
{
	yaml_parser_t parser;
	yaml_event_t event;
	bool over = !yaml_parser_initialize(&parser);

	if (over)
		return;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, length);
	while (!over && walk->depth < DEPTH_MAX && yaml_parser_parse(&parser, &event)) {
		over = event.type == YAML_STREAM_END_EVENT;
		on_event(walk, &event);
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
}

unsigned int config_locate(
	const char *text, size_t length, const struct config_step *steps, size_t count)
{
	struct walk walk = {.steps = steps, .count = count};

	walk_through(&walk, text, length);
	return walk.line;
}

void config_locate_items(
	const char *text, size_t length, const char *key, unsigned int *ret_lines, size_t count)
{
	const struct config_step step = {.key = key, .item = CONFIG_NO_ITEM};
	struct walk walk = {.steps = &step, .count = 1, .lines = ret_lines, .lines_count = count};

	memset(ret_lines, 0, count * sizeof(*ret_lines));
	walk_through(&walk, text, length);
}
