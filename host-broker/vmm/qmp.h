/*
 * A QMP connection.
 *
 *   CONNECTED --greeting--> NEGOTIATING --return--> READY
 *
 * Commands that come before READY wait for it.
 */
#ifndef VMSILO_BROKER_VMM_QMP_H
#define VMSILO_BROKER_VMM_QMP_H

#include "host-broker/vmm/vmm.h"

extern const struct vmm_control_ops qmp_control;

#endif
