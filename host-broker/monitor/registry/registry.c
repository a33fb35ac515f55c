#include "host-broker/monitor/registry/registry.h"

#include <stddef.h>

#include "host-broker/monitor/qemu/qemu.h"

const struct monitor_ops *const monitor_registry[] = {&monitor_qemu, NULL};
