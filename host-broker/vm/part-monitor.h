/* The monitor as a part of a run: the last, since it is handed what the others have prepared. */
#ifndef VMSILO_BROKER_VM_PART_MONITOR_H
#define VMSILO_BROKER_VM_PART_MONITOR_H

#include "host-broker/parts/parts.h"

#define PART_MONITOR_KEY "monitor"

/* A part's data is the struct run. */
extern const struct part_kind part_monitor_kind;

#endif
