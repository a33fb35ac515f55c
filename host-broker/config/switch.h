/* Keys that are on or off. libcyaml's own booleans take whatever they do not know for true. */
#ifndef VMSILO_BROKER_CONFIG_SWITCH_H
#define VMSILO_BROKER_CONFIG_SWITCH_H

#include <cyaml/cyaml.h>

#define CONFIG_SWITCH_NAMES 6
#define CONFIG_SWITCH_EXPECTED "on or off, true or false, yes or no"
extern const cyaml_strval_t config_switch_names[CONFIG_SWITCH_NAMES]; /* 1: on, 0: off */

/* A key that may be left out: member is an int *. */
#define CONFIG_SWITCH(key, structure, member) \
	CYAML_FIELD_ENUM_PTR(key, \
		CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT | \
			CYAML_FLAG_CASE_INSENSITIVE, \
		structure, member, config_switch_names, CONFIG_SWITCH_NAMES)

#endif
