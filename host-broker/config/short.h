/*
 * Short forms: where a mapping is expected and its row says so (key.scalar), one text may stand for
 * the key of the mapping that matters most. They are written out before the file is read, so that
 * nobody below knows of them:
 *
 *   network: host   ->   network: {netvm: host}
 *
 * and likewise where a list of texts is expected, one text for a list with it:
 *
 *   menu: off       ->   menu: [off]
 *
 * Pure.
 */
#ifndef VMSILO_BROKER_CONFIG_SHORT_H
#define VMSILO_BROKER_CONFIG_SHORT_H

#include "host-broker/config/keys.h"

/* text: of a file whose form is right (host-broker/config/yaml/form.h), or that is no YAML: that is
 * left to whoever reads it. Lines stay what they are. *ret_text is the caller's; UV_ENOMEM. */
int config_short_expand(const struct key_table *table, const char *text, size_t length,
	char **ret_text, size_t *ret_length);

#endif
