/* The keys of a VM's network, and of its cards at devices of the host's. */
#ifndef VMSILO_BROKER_CONFIG_NETWORK_H
#define VMSILO_BROKER_CONFIG_NETWORK_H

#include "host-broker/config/keys.h"

/* What `netvm` may say, beside the names of VMs. */
#define NETWORK_NONE "none"
#define NETWORK_HOST "host"

extern const struct key_table config_network_keys;   /* of struct network_config */
extern const struct key_table config_interface_keys; /* of struct interface_config */

/* For the broker's ranges: of IPv4, or of IPv6's unique local addresses, with room for a pair. */
bool config_is_range4(const char *text);
bool config_is_range6(const char *text);
/* Of key.waits: it gets a network card, or another one. */
bool config_network_waits(const void *before, const void *after);

#endif
