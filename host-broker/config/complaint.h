/* libcyaml's complaint about a file, as one line for a person. */
#ifndef VMSILO_BROKER_CONFIG_COMPLAINT_H
#define VMSILO_BROKER_CONFIG_COMPLAINT_H

#include "host-broker/config/keys.h"
#include "proto/base/error.h"

#define COMPLAINT_KEY_SIZE 64

/* libcyaml logs the complaint first, then a backtrace with keys and lines, from the inside out. */
struct complaint {
	char text[256];
	char keys[KEY_DEPTH_MAX][COMPLAINT_KEY_SIZE];
	size_t keys_count;
	bool of_key;  /* it is about the value of the innermost key, not of an item in it */
	bool of_list; /* it is about how many items the innermost key has */
	unsigned int line;
	unsigned int lines_seen;
};

/* Hands libcyaml's log to complaint, which is zero; returns settings. */
const cyaml_config_t *complaint_listen(struct complaint *complaint, cyaml_config_t *settings);
/* name: the file's. table: of its keys. Sets error to UV_EINVAL, and returns that. */
int complaint_tell(const struct complaint *complaint, const char *name,
	const struct key_table *table, struct error *error);

#endif
