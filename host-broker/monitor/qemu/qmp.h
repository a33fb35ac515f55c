/*
 * A QMP connection.
 *
 *   CONNECTED --greeting--> NEGOTIATING --return--> READY
 *
 * Commands that come before READY wait for it. Of the balloon's one is under way at a time, and the
 * newest wish waits for its answer: a QEMU that is slow, or stopped, holds nobody up.
 */
#ifndef VMSILO_BROKER_MONITOR_QEMU_QMP_H
#define VMSILO_BROKER_MONITOR_QEMU_QMP_H

#include "host-broker/monitor/monitor.h"

extern const struct monitor_control_ops qmp_control;

#endif
