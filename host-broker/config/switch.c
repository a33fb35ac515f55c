#include "host-broker/config/switch.h"

const cyaml_strval_t config_switch_names[CONFIG_SWITCH_NAMES] = {
	{"on", 1}, {"off", 0}, {"true", 1}, {"false", 0}, {"yes", 1}, {"no", 0}};
