/* What QEMU can do for a guest, by its machine type; apart, for code that only checks. */
#ifndef VMSILO_BROKER_MONITOR_QEMU_CAPABILITIES_H
#define VMSILO_BROKER_MONITOR_QEMU_CAPABILITIES_H

#include "host-broker/monitor/capability.h"

/* Places for devices: devices.h has the map. */
#define Q35_NICS 8
#define Q35_DISKS 16
#define Q35_SHARES 16
#define MICROVM_NICS 6
#define MICROVM_DISKS 8
#define MICROVM_SHARES 6

/* enum capability. */
unsigned int qemu_capabilities(const char *machine);

/* As struct known_monitor has it. */
unsigned int qemu_devices_most(const char *machine, enum capability kind);

#endif
