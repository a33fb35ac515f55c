/*
 * Checks of a YAML text that do not depend on its keys: what the schema's reader would accept
 * silently, with another meaning than intended. Pure.
 *
 * - a second document: libcyaml reads the first alone;
 * - a value that is not there, as in `color: #cc0000`, where all behind the blank is a comment, or
 * that is spelled as YAML's null, or is an empty text;
 * - a NUL in a text, which ends it early.
 */
#ifndef VMSILO_BROKER_CONFIG_YAML_FORM_H
#define VMSILO_BROKER_CONFIG_YAML_FORM_H

#include <stddef.h>

#define CONFIG_FORM_KEY_SIZE 64

struct config_fault {
	unsigned int line;              /* from 1 */
	char key[CONFIG_FORM_KEY_SIZE]; /* printable; "": none */
	const char *what;               /* static */
};

/* 0; or UV_EINVAL, and the first fault. What is no YAML at all has none: libcyaml says where it
 * ends. */
int config_form_check(const char *text, size_t length, struct config_fault *ret);

#endif
