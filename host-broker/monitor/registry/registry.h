/* The monitors that the program ships: what runs them, and what they can. A monitor more is a line
 * in each of both files; a test holds them together. */
#ifndef VMSILO_BROKER_MONITOR_REGISTRY_H
#define VMSILO_BROKER_MONITOR_REGISTRY_H

#include "host-broker/monitor/capability.h"

struct monitor_ops;

/* Ends with NULL; a test's broker has one of its own. */
extern const struct monitor_ops *const monitor_registry[];
/* The same, for code that starts none. */
extern const struct known_monitor known_monitors[];
/* A config_object_cb: what they cannot. */
bool known_monitors_object(const struct vm_config *vm, struct config_objection *ret);

#endif
