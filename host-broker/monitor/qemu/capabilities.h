/* What QEMU can for a guest, by its machine: without more of it, for who only checks. */
#ifndef VMSILO_BROKER_MONITOR_QEMU_CAPABILITIES_H
#define VMSILO_BROKER_MONITOR_QEMU_CAPABILITIES_H

/* enum capability. */
unsigned int qemu_capabilities(const char *machine);

#endif
