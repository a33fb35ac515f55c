/* In which line of a YAML text something stands. Pure; for messages. */
#ifndef VMSILO_BROKER_CONFIG_YAML_LOCATE_H
#define VMSILO_BROKER_CONFIG_YAML_LOCATE_H

#include <stddef.h>

/* A key of a mapping, and, where a list stands at it, an item of that, from 0. */
struct config_step {
	const char *key;
	size_t item; /* CONFIG_NO_ITEM: none */
};

#define CONFIG_NO_ITEM ((size_t)-1)

/* Line (from 1) of what the steps lead to from the file's top; when it is not there, of the last
 * that is on the way; 0 when nothing of it is. */
unsigned int config_locate(
	const char *text, size_t length, const struct config_step *steps, size_t count);
/* Lines of the items of the list that stands at key at the file's top: count of them, 0 for those
 * that are not there. */
void config_locate_items(
	const char *text, size_t length, const char *key, unsigned int *ret_lines, size_t count);

#endif
