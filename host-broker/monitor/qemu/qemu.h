/* The back end for QEMU: qemu-system-x86_64(1), QMP. */
#ifndef VMSILO_BROKER_MONITOR_QEMU_QEMU_H
#define VMSILO_BROKER_MONITOR_QEMU_QEMU_H

#include "host-broker/monitor/monitor.h"

extern const struct monitor_ops monitor_qemu;

#endif
