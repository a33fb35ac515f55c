/* What QEMU can do for a guest, by its machine type; apart, for code that only checks. */
#ifndef VMSILO_BROKER_MONITOR_QEMU_CAPABILITIES_H
#define VMSILO_BROKER_MONITOR_QEMU_CAPABILITIES_H

/* enum capability. */
unsigned int qemu_capabilities(const char *machine);

#endif
