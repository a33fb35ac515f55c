#include <stddef.h>

#include "host-broker/monitor/qemu/capabilities.h"
#include "host-broker/monitor/registry/registry.h"

const struct known_monitor known_monitors[] = {{"qemu", qemu_capabilities}, {NULL, NULL}};
